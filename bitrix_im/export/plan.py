"""Which dialogs to read, from where, and what that makes of their checkpoints. Pure: it is given all it knows.

A dialog is read downwards from its newest message. Where a run is killed on the way, a gap stays between what it has
read and what was there before; the next run closes the gap first, so that there is never more than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from ..methods import _parameters as checked
from ..models import Message, RecentItem
from .targets.base import BEYOND, Checkpoint, Standing

_LATE = timedelta(seconds=10)  # how long after its date a message may appear in the list
_WHOLE_AFTER = timedelta(
    days=1
)  # the list is read from end to end again: what is only hidden or left shows nowhere else


@attrs.frozen
class Wish:
    """What a run was asked for."""

    dialogs: tuple[str, ...] | None = None
    kinds: frozenset[str] | None = None
    since: datetime | None = None
    recheck: timedelta | None = None

    @classmethod
    def of(
        cls,
        dialogs: Iterable[str | int] | None,
        kinds: Iterable[str] | None,
        since: datetime | None,
        recheck: timedelta | None,
    ) -> Wish:
        """What was asked for. Raises `ValueError` or `TypeError` for what cannot be."""
        if since is not None and (not isinstance(since, datetime) or since.tzinfo is None):
            raise ValueError(f"expected since to be a datetime with a time zone, got {since!r}")
        if recheck is not None and (not isinstance(recheck, timedelta) or recheck <= timedelta(0)):
            raise ValueError(f"expected recheck to be a timedelta above zero, got {recheck!r}")
        for name, value in (("dialogs", dialogs), ("kinds", kinds)):
            if isinstance(value, str | bytes):
                raise ValueError(f"expected {name} to be several, like [{value!r}], got one text")  # noqa: TRY004 - one kind of error for bad input
        return cls(
            None if dialogs is None else tuple(dict.fromkeys(map(checked.dialog_id, dialogs))),
            None if kinds is None else frozenset(checked.word("kinds", kind) for kind in kinds),
            since,
            recheck,
        )

    def told(self) -> dict[str, Any]:
        """What is not as by default, for the table of runs."""
        told: dict[str, Any] = {}
        if self.dialogs is not None:
            told["dialogs"] = list(self.dialogs)
        if self.kinds is not None:
            told["kinds"] = sorted(self.kinds)
        if self.since is not None:
            told["since"] = self.since.isoformat()
        if self.recheck is not None:
            told["recheck"] = self.recheck.total_seconds()
        return told

    @property
    def is_all(self) -> bool:
        """Whether no dialog is left out."""
        return self.dialogs is None and self.kinds is None and self.since is None

    def wants(self, item: RecentItem) -> bool:
        """Whether a dialog of the list is to be exported."""
        if self.dialogs is not None and item.dialog_id not in self.dialogs:
            return False
        active = item.date_last_activity
        if self.since is not None and active is not None and active < self.since:
            return False
        return self.kinds is None or kind_of(item) in self.kinds


def kind_of(item: RecentItem) -> str:
    """The kind of a dialog: ``"private"``, or the type of its chat (``"chat"``, ``"lines"``, ``"channel"``, …)."""
    return "private" if item.type == "user" else (item.chat.type if item.chat is not None else "") or "chat"


# The list of dialogs


def changed_since(wish: Wish, standing: Standing, now: datetime) -> datetime | None:
    """Since when to ask for the dialogs that have changed; None: the whole list is to be read.

    im.recent.get tells in one answer what has changed within a week. The whole list is read once a day all the same.
    """
    if not wish.is_all or standing.read_at is None or standing.whole_at is None:
        return None
    return standing.read_at - _LATE if timedelta(0) <= now - standing.whole_at < _WHOLE_AFTER else None


def is_listed(item: RecentItem) -> bool:
    """Whether im.recent.list shows it too: im.recent.get knows task chats besides (docs/portal.md#recent-get)."""
    return item.chat is None or item.chat.type != "tasksTask"


def look_of(item: RecentItem) -> str:
    """What changes in the list when something is written in a dialog: last message, its time, unread messages."""
    active = item.date_last_activity
    return f"{item.message.id} {0 if active is None else int(active.timestamp())} {item.counter}"


def has_changed(shown: str, look: str) -> bool:
    """Whether something may have been written in a dialog since it was *shown* like that."""
    before, after = shown.split(" "), look.split(" ")
    if len(before) != len(after) or before[:2] != after[:2]:
        return True
    return int(after[2]) > int(before[2])  # fewer unread messages only say that somebody read them


# Dialogs


@attrs.frozen
class Way:
    """What to read of a dialog: the messages above *after* and below *before*."""

    dialog_id: str
    after: int = 0
    before: int | None = None
    compares: bool = False
    """What is stored there and not found any more was deleted for good."""


def is_whole(checkpoint: Checkpoint) -> bool:
    """Whether all messages up to the highest are stored."""
    return checkpoint.lowest <= checkpoint.upto + 1


def gaps(checkpoints: Iterable[Checkpoint], since: datetime | None) -> list[Way]:
    """The ways through the gaps that earlier runs have left."""
    return [
        Way(one.dialog_id, one.upto, one.lowest)
        for one in checkpoints
        if one.highest and not is_whole(one) and not (one.since and since and since >= one.since)
    ]


def news(checkpoints: Iterable[Checkpoint], lowest: Mapping[str, int]) -> list[Way]:
    """The ways to what is new, and to the *lowest* message, by dialog, that is to be looked at again."""
    ways = []
    for one in checkpoints:
        again = lowest.get(one.dialog_id)
        if again is not None:
            ways.append(Way(one.dialog_id, min(one.settled, again - 1), compares=True))
        elif one.pending:
            ways.append(Way(one.dialog_id, one.settled))
    return ways


class Reading:
    """One way, page by page: which messages to keep, and the checkpoint that goes with them."""

    def __init__(self, way: Way, was: Checkpoint, since: datetime | None) -> None:
        self.way = way
        self.found: set[int] = set()
        """The ids of all messages that there are, for a way that compares."""
        self._was = was
        self._since = since
        self._top = self._had = was.highest
        self._low = was.lowest if way.before is not None else BEYOND
        self._fresh = BEYOND
        """The lowest id of those so young that others below it may still appear."""
        self._left_out = False
        self._messages = self._deleted = 0
        self.is_over = False
        """All of the last page was older than what is wanted: so is what comes below."""

    def take(self, messages: Sequence[Message], now: datetime) -> tuple[list[Message], Checkpoint | None]:
        """The messages of a page to keep, and the checkpoint now; None where only the whole way makes a new one.

        *now* is the server's clock.
        """
        since = self._since
        kept = list(messages) if since is None else [message for message in messages if message.date >= since]
        self._left_out = self._left_out or len(kept) < len(messages)
        self.is_over = bool(messages) and not kept
        self._top = max(self._top, *(message.id for message in messages)) if messages else self._top
        self._low = min([self._low, *(message.id for message in kept)])
        self._fresh = min([self._fresh, *(message.id for message in messages if message.date > now - _LATE)])
        self._messages += len(kept)
        self._deleted += sum(message.params.is_deleted for message in kept)
        self._was = attrs.evolve(self._was, read=self._was.read + len(kept))
        if self.way.compares:
            self.found.update(message.id for message in messages)
        return kept, None if self._is_above_a_gap or self._left_out else self._so_far()

    def is_new(self, message: Message) -> bool:
        """Whether a message was not stored before, as far as ids tell."""
        return message.id > self._had or (self.way.before is not None and message.id < self.way.before)

    @property
    def whole(self) -> tuple[int, int] | None:
        """Behind a way from the newest message to the first: how many there were, how many shown as deleted."""
        is_whole = not self.way.after and self.way.before is None and not self._left_out
        return (self._messages, self._deleted) if is_whole else None

    def end(self, look: str | None) -> Checkpoint:
        """The checkpoint behind the whole way; *look* is how the list showed the dialog in this run."""
        was = self._was
        if self.way.before is None:
            settled = max(was.settled, min(self._top, self._fresh - 1))
            was = attrs.evolve(was, settled=settled, pending=False, shown=was.shown if look is None else look)
        if self._is_above_a_gap:
            return self._was if self._left_out else attrs.evolve(was, highest=self._top)
        if self._left_out:
            return attrs.evolve(was, highest=self._top, lowest=min(self._low, self._top + 1), since=self._since)
        return attrs.evolve(was, highest=self._top, lowest=min(self._low, self._top + 1), upto=self._top, since=None)

    def _so_far(self) -> Checkpoint:
        low = min(self._low, self._top + 1)
        return attrs.evolve(self._was, highest=self._top, lowest=low, pending=True)

    @property
    def _is_above_a_gap(self) -> bool:
        """What is new stands above a gap that stays: a second one could not be told."""
        return self.way.before is None and self._was.highest > 0 and not is_whole(self._was)
