"""A dialog's messages (``im.dialog.messages.get``): newest first by LAST_ID, oldest first by FIRST_ID."""

from __future__ import annotations

from typing import Any

import attrs

from ..convert import structure
from ..errors import WalkStalled
from ..models import Message, MessagesPage
from ..wire import Call, Reply
from .walk import Found

MAX_LIMIT = 50

_METHOD = "im.dialog.messages.get"
_Int = attrs.validators.instance_of(int)


@attrs.frozen
class DownStep:
    """Ids below ``last_id``; 0 is "from the newest"."""

    last_id: int = attrs.field(default=0, validator=_Int)


@attrs.frozen
class HistoryDown:
    """Newest first.

    The first page asks for LAST_ID=0, too: without it the server starts around the read mark and newer messages are
    missed (BITRIX24.md §4).
    """

    dialog_id: str
    before: int | None = None
    page_size: int = MAX_LIMIT

    repeats = False

    @property
    def binding(self) -> Call:
        return Call(_METHOD, {"DIALOG_ID": self.dialog_id, "BEFORE": self.before, "LIMIT": self.page_size})

    def start(self) -> DownStep:
        return DownStep(self.before or 0)

    def call(self, step: DownStep) -> Call:
        return Call(_METHOD, {"DIALOG_ID": self.dialog_id, "LAST_ID": step.last_id, "LIMIT": self.page_size})

    def key(self, item: Message) -> str:
        return str(item.id)

    def dump(self, step: DownStep) -> list[Any]:
        return [step.last_id]

    def load(self, values: list[Any]) -> DownStep:
        return DownStep(*values)

    def read(self, step: DownStep, reply: Reply) -> Found[DownStep, Message]:
        page = structure(reply.result, MessagesPage, at="$.result")
        below = [message for message in page.messages if not step.last_id or message.id < step.last_id]
        below.sort(key=_by_id, reverse=True)
        if len(page.messages) < self.page_size:
            return Found(below, None)
        if not below:
            raise WalkStalled(f"{_METHOD}: a full page without an id below LAST_ID {step.last_id}")
        return Found(below, DownStep(below[-1].id))


@attrs.frozen
class UpStep:
    """Everything up to ``after`` is read.

    ``marks`` are the LAST_IDs of pages above, the lowest last; without any, the next step looks ahead.
    """

    after: int = attrs.field(default=0, validator=_Int)
    marks: tuple[int, ...] = ()


@attrs.frozen
class HistoryUp:
    """Oldest first.

    A FIRST_ID page has no order, and a full one need not be the lowest ids (BITRIX24.md §4), so it only tells how far
    to look: its largest id. What lies below is read by LAST_ID, whose pages can be trusted: a page that reaches down
    to what is read already is whole. Where it does not, pages are marked downwards until one does, then read upwards.
    """

    dialog_id: str
    after: int = 0
    page_size: int = MAX_LIMIT

    repeats = False

    @property
    def binding(self) -> Call:
        return Call(_METHOD, {"DIALOG_ID": self.dialog_id, "AFTER": self.after, "LIMIT": self.page_size})

    @property
    def _ahead(self) -> int:
        # One less than a LAST_ID page holds, so that the page of the same ids also shows where it ends below.
        return max(1, self.page_size - 1)

    def start(self) -> UpStep:
        return UpStep(self.after)

    def call(self, step: UpStep) -> Call:
        if step.marks:
            return Call(
                _METHOD, {"DIALOG_ID": self.dialog_id, "LAST_ID": step.marks[-1], "LIMIT": max(2, self.page_size)}
            )
        return Call(_METHOD, {"DIALOG_ID": self.dialog_id, "FIRST_ID": step.after, "LIMIT": self._ahead})

    def key(self, item: Message) -> str:
        return str(item.id)

    def dump(self, step: UpStep) -> list[Any]:
        return [step.after]  # the marks of a long history are too many for a cursor: found again on resume

    def load(self, values: list[Any]) -> UpStep:
        return UpStep(*values)

    def read(self, step: UpStep, reply: Reply) -> Found[UpStep, Message]:
        page = structure(reply.result, MessagesPage, at="$.result")
        above = sorted((message for message in page.messages if message.id > step.after), key=_by_id)
        if step.marks:
            return self._read_below_mark(step, page, above)
        if len(page.messages) < self._ahead:
            return Found(above, None)  # a short page is complete
        if not above:
            raise WalkStalled(f"{_METHOD}: a full page without an id above FIRST_ID {step.after}")
        return Found((), UpStep(step.after, (above[-1].id + 1,)), page=False)

    def _read_below_mark(self, step: UpStep, page: MessagesPage, above: list[Message]) -> Found[UpStep, Message]:
        mark, rest = step.marks[-1], step.marks[:-1]
        is_short = len(page.messages) < max(2, self.page_size)
        if is_short or len(above) < len(page.messages) or above[0].id == step.after + 1:
            # It reaches down to what is read, or to the beginning: nothing is left between.
            return Found(above, UpStep(mark - 1, rest))
        if above[-1].id >= mark:
            raise WalkStalled(f"{_METHOD}: a page of ids at or above LAST_ID {mark}")
        return Found((), UpStep(step.after, (*step.marks, above[0].id)), page=False)


def _by_id(message: Message) -> int:
    return message.id
