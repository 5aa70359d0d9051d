"""The recent list (``im.recent.list``), by OFFSET or by LAST_MESSAGE_DATE.

Its OFFSET counts internal rows, some of which are never shown, and the list moves while it is read: a dialog with a
new message rises to the top and pushes the others down; one that is hidden lets everything behind it move up, so that
a row slips through between two pages. Two rules make the walk whole all the same (BITRIX24.md §4):

- **Seams.** Pages overlap by a few rows. The list is sorted, so a page that begins with dialogs newer than the place
  where the last one ended has missed nothing. Where it does not begin so, the walk steps back.
- **Catch-up.** After the last page the walk reads again from the top, down to dialogs that were quiet since before it
  began, by the server's clock: what had risen past it is there.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from ..convert import structure
from ..errors import WalkStalled
from ..models import RecentItem, RecentList
from ..rest.call import Call, Reply
from .walk import Found

MAX_LIMIT = 200

# A row overlaps so that a shift shows, and a few more so that one that is never shown is no alarm.
_OVERLAP = 6
# How far a step back goes: in short steps, so that a page can hold all dialogs of one second. Up to 190 rows it still
# brings new ones; beyond, the walk reads its way forward again.
_BACK = (8, 24, 48, 80, 120, 160, 190, 512, 2048, 8192, 32768)
_FAR = 190
_SAME_PAGES = 20  # a list can shift by just what a small page moved on, a few times in a row
_EMPTY_ROWS = 20_000  # that a portal may keep and never show, in a row
_ROUNDS = 16

_Key = tuple[bool, int]  # (pinned, Unix second of the last activity): the list's own order, largest first

_OptInt = attrs.validators.optional(attrs.validators.instance_of(int))
_Int = attrs.validators.instance_of(int)


def _key_of(value: Any) -> _Key | None:
    if value is None:
        return None
    pinned, second = value
    if not isinstance(pinned, bool) or not isinstance(second, int):
        raise TypeError(value)
    return pinned, second


@attrs.frozen
class OffsetStep:
    """Where an OFFSET walk stands: which rows to ask for, and what is known of the seam before them."""

    offset: int = attrs.field(default=0, validator=_Int)
    limit: int = attrs.field(default=MAX_LIMIT, validator=_Int)
    end: _Key | None = attrs.field(default=None, converter=_key_of)
    """Where the last page ended in the list's order."""
    witnesses: int = attrs.field(default=2, validator=_Int)
    """How many dialogs above that place the next page must begin with."""
    back: int = attrs.field(default=0, validator=_Int)
    """How many times this seam has been stepped back from."""
    blind: _Key | None = attrs.field(default=None, converter=_key_of)
    """An end at which stepping back has not helped: what follows it is read on trust."""
    print: int = attrs.field(default=0, validator=_Int)
    same: int = attrs.field(default=0, validator=_Int)
    """The last page's fingerprint, and how many pages in a row had it."""
    since: int | None = attrs.field(default=None, validator=_OptInt)
    """The server's second at which this round began; None before its first page."""
    quiet: int | None = attrs.field(default=None, validator=_OptInt)
    """A catch-up round ends at dialogs without activity since this second; None in the first round."""
    rounds: int = attrs.field(default=0, validator=_Int)
    pinned_pages: int = attrs.field(default=0, validator=_Int)
    unpinned_pages: int = attrs.field(default=0, validator=_Int)
    """Pages of this catch-up round that held dialogs active since ``quiet``."""
    active: int = attrs.field(default=0, validator=_Int)
    before: int = attrs.field(default=0, validator=_Int)
    """Fingerprints of those dialogs, in this catch-up round and in the one before."""


@attrs.frozen
class RecentByOffset:
    """``im.recent.list`` by OFFSET and LIMIT."""

    params: Mapping[str, Any]
    page_size: int = MAX_LIMIT
    catch_up: bool = True

    repeats = True
    # About a quarter of the pages read may turn out to lie behind the end, which nothing foretells: total is -1.
    windows = (1, 2, 4, 8, 13)

    @property
    def binding(self) -> Call:
        return Call("im.recent.list", {**self.params, "LIMIT": self.page_size, "CATCH_UP": self.catch_up})

    def start(self) -> OffsetStep:
        return OffsetStep(limit=self.page_size)

    def call(self, step: OffsetStep) -> Call:
        return Call("im.recent.list", {**self.params, "OFFSET": step.offset, "LIMIT": step.limit})

    def foretell(self, step: OffsetStep, most: int, wanted: int | None) -> list[Call]:
        # A look at the top ends soon, and a step back is no time to run ahead.
        if step.end is None or step.quiet is not None or step.back:
            most = 1
        elif wanted is not None:
            most = min(most, -(-wanted // self.page_size))
        offset = step.limit - _OVERLAP
        return [self.call(attrs.evolve(step, offset=step.offset + index * offset)) for index in range(max(1, most))]

    def without(self, step: OffsetStep) -> None:
        return None

    def behind(self, step: OffsetStep, item: RecentItem) -> None:
        return None

    def tail(self, items: Sequence[RecentItem]) -> Sequence[RecentItem]:
        return _last_listed(items)

    def key(self, item: RecentItem) -> str:
        return item.dialog_id

    def dump(self, step: OffsetStep) -> list[Any]:
        return list(attrs.astuple(step))

    def load(self, values: list[Any]) -> OffsetStep:
        return OffsetStep(*values)

    def read(self, step: OffsetStep, reply: Reply) -> Found[OffsetStep, RecentItem]:
        page = structure(reply.result, RecentList, at="$.result")
        keys = _keys(page.items)
        if not self._is_proven(step, keys):
            return Found((), self._step_back(step), page=False)
        since = _server_second(reply, keys) if step.since is None else step.since
        step = _count_active(step, page.items)
        items = _of_round(page.items, step)
        is_done = not page.has_more or any(not pinned and second < (step.quiet or 0) for pinned, second in keys)
        if is_done:
            return Found(items, self._next_round(step, since))
        shown = [item.dialog_id for item in page.items if item.date_last_activity is not None]
        same = _standstill(step, shown)
        # The second to last: one dialog out of order must not move the seam.
        end = sorted(keys)[:2][-1] if keys else step.end
        return Found(
            items,
            attrs.evolve(
                step,
                # next counts items, not rows: following it skips dialogs (BITRIX24.md §4)
                offset=max(0, step.offset + step.limit - _OVERLAP),
                limit=min(MAX_LIMIT, self.page_size + _OVERLAP),
                end=end,
                # Behind rows read on trust there may be fewer dialogs to begin with than two.
                witnesses=min(2, _above(keys, end)) if keys and (step.end == step.blind or step.witnesses < 2) else 2,
                back=0,
                # Stepped back and still no further: more dialogs of one second than a page can hold.
                blind=end if step.back and end == step.end else step.blind,
                print=_fingerprint(shown),
                same=same,
                since=since,
            ),
        )

    @staticmethod
    def _is_proven(step: OffsetStep, keys: Sequence[_Key]) -> bool:
        if step.end is None or step.offset == 0 or step.end == step.blind:
            return True
        # Two, so that one dialog out of order proves nothing; strictly above, since dialogs of one second have no
        # order among themselves and may swap places from page to page.
        return _above(keys, step.end) >= step.witnesses

    @staticmethod
    def _step_back(step: OffsetStep) -> OffsetStep:
        taken = _BACK[step.back - 1] if step.back else 0
        back = _BACK[min(step.back, len(_BACK) - 1)]
        return attrs.evolve(
            step,
            offset=max(0, step.offset + taken - back) if step.back < len(_BACK) else 0,
            limit=MAX_LIMIT,
            back=min(step.back + 1, len(_BACK)),
            blind=step.end if back > _FAR else step.blind,
        )

    def _next_round(self, step: OffsetStep, since: int) -> OffsetStep | None:
        if not self.catch_up or _is_snapshot(step):
            return None
        if step.rounds >= _ROUNDS:
            raise WalkStalled("im.recent.list: dialogs rise faster than they can be read again from the top")
        return OffsetStep(limit=MAX_LIMIT, quiet=since, rounds=step.rounds + 1, before=step.active)


@attrs.frozen
class DateStep:
    """Where a walk by date stands: the newest second to ask for."""

    date: int = attrs.field(validator=_Int)
    limit: int = attrs.field(default=MAX_LIMIT, validator=_Int)
    since: int | None = attrs.field(default=None, validator=_OptInt)
    quiet: int | None = attrs.field(default=None, validator=_OptInt)
    rounds: int = attrs.field(default=0, validator=_Int)


@attrs.frozen
class RecentByDate:
    """``im.recent.list`` by LAST_MESSAGE_DATE.

    With that parameter the server ignores OFFSET, so the next page begins at the oldest second of the last one,
    inclusive (BITRIX24.md §4). Pinned dialogs come first on every page and tell nothing of the place.
    """

    params: Mapping[str, Any]
    date: datetime
    page_size: int = MAX_LIMIT
    catch_up: bool = True

    repeats = True
    windows = (1,)

    @property
    def binding(self) -> Call:
        bound = {"LAST_MESSAGE_DATE": self.date, "LIMIT": self.page_size, "CATCH_UP": self.catch_up}
        return Call("im.recent.list", {**self.params, **bound})

    def start(self) -> DateStep:
        return DateStep(math.floor(self.date.timestamp()), self.page_size)

    def call(self, step: DateStep) -> Call:
        date = datetime.fromtimestamp(step.date, UTC)
        return Call("im.recent.list", {**self.params, "LAST_MESSAGE_DATE": date, "LIMIT": step.limit})

    def foretell(self, step: DateStep, most: int, wanted: int | None) -> list[Call]:
        return [self.call(step)]

    def without(self, step: DateStep) -> None:
        return None

    def behind(self, step: DateStep, item: RecentItem) -> None:
        return None

    def tail(self, items: Sequence[RecentItem]) -> Sequence[RecentItem]:
        return _last_listed(items)

    def key(self, item: RecentItem) -> str:
        return item.dialog_id

    def dump(self, step: DateStep) -> list[Any]:
        return list(attrs.astuple(step))

    def load(self, values: list[Any]) -> DateStep:
        return DateStep(*values)

    def read(self, step: DateStep, reply: Reply) -> Found[DateStep, RecentItem]:
        page = structure(reply.result, RecentList, at="$.result")
        unpinned = [second for pinned, second in _keys(page.items) if not pinned]
        first_of_round = step.since is None
        since = _server_second(reply, _keys(page.items)) if step.since is None else step.since
        oldest = min(unpinned, default=step.date)
        if not page.has_more or oldest < (step.quiet or 0):
            return Found(page.items, self._next_round(step, since, is_snapshot=first_of_round))
        if oldest < step.date:
            return Found(page.items, DateStep(oldest, self.page_size, since, step.quiet, step.rounds))
        if step.limit < MAX_LIMIT:
            return Found(page.items, attrs.evolve(step, limit=MAX_LIMIT, since=since))
        raise WalkStalled(
            f"im.recent.list: {MAX_LIMIT} or more rows at or above {datetime.fromtimestamp(step.date, UTC)} fill every "
            "page, and by date the server gets no further; walk without last_message_date"
        )

    def _next_round(self, step: DateStep, since: int, *, is_snapshot: bool) -> DateStep | None:
        top = math.floor(self.date.timestamp())
        # A dialog that rises gets a date of now or later: with an older last_message_date it is no longer asked for.
        if is_snapshot or not self.catch_up or top < since:
            return None  # (a round of one page is a snapshot)
        if step.rounds >= _ROUNDS:
            raise WalkStalled("im.recent.list: dialogs rise faster than they can be read again from the top")
        return DateStep(top, MAX_LIMIT, quiet=since, rounds=step.rounds + 1)


def _keys(items: Sequence[RecentItem]) -> list[_Key]:
    """The places of a page's dialogs in the list's order; the queue's open lines are appended and have none."""
    return [
        (item.pinned, math.floor(item.date_last_activity.timestamp()))
        for item in items
        if item.date_last_activity is not None
    ]


def _last_listed(items: Sequence[RecentItem]) -> Sequence[RecentItem]:
    return [item for item in items if item.date_last_activity is not None][-_OVERLAP:]


def _of_round(items: Sequence[RecentItem], step: OffsetStep) -> Sequence[RecentItem]:
    """What a page adds to the walk.

    The queue's lines are on every page, so the first one's are enough. A catch-up looks for what has risen: by a
    message, or by being pinned.
    """
    if step.quiet is None:
        is_first = step.since is None
        return [item for item in items if is_first or item.date_last_activity is not None]
    return [
        item
        for item in items
        if item.date_last_activity is not None and (item.pinned or item.date_last_activity.timestamp() >= step.quiet)
    ]


def _count_active(step: OffsetStep, items: Sequence[RecentItem]) -> OffsetStep:
    if step.quiet is None:
        return step
    active = [
        (item.pinned, item.dialog_id, item.date_last_activity.timestamp())
        for item in items
        if item.date_last_activity is not None and item.date_last_activity.timestamp() >= step.quiet
    ]
    return attrs.evolve(
        step,
        pinned_pages=step.pinned_pages + any(pinned for pinned, *_ in active),
        unpinned_pages=step.unpinned_pages + any(not pinned for pinned, *_ in active),
        active=zlib.crc32(repr(active).encode(), step.active),
    )


def _is_snapshot(step: OffsetStep) -> bool:
    """Whether nothing can have moved within this round.

    A round of one page is a snapshot; so is one whose active dialogs were all on one page, the pinned ones and the
    others each on theirs: they stand together at the top of their part of the list. And where two rounds have seen the
    same, nothing has moved since the first of them.
    """
    if step.quiet is None:
        return step.since is None or step.end is None  # without dates of activity nobody can tell what rose
    return (step.pinned_pages <= 1 and step.unpinned_pages <= 1) or step.active == step.before


def _server_second(reply: Reply, keys: Sequence[_Key]) -> int:
    """The server's clock; where it does not tell, the newest activity: whatever rises from now on is not older."""
    if reply.time is not None and reply.time.date_start is not None:
        return math.floor(reply.time.date_start.timestamp())
    return max((second for _, second in keys), default=0)


def _above(keys: Sequence[_Key], place: _Key | None) -> int:
    return sum(place is not None and key > place for key in keys)


def _fingerprint(shown: Sequence[str]) -> int:
    return zlib.crc32(" ".join(shown).encode())


def _standstill(step: OffsetStep, shown: Sequence[str]) -> int:
    """How many pages in a row held these very dialogs. Raises `WalkStalled` where that can be no chance."""
    same = step.same + 1 if step.since is not None and step.print == _fingerprint(shown) else 0
    if same >= (_SAME_PAGES if shown else 1 + _EMPTY_ROWS // max(1, step.limit - _OVERLAP)):
        raise WalkStalled(f"im.recent.list: the portal answers OFFSET {step.offset} with the page before it, again")
    return same
