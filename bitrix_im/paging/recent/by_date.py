"""The recent list by LAST_MESSAGE_DATE."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from ...convert import structure
from ...errors import WalkStalled
from ...models import RecentItem, RecentList
from ...rest.call import Call, Reply
from ..walk import Found
from .base import MAX_LIMIT, METHOD, RecentWalk
from .blank import Blanks
from .catch_up import Round
from .order import Place, places, server_second
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
    """

    date: datetime

    windows = (1,)

    @property
    def binding(self) -> Call:
        return self._bound(last_message_date=self.date)

    @property
    def _top(self) -> int:
        return math.floor(self.date.timestamp())

    def start(self) -> DateStep:
        return DateStep(self._top)

    def call(self, step: DateStep, wanted: int | None = None) -> Call:
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
        return [self.call(step, wanted)]

    def dump(self, step: DateStep) -> list[Any]:
        return [
            step.second, step.wide, step.round.dump(), attrs.astuple(step.shown), step.blanks.waiting, step.looks_again
        ]  # fmt: skip

    def load(self, values: list[Any]) -> DateStep:
        second, wide, round_, shown, waiting, looks_again = values
        return DateStep(second, wide, Round(*round_), Shown(*shown), Blanks(waiting), looks_again)

    def read(self, step: DateStep, call: Call, reply: Reply) -> Found[DateStep, RecentItem]:
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
        raise WalkStalled(
            f"{METHOD}: {MAX_LIMIT} or more rows at or above {step.date} fill every page, and by date the server gets "
            "no further; walk without last_message_date"
        )

    def _end_of_round(self, items: Sequence[RecentItem], done: DateStep) -> Found[DateStep, RecentItem]:
        # A dialog that rises gets a date of now or later: with an older last_message_date it is no longer asked for.
        if self.catch_up and done.round.pages > 1 and self._top >= done.round.began:
            again = DateStep(self._top, round=done.round.next(), shown=done.shown, blanks=done.blanks)
            return Found(items, again)
        return self._ended(items, attrs.evolve(done, looks_again=True))
