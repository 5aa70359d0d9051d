"""The recent list by OFFSET and LIMIT."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from .crowd import Crowd
from .order import Place, is_queued, place_of, places, server_second
from .seam import OVERLAP, Seam
from .shown import Shown
from .standstill import Standstill

_STRIDE = MAX_LIMIT - OVERLAP
_MOST = 50  # calls in one request
_MARGIN = 50  # rows that a list may move up meanwhile


@attrs.frozen
class OffsetStep:
    """Where the walk stands: the row that comes next, and what each of its guards knows."""

    row: int = attrs.field(default=0, validator=attrs.validators.instance_of(int))
    seam: Seam = attrs.field(factory=Seam)
    round: Round = attrs.field(factory=Round)
    standstill: Standstill = attrs.field(factory=Standstill)
    crowd: Crowd | None = None
    shown: Shown = attrs.field(factory=Shown)
    blanks: Blanks = attrs.field(factory=Blanks)
    looks_again: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))
    """All is read: it looks again for blank rows that another process has seen."""

    @property
    def offset(self) -> int:
        """The first row to ask for."""
        if self.looks_again:
            return max(0, (self.blanks.elsewhere or 0) - _MARGIN)
        return self.crowd.row if self.crowd else max(0, self.row - self.seam.back)

    @property
    def is_wide(self) -> bool:
        """Whether to ask for as many rows as there may be: this page is not one of the walk's ordinary ones."""
        is_look_at_top = self.round.number > 0 and not self.round.pages
        return self.looks_again or self.crowd is not None or self.seam.back > 0 or is_look_at_top


@attrs.frozen
class _Page:
    """A page, and how it was asked for."""

    items: Sequence[RecentItem]
    places: Sequence[Place]
    has_more: bool
    second: int
    """When it was read, by the server's clock."""
    limit: int

    @classmethod
    def of(cls, call: Call, reply: Reply) -> _Page:
        page = structure(reply.result, RecentList, at="$.result")
        here = places(page.items)
        return cls(page.items, here, page.has_more, server_second(reply, here), int(call.params["LIMIT"]))


@attrs.frozen
class RecentByOffset(RecentWalk[OffsetStep]):
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

    def call(self, step: OffsetStep, wanted: int | None = None) -> Call:
        return self._page(self._limit(step, wanted), OFFSET=step.offset)

    def _limit(self, step: OffsetStep, wanted: int | None) -> int:
        if step.is_wide:
            return MAX_LIMIT
        return min(MAX_LIMIT, self._size(wanted) + OVERLAP) if step.round.pages else self._first_limit(wanted)

    def foretell(self, step: OffsetStep, most: int, wanted: int | None) -> list[Call]:
        if step.crowd is not None:
            return [self._page(MAX_LIMIT, OFFSET=row) for row in step.crowd.rows_ahead(_STRIDE, most, _MOST)]
        calls = [self.call(step, wanted)]
        if step.seam.end is None or step.round.number or step.is_wide:
            return calls  # a look at the top ends soon, and a step back is no time to run ahead
        row, left = step.row, wanted
        while len(calls) < most and (left is None or left > self.page_size):
            row += int(calls[-1].params["LIMIT"]) - OVERLAP
            left = None if left is None else left - self.page_size
            calls.append(self.call(attrs.evolve(step, row=row), left))
        if self.catch_up and wanted is None and most > 1:
            calls.append(self.call(OffsetStep(round=Round(1))))  # these may well be the last pages: then the top
        return calls

    def handed_out(self, step: OffsetStep) -> Collection[str]:
        """With all that a sweep has shown: the next sweep shows it again. Blank rows still wait to be handed out."""
        swept = step.crowd.shown if step.crowd else frozenset[str]()
        return {*step.shown.names, *swept.difference(name for name, _ in step.blanks.waiting)}

    def dump(self, step: OffsetStep) -> list[Any]:
        guards = [attrs.astuple(step.seam), step.round.dump(), attrs.astuple(step.standstill)]
        crowd = None if step.crowd is None else step.crowd.dump()
        return [step.row, *guards, crowd, attrs.astuple(step.shown), step.blanks.waiting, step.looks_again]

    def load(self, values: list[Any]) -> OffsetStep:
        row, seam, round_, standstill, crowd, shown, waiting, looks_again = values
        guards = (Seam(*seam), Round(*round_), Standstill(*standstill), None if crowd is None else Crowd(*crowd))
        return OffsetStep(row, *guards, Shown(*shown), Blanks(waiting), looks_again)

    def read(self, step: OffsetStep, call: Call, reply: Reply) -> Found[OffsetStep, RecentItem]:
        page = _Page.of(call, reply)
        if step.looks_again:
            items, blanks = step.blanks.found_again(page.items)
            return self._ended(items, attrs.evolve(step, blanks=blanks))
        if step.crowd is not None:
            return self._sweep(step, step.crowd, page)
        if not step.seam.is_proven_by(page.places, step.row):
            return Found((), self._further_back(step, page), page=False)
        return self._read_on(step, page)

    def _further_back(self, step: OffsetStep, page: _Page) -> OffsetStep:
        if step.seam.is_crowded(page.places, step.row):
            return attrs.evolve(step, crowd=Crowd.around(step.seam))
        return attrs.evolve(step, seam=step.seam.further_back(step.row))

    def _read_on(self, step: OffsetStep, page: _Page) -> Found[OffsetStep, RecentItem]:
        """Behind a page that has missed nothing."""
        items, taken = self._take(step, page)
        if not page.has_more or taken.round.is_over_at(page.places):
            return self._end_of_round(items, taken, page)
        standstill = step.standstill.after([item.dialog_id for item in page.items if not is_queued(item)])
        rows = page.limit - OVERLAP
        if standstill.is_no_chance(empty=not page.places, rows=rows):
            raise WalkStalled(f"{METHOD}: the portal answers OFFSET {step.offset} with the page before it, again")
        seam = step.seam.behind(page.places, step.offset)
        if seam.is_stuck_behind(step.seam, page.places):
            return Found(items, attrs.evolve(taken, crowd=Crowd.around(step.seam)))
        # Not by reply.next: it counts items, not rows, and skips dialogs (docs/portal.md#recent-next).
        row = max(0, step.offset + rows)
        return Found(items, attrs.evolve(taken, row=row, seam=seam, standstill=standstill, crowd=None))

    def _sweep(self, step: OffsetStep, crowd: Crowd, page: _Page) -> Found[OffsetStep, RecentItem]:
        """One page of a sweep over more dialogs of one second than a page can hold."""
        if not crowd.is_entered_by(page.places):
            return Found((), attrs.evolve(step, crowd=crowd.further_up(_STRIDE)), page=False)
        of_it = [item.dialog_id for item in page.items if place_of(item) == crowd.place]
        items, taken = self._take(step, page)
        crowd = crowd.after(of_it, [item.dialog_id for item in items], _STRIDE)
        if crowd.is_passed_by(page.places, has_more=page.has_more):
            if crowd.is_whole:
                return self._read_on(attrs.evolve(step, seam=Seam(), row=step.offset), page)
            crowd = crowd.again(_STRIDE)
        return Found(items, attrs.evolve(taken, crowd=crowd))

    def _take(self, step: OffsetStep, page: _Page) -> tuple[Sequence[RecentItem], OffsetStep]:
        """What a page adds to the walk, and the step that knows of it."""
        items, blanks = step.blanks.after(step.round.adds(page.items, is_last=not page.has_more), step.offset)
        round_ = step.round.after(page.items, page.second)
        end = step.seam.behind(page.places, step.offset).end
        began = round_.began if round_.quiet is None else round_.quiet
        shown = step.shown.after(items, rows=page.limit, began=began, end=end, is_same_end=end == step.seam.end)
        return items, attrs.evolve(step, round=round_, shown=shown, blanks=blanks)

    def _end_of_round(
        self, items: Sequence[RecentItem], done: OffsetStep, page: _Page
    ) -> Found[OffsetStep, RecentItem]:
        # Where the portal gives no dates, nobody can tell what rose.
        is_dateless = not page.places and any(not is_queued(item) for item in page.items)
        if self.catch_up and not done.round.is_snapshot and not is_dateless:
            return Found(items, OffsetStep(round=done.round.next(), shown=done.shown, blanks=done.blanks))
        return self._ended(items, attrs.evolve(done, crowd=None, looks_again=True))
