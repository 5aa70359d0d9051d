"""Chat search (``im.search.chat.list``), by OFFSET and ``next``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..convert import structure
from ..errors import WalkStalled
from ..models import Chat
from ..rest.call import Call, Reply
from .walk import Found

MAX_LIMIT = 50

# One row overlaps: the list is sorted by id, so a page that begins at or above the last id seen has missed nothing.
_OVERLAP = 1
_BACK = 4

_Int = attrs.validators.instance_of(int)


@attrs.frozen
class SearchStep:
    """Where a chat search stands: the next row, the lowest id so far, how far it stepped back, and the total."""

    offset: int = attrs.field(default=0, validator=_Int)
    lowest: int | None = attrs.field(default=None, validator=attrs.validators.optional(_Int))
    back: int = attrs.field(default=0, validator=_Int)
    total: int = attrs.field(default=0, validator=_Int)


@attrs.frozen
class ChatSearch:
    """``im.search.chat.list``: found chats, ids descending."""

    params: Mapping[str, Any]
    page_size: int = MAX_LIMIT

    repeats = False
    windows = (1, 2, 4, 8, 16, 32, 50)

    @property
    def binding(self) -> Call:
        keywords = {name.lower(): value for name, value in self.params.items()}
        return Call("im.search.chat.list", {**keywords, "page_size": self.page_size})

    def start(self) -> SearchStep:
        return SearchStep()

    def call(self, step: SearchStep, wanted: int | None = None) -> Call:
        size = self.page_size if wanted is None else min(self.page_size, max(1, wanted))
        limit = size if step.lowest is None and wanted is None else min(MAX_LIMIT, size + _OVERLAP)
        limit = MAX_LIMIT if step.back else limit
        return Call("im.search.chat.list", {**self.params, "OFFSET": step.offset, "LIMIT": limit})

    def foretell(self, step: SearchStep, most: int, wanted: int | None) -> list[Call]:
        size = min(MAX_LIMIT, self.page_size + _OVERLAP) - _OVERLAP
        left = max(0, step.total - step.offset - _OVERLAP)
        pages = -(-(left if wanted is None else min(left, wanted)) // size)
        if step.lowest is None or step.back:
            pages = 1
        return [
            self.call(attrs.evolve(step, offset=step.offset + index * size), _left(wanted, index * size))
            for index in range(max(1, min(pages, most)))
        ]

    def without(self, step: SearchStep) -> None:
        return None

    def behind(self, step: SearchStep, item: Chat) -> SearchStep:
        return attrs.evolve(step, lowest=item.id)

    def learn(self, calls: object, outcome: object) -> None:
        return None

    def handed_out(self, step: SearchStep) -> tuple[()]:
        return ()  # read by id: no page repeats another

    def key(self, item: Chat) -> str:
        return str(item.id)

    def dump(self, step: SearchStep) -> list[Any]:
        return list(attrs.astuple(step))

    def load(self, values: list[Any]) -> SearchStep:
        return SearchStep(*values)

    def read(self, step: SearchStep, call: Call, reply: Reply) -> Found[SearchStep, Chat]:
        chats = structure(reply.result, list[Chat], at="$.result")
        highest = max((chat.id for chat in chats), default=None)
        if step.offset and step.lowest is not None and (highest is None or highest < step.lowest):
            # Chats above were removed and the rest moved up: read again from further up.
            back = max(_BACK, step.back * 4)
            return Found((), attrs.evolve(step, offset=max(0, step.offset - back), back=back), page=False)
        # Ids descend, so whatever is not below the lowest was there before, or came after the walk had passed.
        below = [chat for chat in chats if step.lowest is None or chat.id < step.lowest]
        if reply.next is None:
            return Found(below, None)
        offset = reply.next - _OVERLAP
        if offset <= step.offset - (step.lowest is None):
            raise WalkStalled(f"im.search.chat.list: next is {reply.next} after OFFSET {step.offset}: it does not grow")
        lowest = min((chat.id for chat in below), default=step.lowest)
        return Found(below, SearchStep(offset, lowest, total=reply.total or 0))


def _left(wanted: int | None, less: int) -> int | None:
    return None if wanted is None else wanted - less
