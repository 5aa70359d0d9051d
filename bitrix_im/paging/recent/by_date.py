"""The recent list by LAST_MESSAGE_DATE, and by offset where that gets no further."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from ...convert import structure
from ...models import RecentItem, RecentList
from ...rest.call import Call, Reply
from ..walk import Found
from .base import MAX_LIMIT, RecentWalk
from .blank import Blanks, is_blank
from .by_offset import OffsetStep, RecentByOffset
from .catch_up import Round
from .order import Place, place_of, places, server_second
from .shown import Shown


@attrs.frozen
class DateStep:
    """Where the walk stands: the newest second to ask for."""

    second: int = attrs.field(validator=attrs.validators.instance_of(int))
    wide: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))
    """Ask for the largest page: a smaller one held a single second."""
    round: Round = attrs.field(factory=Round)
    shown: Shown = attrs.field(factory=Shown)
    blanks: Blanks = attrs.field(factory=Blanks)
    looks_again: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))
    """All is read: it looks again for blank rows that another process has seen."""
    otherwise: OffsetStep | None = None
    """Where a walk by offset stands that reads on from that second."""

    @property
    def since(self) -> int:
        """What was active since then has risen while the walk read."""
        return self.round.began if self.round.quiet is None else self.round.quiet

    @property
    def date(self) -> datetime:
        """What to ask for."""
        second = (self.blanks.elsewhere or 0) if self.looks_again else self.second
        return datetime.fromtimestamp(second, UTC)


@attrs.frozen
class RecentByDate(RecentWalk[DateStep]):
    """The dialogs last active at *date* or before it.

    With that parameter the server ignores OFFSET, so the next page begins at the oldest second of the last one,
    inclusive (docs/portal.md#recent-by-date). Pinned dialogs come first on every page and tell nothing of the place.

    Where as many dialogs as a page can hold share one second, no date leads past them. Then the list is read from its
    top by offset, and what is newer than that second is left out: it has been handed out.
    """

    date: datetime

    windows = RecentByOffset.windows  # by date one call a request: where the next page begins, this one says

    @property
    def binding(self) -> Call:
        return self._bound(last_message_date=self.date)

    @property
    def _top(self) -> int:
        return math.floor(self.date.timestamp())

    def start(self) -> DateStep:
        return DateStep(self._top)

    @property
    def _by_offset(self) -> RecentByOffset:
        return RecentByOffset(self.params, page_size=self.page_size, catch_up=self.catch_up)

    def call(self, step: DateStep, wanted: int | None = None) -> Call:
        if step.otherwise is not None:
            return self._by_offset.call(step.otherwise)
        return self._page(self._limit(step, wanted), LAST_MESSAGE_DATE=step.date)

    def _limit(self, step: DateStep, wanted: int | None) -> int:
        is_look_at_top = step.round.number > 0 and not step.round.pages
        if step.wide or step.looks_again or is_look_at_top:
            return MAX_LIMIT
        # Every page repeats the pinned dialogs, and those of the second where the last one ended.
        return (
            min(MAX_LIMIT, self._size(wanted) + len(step.shown.names))
            if step.round.pages
            else self._first_limit(wanted)
        )

    def foretell(self, step: DateStep, most: int, wanted: int | None) -> list[Call]:
        if step.otherwise is not None:
            return self._by_offset.foretell(step.otherwise, most, None)
        return [self.call(step, wanted)]

    def handed_out(self, step: DateStep) -> Collection[str]:
        if step.otherwise is None:
            return step.shown.names
        return {*step.shown.names, *self._by_offset.handed_out(step.otherwise)}

    def dump(self, step: DateStep) -> list[Any]:
        otherwise = None if step.otherwise is None else self._by_offset.dump(step.otherwise)
        guards = [step.round.dump(), attrs.astuple(step.shown), step.blanks.waiting]
        return [step.second, step.wide, *guards, step.looks_again, otherwise]

    def load(self, values: list[Any]) -> DateStep:
        second, wide, round_, shown, waiting, looks_again, rest = values
        otherwise = None if rest is None else self._by_offset.load(rest)
        return DateStep(second, wide, Round(*round_), Shown(*shown), Blanks(waiting), looks_again, otherwise)

    def read(self, step: DateStep, call: Call, reply: Reply) -> Found[DateStep, RecentItem]:
        if step.otherwise is not None:
            return self._read_otherwise(step, step.otherwise, call, reply)
        page = structure(reply.result, RecentList, at="$.result")
        if step.looks_again:
            items, blanks = step.blanks.found_again(page.items)
            return self._ended(items, attrs.evolve(step, blanks=blanks))
        here = places(page.items)
        oldest = min((place.second for place in here if not place.pinned), default=step.second)
        added, blanks = step.blanks.after(step.round.adds(page.items, is_last=not page.has_more), step.second)
        round_ = step.round.after(page.items, server_second(reply, here))
        end, began = Place(False, oldest), round_.began if round_.quiet is None else round_.quiet
        shown = step.shown.after(added, rows=len(added), began=began, end=end, is_same_end=oldest == step.second)
        taken = attrs.evolve(step, round=round_, shown=shown, blanks=blanks)
        if not page.has_more or oldest < (round_.quiet or 0):
            return self._end_of_round(added, taken)
        if oldest < step.second:
            return Found(added, attrs.evolve(taken, second=oldest, wide=False))
        if int(call.params["LIMIT"]) < MAX_LIMIT:
            return Found(added, attrs.evolve(taken, wide=True))
        return Found(added, attrs.evolve(taken, otherwise=OffsetStep()))

    def _read_otherwise(
        self, step: DateStep, otherwise: OffsetStep, call: Call, reply: Reply
    ) -> Found[DateStep, RecentItem]:
        found = self._by_offset.read(otherwise, call, reply)
        items = [item for item in found.items if self._is_left(item, step)]
        after = None if found.next is None else attrs.evolve(step, otherwise=found.next)
        return Found(items, after, found.page)

    def _is_left(self, item: RecentItem, step: DateStep) -> bool:
        """Whether an item by offset is asked for, and not handed out before for certain."""
        place = place_of(item)
        if place is None:
            return True
        is_new = place.pinned or place.second <= step.second or place.second >= step.since or is_blank(item)
        return place.second <= self._top and is_new

    def _end_of_round(self, items: Sequence[RecentItem], done: DateStep) -> Found[DateStep, RecentItem]:
        # A dialog that rises gets a date of now or later: with an older last_message_date it is no longer asked for.
        if self.catch_up and done.round.pages > 1 and self._top >= done.round.began:
            again = DateStep(self._top, round=done.round.next(), shown=done.shown, blanks=done.blanks)
            return Found(items, again)
        return self._ended(items, attrs.evolve(done, looks_again=True))
