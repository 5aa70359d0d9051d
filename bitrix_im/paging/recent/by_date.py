"""The recent list by LAST_MESSAGE_DATE."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import attrs

from ...convert import structure
from ...errors import WalkStalled
from ...models import RecentItem, RecentList
from ...rest.call import Call, Reply
from ..walk import Found
from .base import MAX_LIMIT, METHOD, RecentWalk
from .catch_up import Round
from .order import places, server_second


@attrs.frozen
class DateStep:
    """Where the walk stands: the newest second to ask for."""

    second: int = attrs.field(validator=attrs.validators.instance_of(int))
    wide: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))
    """Ask for the largest page: a smaller one held a single second."""
    round: Round = attrs.field(factory=Round)

    @property
    def date(self) -> datetime:
        """That second."""
        return datetime.fromtimestamp(self.second, UTC)


@attrs.frozen
class RecentByDate(RecentWalk):
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

    def call(self, step: DateStep) -> Call:
        return self._page(self._limit(step), LAST_MESSAGE_DATE=step.date)

    def _limit(self, step: DateStep) -> int:
        begins_catch_up = step.round.number > 0 and not step.round.pages
        return MAX_LIMIT if step.wide or begins_catch_up else self.page_size

    def foretell(self, step: DateStep, most: int, wanted: int | None) -> list[Call]:
        return [self.call(step)]

    def dump(self, step: DateStep) -> list[Any]:
        return list(attrs.astuple(step))

    def load(self, values: list[Any]) -> DateStep:
        second, wide, round_ = values
        return DateStep(second, wide, Round(*round_))

    def read(self, step: DateStep, reply: Reply) -> Found[DateStep, RecentItem]:
        page = structure(reply.result, RecentList, at="$.result")
        here = places(page.items)
        oldest = min((place.second for place in here if not place.pinned), default=step.second)
        round_ = step.round.after(page.items, server_second(reply, here))
        if not page.has_more or oldest < (round_.quiet or 0):
            return Found(page.items, self._again(round_))
        if oldest < step.second:
            return Found(page.items, DateStep(oldest, round=round_))
        if self._limit(step) < MAX_LIMIT:
            return Found(page.items, attrs.evolve(step, wide=True, round=round_))
        raise WalkStalled(
            f"{METHOD}: {MAX_LIMIT} or more rows at or above {step.date} fill every page, and by date the server gets "
            "no further; walk without last_message_date"
        )

    def _again(self, done: Round) -> DateStep | None:
        # A dialog that rises gets a date of now or later: with an older last_message_date it is no longer asked for.
        if done.pages == 1 or not self.catch_up or self._top < done.began:
            return None
        return DateStep(self._top, round=done.next())
