"""What one consumer of an event queue asks for, has received, and may confirm. Pure: it is given *now*.

Asking with an offset deletes everything below it on the server (docs/portal.md#event-offset), so an event is only
confirmed once it is handled, and so is everything below it. Ids are given before they are committed: a lower one can
appear after a higher one was read (docs/portal.md#event-late-ids). So what was received is confirmed only after another
read that began at least a second later, and showed what lies below it.

``nextOffset`` is never used: on an empty page it is 0, or what was sent (docs/portal.md#event-empty-page).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection
from enum import Enum

import attrs

from .pace import LAG, Pace

PAGE = 1000
"""Events that one read can ask for, and the most that is held unconfirmed."""

_STEP = 100  # events that a read asks for beyond those it has already


@attrs.frozen
class Ask:
    """One read: everything below *offset* is confirmed, at most *limit* events from there on are wanted."""

    offset: int
    limit: int
    at: float


class _State(Enum):
    WAITING = "received"
    OUT = "handed out"
    DONE = "handled"


@attrs.define
class _Held:
    received: float
    state: _State = _State.WAITING
    is_proven: bool = False
    """A read that began long enough after its receipt has shown what lies below it."""


class Poll:
    """The rules of one consumer. It hands out ids ascending, each once, and confirms no further than all is handled.

    *offset* is where a mark stood; *interval* the shortest and the longest time between two reads, in seconds.
    """

    def __init__(self, offset: int | None, interval: tuple[float, float]) -> None:
        # 1 confirms nothing, but clears the server's memory of nothing (docs/portal.md#event-memory); 0 does not.
        self.offset = max(1, offset or 1)
        self.taken = 0
        """Events that were gone from the queue before they were confirmed here: somebody else confirms them."""
        self._held: dict[int, _Held] = {}
        self._waiting: list[int] = []
        self._pace = Pace(interval)
        self._last: Ask | None = None
        self._is_backlog = False

    def wait(self, now: float) -> float:
        """Seconds until the next read is due; 0: it is."""
        return 0.0 if self._last is None else self._pace.wait(self._last.at, now)

    @property
    def is_full(self) -> bool:
        """Whether a read could bring nothing new before something is confirmed."""
        return len(self._held) >= PAGE and self._confirmable() == self.offset

    def ask(self, now: float, *, limit: int | None = None) -> Ask:
        """Begin a read. Save ``offset`` before it is sent: what lies below is deleted by it."""
        self.offset = self._confirmable()
        self._held = {number: held for number, held in self._held.items() if number >= self.offset}
        most = PAGE if self._is_backlog else min(PAGE, len(self._held) + _STEP)
        self._last = Ask(self.offset, most if limit is None else limit, now)
        return self._last

    def read(self, asked: Ask, ids: Collection[int], now: float) -> list[int]:
        """What a read brought: the ids that are new, ascending."""
        new = sorted({number for number in ids if number >= self.offset} - self._held.keys())
        is_whole = len(ids) < asked.limit
        reach = math.inf if is_whole else max(ids)
        for number, held in self._held.items():
            if number <= reach and not held.is_proven:
                is_gone = number not in ids
                self.taken += is_gone  # it is in memory, and handled all the same
                held.is_proven = is_gone or asked.at - held.received >= LAG
        for number in new:
            self._held[number] = _Held(now)
            heapq.heappush(self._waiting, number)
        self._is_backlog = not is_whole
        if new:
            self._pace.busy()
        elif self._is_backlog and self._confirmable() > self.offset:
            self._pace.hurry()  # a full page of what is handled: what lies behind it comes with the next
        else:
            self._pace.calm()
        return new

    def take(self) -> int | None:
        """The next id to hand out, if one is there."""
        if not self._waiting:
            return None
        number = heapq.heappop(self._waiting)
        self._held[number].state = _State.OUT
        return number

    def done(self, number: int) -> None:
        """The event with this id is handled."""
        if number in self._held:
            self._held[number].state = _State.DONE

    def give_back(self, number: int) -> bool:
        """The event with this id was not handled: it is handed out again. False where it is done, or not held."""
        if number not in self._held or self._held[number].state is not _State.OUT:
            return False
        self._held[number].state = _State.WAITING
        heapq.heappush(self._waiting, number)
        return True

    def until_proven(self, now: float) -> float | None:
        """Seconds until a read can prove all that could be confirmed; None where none needs proof."""
        latest = max((held.received for held in self._handled() if not held.is_proven), default=None)
        return None if latest is None else max(0.0, latest + LAG - now)

    @property
    def has_to_confirm(self) -> bool:
        """Whether more is confirmable than was sent."""
        return self._confirmable() > self.offset

    def _confirmable(self) -> int:
        offset = self.offset
        for number in sorted(self._held):
            held = self._held[number]
            if held.state is not _State.DONE or not held.is_proven:
                break
            offset = number + 1
        return offset

    def _handled(self) -> list[_Held]:
        """What is handled, with nothing unhandled below it."""
        handled: list[_Held] = []
        for number in sorted(self._held):
            if self._held[number].state is not _State.DONE:
                break
            handled.append(self._held[number])
        return handled
