"""Newest first, by LAST_ID."""

from __future__ import annotations

from typing import Any

import attrs

from ...errors import WalkStalled
from ...models import Message
from ...rest.call import Call, Reply
from ..walk import Found
from .base import METHOD, Answer, HistoryWalk, at_most
from .links import linked, surely_left

_Int = attrs.validators.instance_of(int)
_OptInt: Any = attrs.validators.optional(_Int)  # mypy takes it for one of int alone


@attrs.frozen
class DownStep:
    """Ids below ``last_id`` come next; 0 is "from the newest"."""

    last_id: int = attrs.field(default=0, validator=_Int)
    read: int | None = attrs.field(default=0, validator=_OptInt)
    """Messages above ``last_id``; None where that is not known."""
    left: int | None = attrs.field(default=None, validator=_OptInt)
    """Messages that surely are still below; None before the portal was asked for their count."""
    ask: bool = False


@attrs.frozen
class HistoryDown(HistoryWalk):
    """Newest first.

    The first page asks for LAST_ID=0, too: without it the server starts around the read mark and newer messages are
    missed (docs/portal.md#unread-window).
    """

    before: int | None = None

    @property
    def binding(self) -> Call:
        return Call(METHOD, {"dialog_id": self.dialog_id, "before": self.before, "page_size": self.page_size})

    def start(self) -> DownStep:
        return DownStep() if self.before is None else DownStep(self.before, None)

    def call(self, step: DownStep, wanted: int | None = None) -> Call:
        return self.ask_count() if step.ask else self.below(step.last_id)

    def foretell(self, step: DownStep, most: int, wanted: int | None) -> list[Call]:
        if step.ask:
            return [self.ask_count(), self.below(step.last_id)]
        return linked(self, step.last_id, step.left, at_most(most, wanted, self.limit))

    def behind(self, step: DownStep, item: Message) -> DownStep:
        # At most the whole page is read: too low a number left only means fewer pages in a request.
        return DownStep(item.id, None if step.read is None else step.read + self.page_size)

    def without(self, step: DownStep) -> DownStep | None:
        return attrs.evolve(step, ask=False, left=0) if step.ask else None

    def dump(self, step: DownStep) -> list[Any]:
        return [step.last_id, step.read]

    def load(self, values: list[Any]) -> DownStep:
        last_id, read = values
        return DownStep(last_id, read)

    def read(self, step: DownStep, call: Call, reply: Reply) -> Found[DownStep, Message]:
        if step.ask:
            return Found((), attrs.evolve(step, ask=False, left=surely_left(reply, step.read or 0)), page=False)
        page = Answer.of(reply)
        below = page.descending(step.last_id)
        if page.rows < self.page_size:
            return Found(below, None)
        if not below:
            raise WalkStalled(f"{METHOD}: a full page without an id below LAST_ID {step.last_id}")
        above = None if step.read is None else step.read + len(below)
        left = None if step.left is None else step.left - len(below)
        return Found(below, DownStep(below[-1].id, above, left, ask=above is not None and left is None))
