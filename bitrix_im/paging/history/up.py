"""Oldest first: FIRST_ID looks ahead, LAST_ID reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from ...errors import WalkStalled
from ...models import Message
from ...rest.call import Call, Reply
from ..walk import Found
from .base import METHOD, Answer, HistoryWalk, at_most
from .links import linked, surely_left

_PROVEN = 3  # pages that an upward walk proves one by one, before it marks the whole history

_Int = attrs.validators.instance_of(int)


class Phase(StrEnum):
    """What an upward walk is doing."""

    PROBE = "probe"
    """It looks ahead by FIRST_ID."""
    READ = "read"
    """It reads the pages below its marks, the lowest first."""
    ASK = "ask"
    """It asks how long the history is."""
    MARK = "mark"
    """It marks page boundaries, downwards from the newest message."""


@attrs.frozen
class UpStep:
    """Everything up to ``after`` is read. ``marks`` are the LAST_IDs of pages above, the lowest last."""

    after: int = attrs.field(default=0, validator=_Int)
    phase: Phase = Phase.PROBE
    marks: tuple[int, ...] = ()
    proven: int = 0
    left: int = 0
    """While marking: messages that surely are still below the lowest mark."""


@attrs.frozen
class HistoryUp(HistoryWalk):
    """Oldest first.

    A FIRST_ID page has no order, and a full one need not be the lowest ids (docs/portal.md#first-id), so it only tells
    how far to look: its largest id. What lies below is read by LAST_ID, whose pages can be trusted: a page that reaches
    down to what is read already is whole. Where it does not, or after a few pages of a long history, the boundaries of
    all pages are marked downwards first, many to a request, and the pages then read upwards, as many to a request.
    """

    after: int = 0

    @property
    def binding(self) -> Call:
        return Call(METHOD, {"dialog_id": self.dialog_id, "after": self.after, "page_size": self.page_size})

    @property
    def limit(self) -> int:
        return max(2, self.page_size)

    def start(self) -> UpStep:
        return UpStep(self.after)

    def call(self, step: UpStep, wanted: int | None = None) -> Call:
        match step.phase:
            case Phase.PROBE:
                return self._above(step.after)
            case Phase.ASK:
                return self.ask_count()
            case Phase.READ | Phase.MARK:
                return self.below(step.marks[-1])

    def _above(self, first_id: int) -> Call:
        # One less than a LAST_ID page holds, so that the page of the same ids also shows where it ends below.
        return Call(METHOD, {"DIALOG_ID": self.dialog_id, "FIRST_ID": first_id, "LIMIT": self.limit - 1})

    def foretell(self, step: UpStep, most: int, wanted: int | None) -> list[Call]:
        match step.phase:
            case Phase.PROBE:
                return [self._above(step.after)]
            case Phase.ASK:
                return [self.ask_count(), self.below(0)]
            case Phase.MARK:
                return linked(self, step.marks[-1], step.left, most)
            case Phase.READ:
                pages = [self.below(mark) for mark in step.marks[: -at_most(most, wanted, self.limit) - 1 : -1]]
                is_all = len(pages) == len(step.marks) < most
                return [*pages, self._above(step.marks[0] - 1)] if is_all else pages

    def behind(self, step: UpStep, item: Message) -> UpStep:
        return UpStep(item.id)

    def without(self, step: UpStep) -> UpStep | None:
        return _marking(step, 0) if step.phase is Phase.ASK else None

    def dump(self, step: UpStep) -> list[Any]:
        return [step.after]  # the marks of a long history are too many for a cursor: found again on resume

    def load(self, values: list[Any]) -> UpStep:
        (after,) = values
        return UpStep(after)

    def read(self, step: UpStep, call: Call, reply: Reply) -> Found[UpStep, Message]:
        match step.phase:
            case Phase.ASK:
                return Found((), _marking(step, surely_left(reply)), page=False)
            case Phase.PROBE:
                return self._read_above(step, Answer.of(reply))
            case Phase.READ | Phase.MARK:
                return self._read_below(step, Answer.of(reply))

    def _read_above(self, step: UpStep, page: Answer) -> Found[UpStep, Message]:
        above = page.ascending(step.after)
        if page.rows < self.limit - 1:
            return Found(above, None)  # a short page is complete
        if not above:
            raise WalkStalled(f"{METHOD}: a full page without an id above FIRST_ID {step.after}")
        if step.proven >= _PROVEN:
            return Found((), attrs.evolve(step, phase=Phase.ASK), page=False)
        return Found((), attrs.evolve(step, phase=Phase.READ, marks=(above[-1].id + 1,)), page=False)

    def _read_below(self, step: UpStep, page: Answer) -> Found[UpStep, Message]:
        above, mark = page.ascending(step.after), step.marks[-1]
        reaches_down = len(above) < len(page.messages) or (above and above[0].id == step.after + 1)
        if page.rows < self.limit or reaches_down:  # nothing is left between it and what is read
            return Found(above, _behind_mark(step, above))
        if not above or (mark and above[-1].id >= mark):
            raise WalkStalled(f"{METHOD}: a page of ids at or above LAST_ID {mark}")
        if step.phase is Phase.READ:
            # The page ahead was not the lowest ids: no page ahead is to be trusted here.
            return Found((), attrs.evolve(step, phase=Phase.ASK), page=False)
        marks = (*step.marks[:-1], mark or above[-1].id + 1, above[0].id)
        return Found((), attrs.evolve(step, marks=marks, left=step.left - page.rows), page=False)


def _marking(step: UpStep, left: int) -> UpStep:
    return UpStep(step.after, Phase.MARK, (0,), step.proven, left)


def _behind_mark(step: UpStep, above: list[Message]) -> UpStep:
    """The step after the page below the lowest mark was read."""
    mark, rest = step.marks[-1], step.marks[:-1]
    top = mark - 1 if mark else max((message.id for message in above), default=step.after)
    return UpStep(max(top, step.after), Phase.READ if rest else Phase.PROBE, rest, step.proven + 1)
