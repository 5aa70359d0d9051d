"""A dialog's messages (``im.dialog.messages.get``): newest first by LAST_ID, oldest first by FIRST_ID.

Pages are linked inside one request: ``LAST_ID=$result[…][messages][49][id]``. A link that does not exist fails the
whole request (BITRIX24.md §3), so only as many are made as pages are surely full, by ``message_count`` of
``im.dialog.get`` less a margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import attrs

from ..convert import structure
from ..errors import WalkStalled
from ..models import Message, MessagesPage
from ..rest.batch import Ref
from ..rest.call import Call, Reply
from ..rest.decode import read_count
from .walk import Found

MAX_LIMIT = 50

_METHOD = "im.dialog.messages.get"
_WINDOWS = (1, 2, 4, 16, 50)
_MARGIN = 50  # messages that message_count may count too many: deleted, or arrived since
_PROVEN = 3  # pages that an upward walk proves one by one, before it marks the whole history

_Int = attrs.validators.instance_of(int)
_Count: Any = attrs.validators.optional(_Int)


@attrs.frozen
class _History:
    """What both directions share."""

    dialog_id: str

    page_size: int = attrs.field(default=MAX_LIMIT, kw_only=True)

    repeats = False
    windows = _WINDOWS

    def tail(self, items: Sequence[Message]) -> Sequence[Message]:
        return ()  # read by id: no page repeats another

    def key(self, item: Message) -> str:
        return str(item.id)

    @property
    def _limit(self) -> int:
        return self.page_size

    def _ask(self) -> Call:
        return Call("im.dialog.get", {"DIALOG_ID": self.dialog_id})

    def _below(self, last_id: int | Ref) -> Call:
        return Call(_METHOD, {"DIALOG_ID": self.dialog_id, "LAST_ID": last_id, "LIMIT": self._limit})

    def _linked(self, last_id: int, left: int | None, most: int) -> list[Call]:
        """Pages downwards from *last_id*, each linked to the one before; all but the last of them surely full."""
        pages = min(most, 1 + max(0, left or 0) // self._limit)
        last = f"[messages][{self._limit - 1}][id]"
        return [self._below(last_id), *(self._below(Ref(index, last)) for index in range(pages - 1))]


@attrs.frozen
class DownStep:
    """Ids below ``last_id`` come next; 0 is "from the newest"."""

    last_id: int = attrs.field(default=0, validator=_Int)
    read: int | None = attrs.field(default=0, validator=_Count)
    """Messages above ``last_id``; None where that is not known."""
    left: int | None = attrs.field(default=None, validator=_Count)
    """Messages that surely are still below; None before the portal was asked for their count."""
    ask: bool = False


@attrs.frozen
class HistoryDown(_History):
    """Newest first.

    The first page asks for LAST_ID=0, too: without it the server starts around the read mark and newer messages are
    missed (BITRIX24.md §4).
    """

    before: int | None = None

    @property
    def binding(self) -> Call:
        return Call(_METHOD, {"DIALOG_ID": self.dialog_id, "BEFORE": self.before, "LIMIT": self.page_size})

    def start(self) -> DownStep:
        return DownStep() if self.before is None else DownStep(self.before, None)

    def call(self, step: DownStep) -> Call:
        return self._ask() if step.ask else self._below(step.last_id)

    def foretell(self, step: DownStep, most: int, wanted: int | None) -> list[Call]:
        if step.ask:
            return [self._ask(), self._below(step.last_id)]
        return self._linked(step.last_id, step.left, _at_most(most, wanted, self._limit))

    def behind(self, step: DownStep, item: Message) -> DownStep:
        # At most the whole page is read: fewer left than there are is only fewer pages foretold.
        return DownStep(item.id, None if step.read is None else step.read + self.page_size)

    def without(self, step: DownStep) -> DownStep | None:
        return attrs.evolve(step, ask=False, left=0) if step.ask else None

    def dump(self, step: DownStep) -> list[Any]:
        return [step.last_id, step.read]

    def load(self, values: list[Any]) -> DownStep:
        last_id, read = values
        return DownStep(last_id, read)

    def read(self, step: DownStep, reply: Reply) -> Found[DownStep, Message]:
        if step.ask:
            sure = _count(reply) - (step.read or 0) - _MARGIN
            return Found((), attrs.evolve(step, ask=False, left=sure), page=False)
        page = structure(reply.result, MessagesPage, at="$.result")
        below = [message for message in page.messages if not step.last_id or message.id < step.last_id]
        below.sort(key=_by_id, reverse=True)
        if _rows(reply) < self.page_size:
            return Found(below, None)
        if not below:
            raise WalkStalled(f"{_METHOD}: a full page without an id below LAST_ID {step.last_id}")
        read = None if step.read is None else step.read + len(below)
        left = None if step.left is None else step.left - len(below)
        return Found(below, DownStep(below[-1].id, read, left, ask=read is not None and left is None))


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
class HistoryUp(_History):
    """Oldest first.

    A FIRST_ID page has no order, and a full one need not be the lowest ids (BITRIX24.md §4), so it only tells how far
    to look: its largest id. What lies below is read by LAST_ID, whose pages can be trusted: a page that reaches down
    to what is read already is whole. Where it does not, or after a few pages of a long history, the boundaries of all
    pages are marked downwards first, many to a request, and the pages then read upwards, as many to a request.
    """

    after: int = 0

    @property
    def binding(self) -> Call:
        return Call(_METHOD, {"DIALOG_ID": self.dialog_id, "AFTER": self.after, "LIMIT": self.page_size})

    @property
    def _limit(self) -> int:
        return max(2, self.page_size)

    def start(self) -> UpStep:
        return UpStep(self.after)

    def call(self, step: UpStep) -> Call:
        if step.phase is Phase.ASK:
            return self._ask()
        return self._above(step.after) if step.phase is Phase.PROBE else self._below(step.marks[-1])

    def _above(self, first_id: int) -> Call:
        # One less than a LAST_ID page holds, so that the page of the same ids also shows where it ends below.
        return Call(_METHOD, {"DIALOG_ID": self.dialog_id, "FIRST_ID": first_id, "LIMIT": self._limit - 1})

    def foretell(self, step: UpStep, most: int, wanted: int | None) -> list[Call]:
        match step.phase:
            case Phase.PROBE:
                return [self._above(step.after)]
            case Phase.ASK:
                return [self._ask(), self._below(0)]
            case Phase.MARK:
                return self._linked(step.marks[-1], step.left, most)
            case Phase.READ:
                pages = [self._below(mark) for mark in step.marks[: -_at_most(most, wanted, self._limit) - 1 : -1]]
                is_all = len(pages) == len(step.marks) < most
                return [*pages, self._above(step.marks[0] - 1)] if is_all else pages

    def behind(self, step: UpStep, item: Message) -> UpStep:
        return UpStep(item.id)

    def without(self, step: UpStep) -> UpStep | None:
        return self._mark(step, 0) if step.phase is Phase.ASK else None

    def dump(self, step: UpStep) -> list[Any]:
        return [step.after]  # the marks of a long history are too many for a cursor: found again on resume

    def load(self, values: list[Any]) -> UpStep:
        (after,) = values
        return UpStep(after)

    def read(self, step: UpStep, reply: Reply) -> Found[UpStep, Message]:
        if step.phase is Phase.ASK:
            return Found((), self._mark(step, _count(reply) - _MARGIN), page=False)
        page = structure(reply.result, MessagesPage, at="$.result")
        above = sorted((message for message in page.messages if message.id > step.after), key=_by_id)
        if step.phase is Phase.PROBE:
            return self._look_ahead(step, _rows(reply), above)
        return self._read_below(step, _rows(reply), len(page.messages), above)

    def _look_ahead(self, step: UpStep, rows: int, above: list[Message]) -> Found[UpStep, Message]:
        if rows < self._limit - 1:
            return Found(above, None)  # a short page is complete
        if not above:
            raise WalkStalled(f"{_METHOD}: a full page without an id above FIRST_ID {step.after}")
        if step.proven >= _PROVEN:
            return Found((), attrs.evolve(step, phase=Phase.ASK), page=False)
        return Found((), attrs.evolve(step, phase=Phase.READ, marks=(above[-1].id + 1,)), page=False)

    def _read_below(self, step: UpStep, rows: int, shown: int, above: list[Message]) -> Found[UpStep, Message]:
        mark, rest = step.marks[-1], step.marks[:-1]
        if rows < self._limit or len(above) < shown or (above and above[0].id == step.after + 1):
            # It reaches down to what is read, or to the beginning: nothing is left between.
            top = mark - 1 if mark else max((message.id for message in above), default=step.after)
            phase = Phase.READ if rest else Phase.PROBE
            return Found(above, UpStep(max(top, step.after), phase, rest, step.proven + 1))
        if not above or (mark and above[-1].id >= mark):
            raise WalkStalled(f"{_METHOD}: a page of ids at or above LAST_ID {mark}")
        if step.phase is Phase.READ:
            # The page ahead was not the lowest ids: no page ahead is to be trusted here.
            return Found((), attrs.evolve(step, phase=Phase.ASK), page=False)
        newest = mark or above[-1].id + 1
        return Found(
            (),
            attrs.evolve(step, marks=(*rest, newest, above[0].id), left=step.left - rows),
            page=False,
        )

    @staticmethod
    def _mark(step: UpStep, left: int) -> UpStep:
        return UpStep(step.after, Phase.MARK, (0,), step.proven, left)


def _count(reply: Reply) -> int:
    """``message_count``, where the portal gives it."""
    return (read_count(reply.result.get("message_count")) if isinstance(reply.result, dict) else None) or 0


def _rows(reply: Reply) -> int:
    """How many entries the page holds, be it ``null``: a page that is full by its entries is not the last."""
    messages = reply.result.get("messages") if isinstance(reply.result, dict) else ()
    return len(messages or ())


def _at_most(most: int, wanted: int | None, page: int) -> int:
    """As many pages as are wanted."""
    return most if wanted is None else max(1, min(most, -(-wanted // page)))


def _by_id(message: Message) -> int:
    return message.id
