"""Event queues: at least once, in order, deleted by the offset that is asked for (docs/portal.md#user-events)."""

from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any

import attrs

from ..quirks import Quirks

_RETENTION = 86_400.0
_MEMORY = 60.0


@attrs.define
class Event:
    """An event in a queue."""

    id: int
    type: str
    date: float
    visible_from: float
    """When it can be read: an id is given before the event is committed (docs/portal.md#event-late-ids)."""
    data: dict[str, Any]


class EventIds:
    """Ids of events: portal-global, with holes."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._numbers = count(2001)

    def take(self) -> int:
        """The next id."""
        number = next(self._numbers)
        return next(self._numbers) if self._random.random() < 0.3 else number


class EventQueue:
    """The events of one user, or of one bot."""

    def __init__(self, ids: EventIds, quirks: Quirks, random: Random) -> None:
        self.events: list[Event] = []
        self.lost = 0
        """Events that were deleted before anybody could have read them."""
        self._ids = ids
        self._quirks = quirks
        self._random = random
        self._seen_by: set[int] = set()
        self._nothing_until = 0.0

    def add(self, kind: str, data: dict[str, Any], now: float) -> None:
        """Put an event at the end; it forgets that there was nothing, but for a race."""
        lag = self._quirks.late_event_seconds if self._random.random() < self._quirks.late_events else 0.0
        self.events.append(Event(self._ids.take(), kind, now, now + lag, data))
        if self._random.random() >= self._quirks.event_races:
            self._nothing_until = 0.0

    def get(self, offset: int, limit: int, now: float) -> tuple[list[Event], int, bool]:
        """Delete what is below *offset*; events from there on, the next offset, and whether the page was full.

        After an empty answer the server remembers "nothing" for up to 60 s; an *offset* above 0 clears that.
        """
        self.events = [event for event in self.events if now - event.date < _RETENTION]
        if offset > 0:
            self.lost += sum(event.id < offset and event.id not in self._seen_by for event in self.events)
            self.events = [event for event in self.events if event.id >= offset]
            self._seen_by = {event.id for event in self.events if event.id in self._seen_by}
        elif now < self._nothing_until:
            return [], 0, False
        page = [event for event in self.events if event.visible_from <= now][:limit]
        if not page:
            self._nothing_until = now + _MEMORY
            return [], max(0, offset), False
        self._seen_by.update(event.id for event in page)
        return page, page[-1].id + 1, len(page) >= limit

    def unread(self, ids: set[int]) -> None:
        """Take it back that those events were read: they did not fit into the page."""
        self._seen_by -= ids


class Feed:
    """Users' and bots' event queues; nothing is recorded for a user who did not subscribe."""

    def __init__(self, quirks: Quirks, seed: int) -> None:
        self.ids = EventIds(Random(f"event ids {seed}"))
        self.subscribed: set[int] = set()
        self._queues: dict[int, EventQueue] = {}
        self._bot_queues: dict[int, EventQueue] = {}
        self._quirks = quirks
        self._random = Random(f"events {seed}")

    def queue(self, user_id: int) -> EventQueue:
        """A user's queue."""
        if user_id not in self._queues:
            self._queues[user_id] = EventQueue(self.ids, self._quirks, self._random)
        return self._queues[user_id]

    def bot_queue(self, bot_id: int) -> EventQueue:
        """A bot's queue."""
        if bot_id not in self._bot_queues:
            self._bot_queues[bot_id] = EventQueue(self.ids, self._quirks, self._random)
        return self._bot_queues[bot_id]


def get_merged(queues: Sequence[EventQueue], offset: int, limit: int, now: float) -> tuple[list[Event], int, bool]:
    """One page of several queues as if they were one: an *offset* deletes in all of them (see `EventQueue.get`)."""
    pages = [queue.get(offset, limit, now)[0] for queue in queues]
    merged = sorted((event for events in pages for event in events), key=lambda event: event.id)
    page, cut = merged[:limit], {event.id for event in merged[limit:]}
    for queue in queues:
        queue.unread(cut)
    return page, page[-1].id + 1 if page else max(0, offset), bool(page) and len(page) >= limit
