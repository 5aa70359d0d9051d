"""Oldest first: FIRST_ID looks ahead, LAST_ID reads."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import attrs

from ...errors import WalkStalled
from ...models import Message
from ...rest.call import Call, Reply
from ..walk import Found
from .base import METHOD, Answer, HistoryWalk
from .links import count_of

_PROVEN = 2  # pages that an upward walk proves one by one, before it marks the whole history
_FEW = 6  # pages: where no more are wanted, each is proven by itself, however long the history is
_UNCOUNTED = 10  # pages that are marked with the question how many there are

_Int = attrs.validators.instance_of(int)


class Phase(StrEnum):
    """What an upward walk is doing."""

    NEWEST = "newest"
    """It reads the newest page: often all that is wanted, and the place where the walk will end."""
    PROBE = "probe"
    """It looks ahead by FIRST_ID."""
    READ = "read"
    """It reads the pages below its marks, the lowest first."""
    LONG = "long"
    """It has proven a few pages: it marks the whole history, unless only few more are wanted."""
    COUNT = "count"
    """It asks how long the history is, so that not too many pages are asked for."""
    MARK = "mark"
    """It marks page boundaries, downwards from its lowest mark."""


@attrs.frozen
class UpStep:
    """Everything up to ``after`` is read. ``marks`` are the LAST_IDs of pages above, the lowest last."""

    after: int = attrs.field(default=0, validator=_Int)
    last: int = attrs.field(default=0, validator=_Int)
    """A message's id at or below ``after``: the one to look ahead from."""
    phase: Phase = Phase.NEWEST
    newest: tuple[Message, ...] = ()
    """The newest page, handed out when all below it is read."""
    marks: tuple[int, ...] = ()
    held: tuple[Message, ...] = ()
    """What was read above the lowest mark, up to the next."""
    lowest: int = 0
    """The lowest id that the look ahead showed."""
    looked: int = 0
    """How many messages that look asked for; 0 where the marks are page boundaries."""
    proven: int = 0
    left: int | None = None
    """While marking: messages that still are below the lowest mark, as the portal counts them."""


@attrs.frozen
class HistoryUp(HistoryWalk):
    """Oldest first.

    A FIRST_ID page has no order, and a full one need not be the lowest ids (docs/portal.md#first-id), so it only shows
    how far to look: its largest id. What lies below is read by LAST_ID, whose pages can be trusted: a page that reaches
    down to what is read already is whole. Where it does not, or after a few pages of a long history, the boundaries of
    all pages are marked downwards first, many to a request, and the pages then read upwards, as many to a request.

    Only ids that the portal has shown stand in LAST_ID (docs/portal.md#missing-id-empty), and a short page is no end:
    the walk ends with the newest message, which it saw first.
    """

    after: int = 0

    @property
    def binding(self) -> Call:
        return Call(METHOD, {"dialog_id": self.dialog_id, "after": self.after, "page_size": self.page_size})

    def start(self) -> UpStep:
        return UpStep(self.after, self.after)

    def call(self, step: UpStep, wanted: int | None = None) -> Call:
        limit = self._limit(wanted)
        match step.phase:
            case Phase.NEWEST:
                return self.below(0, limit)
            case Phase.LONG if not self._is_little(wanted):
                return self.ask_count()
            case Phase.PROBE | Phase.LONG:
                # One less than a LAST_ID page holds, so that the page of the same ids also shows where it ends below.
                return self.above(step.last, limit - 1)
            case Phase.COUNT:
                return self.ask_count()
            case Phase.READ | Phase.MARK:
                return self.below(step.marks[-1], step.looked + 1 if step.looked else self._limit(None))

    def _is_little(self, wanted: int | None) -> bool:
        return wanted is not None and wanted <= _FEW * self.page_size

    def _limit(self, wanted: int | None) -> int:
        return max(2, self.page_size if wanted is None else min(self.page_size, wanted + 1))

    def foretell(self, step: UpStep, most: int, wanted: int | None) -> list[Call]:
        limit = self._limit(wanted)
        match step.phase:
            case Phase.NEWEST | Phase.PROBE:
                return [self.call(step, wanted)]
            case Phase.LONG if self._is_little(wanted):
                return [self.call(step, wanted)]
            case Phase.LONG | Phase.COUNT | Phase.MARK:
                first = [] if step.phase is Phase.MARK else [self.ask_count()]
                pages = most if step.left is not None else _UNCOUNTED if first else 1
                return self.linked(first, step.marks[-1], pages, limit=self._limit(None), left=step.left)
            case Phase.READ:
                if step.looked:  # the next look goes with it, or the count of what is to be marked
                    is_last = step.proven + 1 >= _PROVEN and not self._is_little(wanted)
                    return [self.call(step), self.ask_count() if is_last else self.above(step.marks[-1], limit - 1)]
                pages = most if wanted is None else max(1, min(most, -(-wanted // self.page_size)))
                return [self.below(mark, self._limit(None)) for mark in step.marks[: -pages - 1 : -1]]

    def behind(self, step: UpStep, item: Message) -> UpStep:
        return UpStep(item.id, item.id)

    def without(self, step: UpStep) -> UpStep | None:
        is_count = step.phase in (Phase.COUNT, Phase.LONG)
        return attrs.evolve(step, phase=Phase.MARK, left=0) if is_count else None

    def dump(self, step: UpStep) -> list[Any]:
        return [step.after, step.last]  # the marks of a long history are too many for a cursor: found again on resume

    def load(self, values: list[Any]) -> UpStep:
        after, last = values
        return UpStep(after, last)

    def read(self, step: UpStep, call: Call, reply: Reply) -> Found[UpStep, Message]:
        if call.method != METHOD:
            return Found((), attrs.evolve(step, phase=Phase.MARK, left=count_of(reply)), page=False)
        page = Answer.of(call, reply)
        match step.phase:
            case Phase.NEWEST:
                return self._read_newest(step, page)
            case Phase.PROBE | Phase.LONG:
                return self._look_ahead(step, page)
            case _:
                return self._read_below(step, page)

    def _read_newest(self, step: UpStep, page: Answer) -> Found[UpStep, Message]:
        above = page.ascending(step.after)
        if not above or len(above) < len(page.messages):
            return Found(above, None)  # it reaches down to what is read
        seen = attrs.evolve(step, newest=tuple(above))
        # A short page may be the whole history: the page below shows it.
        if page.rows >= page.limit:
            return Found((), attrs.evolve(seen, phase=Phase.PROBE), page=False)
        return Found((), attrs.evolve(self._mark(seen), phase=Phase.MARK), page=False)

    def _look_ahead(self, step: UpStep, page: Answer) -> Found[UpStep, Message]:
        above = page.ascending(step.after)
        if page.rows >= page.limit and not above:
            raise WalkStalled(f"{METHOD}: a full page without an id above FIRST_ID {step.last}")
        if not above:  # nothing, although the newest page has shown that there is more
            return Found((), self._mark(step), page=False)
        ahead = attrs.evolve(step, phase=Phase.READ, marks=(above[-1].id,), held=(above[-1],), lowest=above[0].id)
        ahead = attrs.evolve(ahead, looked=page.limit)
        return Found((), ahead, page=False)

    def _mark(self, step: UpStep) -> UpStep:
        """Mark the boundaries of all pages below the newest one."""
        phase = Phase.COUNT if step.left is None else Phase.MARK
        return attrs.evolve(step, phase=phase, marks=(step.newest[0].id,), held=(), lowest=0, looked=0)

    def _read_below(self, step: UpStep, page: Answer) -> Found[UpStep, Message]:
        mark = step.marks[-1]
        above = page.ascending(step.after)
        if page.rows >= page.limit and not above and not page.messages:
            raise WalkStalled(f"{METHOD}: a full page without a message below LAST_ID {mark}")
        if above and above[-1].id >= mark:
            raise WalkStalled(f"{METHOD}: a page of ids at or above LAST_ID {mark}")
        if self._reaches_down(step, page, above):
            return self._hand_out(step, above)
        if step.phase is Phase.READ and not step.looked:
            # Marked already, but the page below has become another one: mark anew from here.
            step = attrs.evolve(step, held=())
        marks = (*step.marks, above[0].id)
        left = None if step.left is None else step.left - page.rows
        marked = attrs.evolve(step, phase=Phase.MARK, marks=marks, lowest=0, looked=0, left=left)
        # Two pages at a time are held: this one, and what the look ahead showed above it.
        held = (*above, *step.held) if step.looked else tuple(above)
        return Found((), attrs.evolve(marked, held=held), page=False)

    @staticmethod
    def _reaches_down(step: UpStep, page: Answer, above: Sequence[Message]) -> bool:
        """Whether nothing is left between a page and what is read."""
        if not above or len(above) < len(page.messages) or above[0].id == step.after + 1:
            return True
        # Short, and the look ahead has shown nothing below it either.
        return bool(step.lowest) and page.rows < page.limit and above[0].id == step.lowest

    def _hand_out(self, step: UpStep, above: Sequence[Message]) -> Found[UpStep, Message]:
        """The items below the lowest mark and those held above it, and the step after them."""
        items = [*above, *step.held]
        if not step.held:
            rest, top = step.marks[:-1], step.marks[-1] - 1
        else:
            # Held is what lies up to the mark before, or what the look ahead showed.
            rest, top = step.marks[:-2], max(step.held[-1].id, *(mark - 1 for mark in step.marks[-2:-1]), 0)
        after = max(step.after, top)
        last = items[-1].id if items else step.last
        first = step.newest[0].id if step.newest else 0
        if not rest and after >= first - 1:
            return Found([*items, *(message for message in step.newest if message.id > after)], None)
        behind = UpStep(after, last, Phase.READ, step.newest, rest, proven=step.proven + 1)
        if rest:
            return Found(items, behind)
        if behind.proven < _PROVEN:
            return Found(items, attrs.evolve(behind, phase=Phase.PROBE))
        return Found(items, attrs.evolve(self._mark(behind), phase=Phase.LONG))
