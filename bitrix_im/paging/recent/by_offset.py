"""The recent list by OFFSET and LIMIT."""

from __future__ import annotations

from typing import Any

import attrs

from ...convert import structure
from ...errors import WalkStalled
from ...models import RecentItem, RecentList
from ...rest.call import Call, Reply
from ..walk import Found
from .base import MAX_LIMIT, METHOD, RecentWalk
from .catch_up import Round
from .order import is_listed, places, server_second
from .seam import OVERLAP, Seam
from .standstill import Standstill


@attrs.frozen
class OffsetStep:
    """Where the walk stands: the row that comes next, and what each of the three guards knows."""

    row: int = attrs.field(default=0, validator=attrs.validators.instance_of(int))
    seam: Seam = attrs.field(factory=Seam)
    round: Round = attrs.field(factory=Round)
    standstill: Standstill = attrs.field(factory=Standstill)

    @property
    def offset(self) -> int:
        """The first row to ask for."""
        return max(0, self.row - self.seam.back)


@attrs.frozen
class RecentByOffset(RecentWalk):
    """The whole list.

    OFFSET counts internal rows, some of which are never shown, so a page can be short or empty
    (docs/portal.md#recent-list-rows).
    """

    # About a quarter of the pages read may turn out to lie behind the end, which nothing foretells: total is -1.
    windows = (1, 2, 4, 8, 13)

    @property
    def binding(self) -> Call:
        return self._bound()

    def start(self) -> OffsetStep:
        return OffsetStep()

    def call(self, step: OffsetStep) -> Call:
        return self._page(self._limit(step), OFFSET=step.offset)

    def _limit(self, step: OffsetStep) -> int:
        if not step.round.pages:
            return MAX_LIMIT if step.round.number else self.page_size
        return MAX_LIMIT if step.seam.back else min(MAX_LIMIT, self.page_size + OVERLAP)

    def foretell(self, step: OffsetStep, most: int, wanted: int | None) -> list[Call]:
        # A look at the top ends soon, and a step back is no time to run ahead.
        if step.seam.end is None or step.round.number or step.seam.back:
            most = 1
        elif wanted is not None:
            most = min(most, -(-wanted // self.page_size))
        rows = self._limit(step) - OVERLAP
        return [self.call(attrs.evolve(step, row=step.row + index * rows)) for index in range(max(1, most))]

    def dump(self, step: OffsetStep) -> list[Any]:
        return list(attrs.astuple(step))

    def load(self, values: list[Any]) -> OffsetStep:
        row, seam, round_, standstill = values
        return OffsetStep(row, Seam(*seam), Round(*round_), Standstill(*standstill))

    def read(self, step: OffsetStep, reply: Reply) -> Found[OffsetStep, RecentItem]:
        page = structure(reply.result, RecentList, at="$.result")
        here = places(page.items)
        if step.offset and not step.seam.is_proven_by(here):
            return Found((), attrs.evolve(step, seam=step.seam.further_back()), page=False)

        items = step.round.adds(page.items)
        round_ = step.round.after(page.items, server_second(reply, here))
        if not page.has_more or round_.is_over_at(here):
            return Found(items, self._again(round_, step.seam))

        rows = self._limit(step) - OVERLAP
        shown = [item.dialog_id for item in page.items if is_listed(item)]
        standstill = step.standstill.after(shown)
        if standstill.is_no_chance(empty=not shown, rows=rows):
            raise WalkStalled(f"{METHOD}: the portal answers OFFSET {step.offset} with the page before it, again")
        # Not by reply.next: it counts items, not rows, and skips dialogs (docs/portal.md#recent-next).
        return Found(items, OffsetStep(max(0, step.offset + rows), step.seam.behind(here), round_, standstill))

    def _again(self, done: Round, seam: Seam) -> OffsetStep | None:
        is_dateless = seam.end is None and done.number == 0  # nobody can tell what rose
        if not self.catch_up or done.is_snapshot or is_dateless:
            return None
        return OffsetStep(round=done.next())
