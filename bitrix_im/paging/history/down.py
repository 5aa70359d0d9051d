"""Newest first, by LAST_ID."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from ...errors import WalkStalled
from ...models import Message
from ...rest.call import Call, Reply
from ..walk import Found
from .base import METHOD, Answer, HistoryWalk
from .links import count_of

_Int = attrs.validators.instance_of(int)


class Phase(StrEnum):
    """What a downward walk asks for."""

    PAGE = "page"
    """The messages below the last ones."""
    OLDEST = "oldest"
    """The oldest messages, as FIRST_ID shows them: whether a short page that ends with the oldest is the last."""
    COUNT = "count"
    """How many messages there are, so that not too many pages are asked for."""


@attrs.frozen
class DownStep:
    """Ids below ``last_id`` come next; 0 is "from the newest"."""

    last_id: int = attrs.field(default=0, validator=_Int)
    under: int = attrs.field(default=0, validator=_Int)
    """Only messages below this id are wanted (0: all)."""
    is_seen: bool = False
    """The portal has shown a message of this id: an empty page below it is the beginning of the history."""
    phase: Phase = Phase.PAGE
    read: int = 0
    """Messages above ``last_id``, where the walk began with the newest."""
    oldest: int | None = None
    """The oldest message's id, as far as the portal has shown it; 0 where it has not."""
    left: int | None = None
    """Messages that still are below, as the portal counts them."""
    is_short: bool = False
    """The last page was a short one, so this may well be the end."""


@attrs.frozen
class HistoryDown(HistoryWalk):
    """Newest first.

    The first page asks for LAST_ID=0, too: without it the server starts around the read mark and newer messages are
    missed (docs/portal.md#unread-window). A short page need not be the last one, so the history ends with an empty one,
    or with a short one where two ways to ask agree on the oldest message.
    """

    before: int | None = None

    @property
    def binding(self) -> Call:
        return Call(METHOD, {"dialog_id": self.dialog_id, "before": self.before, "page_size": self.page_size})

    def start(self) -> DownStep:
        return DownStep(self.before or 0, self.before or 0)

    def call(self, step: DownStep, wanted: int | None = None) -> Call:
        match step.phase:
            case Phase.OLDEST:
                return self.above(0, self.page_size)
            case Phase.COUNT:
                return self.ask_count()
            case Phase.PAGE:
                return self.below(step.last_id, self._limit(wanted))

    def _limit(self, wanted: int | None) -> int:
        return self.page_size if wanted is None else min(self.page_size, max(1, wanted))

    def foretell(self, step: DownStep, most: int, wanted: int | None) -> list[Call]:
        first = [] if step.phase is Phase.PAGE else [self.call(step)]
        if step.phase is Phase.OLDEST and step.is_seen:
            first.append(self.ask_count())
        if wanted is not None:
            most = min(most, len(first) + -(-wanted // self.page_size))
        pages = 1 if step.is_short or not step.last_id else max(1, most - len(first))
        return self.linked(first, step.last_id, pages, limit=self._limit(wanted), left=step.left)

    def behind(self, step: DownStep, item: Message) -> DownStep:
        # At most the whole page is read: too low a number left only means fewer pages in a request.
        return DownStep(item.id, step.under, is_seen=True, read=step.read + self.page_size)

    def without(self, step: DownStep) -> DownStep | None:
        match step.phase:
            case Phase.OLDEST:
                return attrs.evolve(step, phase=Phase.COUNT if step.is_seen else Phase.PAGE, oldest=0)
            case Phase.COUNT:
                return attrs.evolve(step, phase=Phase.PAGE, left=0)
            case Phase.PAGE:
                return None

    def dump(self, step: DownStep) -> list[Any]:
        return [step.last_id, step.under, step.is_seen, step.read]

    def load(self, values: list[Any]) -> DownStep:
        last_id, under, is_seen, read = values
        return DownStep(last_id, under, is_seen, read=read)

    def read(self, step: DownStep, call: Call, reply: Reply) -> Found[DownStep, Message]:
        match step.phase:
            case Phase.OLDEST:
                return Found((), self._past_oldest(step, Answer.of(call, reply)), page=False)
            case Phase.COUNT:
                left = count_of(reply) - step.read
                return Found((), attrs.evolve(step, phase=Phase.PAGE, left=left), page=False)
            case Phase.PAGE:
                return self._read_page(step, Answer.of(call, reply))

    def _past_oldest(self, step: DownStep, page: Answer) -> DownStep | None:
        oldest = min((message.id for message in page.messages), default=0)
        if step.is_seen:
            return attrs.evolve(step, phase=Phase.COUNT, oldest=oldest)
        if not oldest or oldest >= step.last_id:
            return None
        # The page below an id that no message has was empty (docs/portal.md#missing-id-empty): down from the newest.
        return DownStep(0, step.under, is_seen=True, oldest=oldest)

    def _read_page(self, step: DownStep, page: Answer) -> Found[DownStep, Message]:
        below = page.descending(step.last_id)
        if not below:
            if page.rows >= page.limit:
                raise WalkStalled(f"{METHOD}: a full page without an id below LAST_ID {step.last_id}")
            if step.last_id and not step.is_seen:
                return Found((), attrs.evolve(step, phase=Phase.OLDEST), page=False)
            return Found((), None)
        items = [message for message in below if not step.under or message.id < step.under]
        lowest = below[-1].id
        is_full = page.rows >= page.limit
        if not is_full and lowest == step.oldest:
            return Found(items, None)  # short, and the portal shows no older message by FIRST_ID either
        after = attrs.evolve(
            step,
            last_id=lowest,
            is_seen=True,
            read=step.read + len(below),
            left=None if step.left is None else step.left - len(below),
            is_short=not is_full,
        )
        if is_full and step.oldest is None:
            return Found(items, attrs.evolve(after, phase=Phase.OLDEST))
        return Found(items, after)
