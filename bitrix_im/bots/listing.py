"""The walk over all bots: by offset, in no order that the portal promises (``imbot.v2.Bot.list``)."""

from __future__ import annotations

from typing import Any

import attrs

from ..convert import structure
from ..models import BotInfo, BotList
from ..paging.walk import Found
from ..rest.call import Call, Reply
from .owner import secret
from .token import BotToken

_METHOD = "imbot.v2.Bot.list"
_PAGE = 50

_Int = attrs.validators.instance_of(int)


@attrs.frozen
class BotStep:
    """Bots from this place on come next."""

    offset: int = attrs.field(default=0, validator=_Int)


@attrs.frozen
class BotListing:
    """All bots, each once. The token is no part of what a cursor is bound to."""

    token: BotToken | None = attrs.field(default=None, repr=False)

    repeats = True
    windows = (1,)
    page_size = _PAGE

    @property
    def binding(self) -> Call:
        """The list itself."""
        return Call(_METHOD)

    def start(self) -> BotStep:
        """The first page."""
        return BotStep()

    def call(self, step: BotStep, wanted: int | None = None) -> Call:
        """A page: always whole, since the next begins where it ends."""
        return Call(_METHOD, {"offset": step.offset, "limit": _PAGE, **secret(self.token)})

    def foretell(self, step: BotStep, most: int, wanted: int | None) -> list[Call]:
        """One page at a time: there is no total to tell more by."""
        return [self.call(step)]

    def without(self, step: BotStep) -> None:
        """Every page is needed."""

    def behind(self, step: BotStep, item: BotInfo) -> None:
        """There is no order to go on by."""

    def learn(self, calls: object, outcome: object) -> None:
        """Nothing: pages come one by one."""

    def handed_out(self, step: BotStep) -> tuple[()]:
        """Doubles are known by the walk alone."""
        return ()

    def key(self, item: BotInfo) -> str:
        """Its id."""
        return str(item.id)

    def dump(self, step: BotStep) -> list[Any]:
        """The place."""
        return [step.offset]

    def load(self, values: list[Any]) -> BotStep:
        """The place."""
        return BotStep(*values)

    def read(self, step: BotStep, call: Call, reply: Reply) -> Found[BotStep, BotInfo]:
        """The bots of a page, and the next where there is one."""
        page = structure(reply.result, BotList, at="$.result")
        is_more = page.has_next_page and bool(page.bots)
        return Found(page.bots, BotStep(step.offset + _PAGE) if is_more else None)
