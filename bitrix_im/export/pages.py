"""The pages of many dialogs' messages, each along its way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import attrs

from ..client import BitrixIM
from ..errors import AccessError, BitrixError, InvalidParameter
from ..models import Message
from .plan import Way


@attrs.frozen
class BulkPage:
    """Some messages of one dialog, newest first; the last one is done."""

    dialog_id: str
    messages: tuple[Message, ...] = ()
    done: bool = False
    error: BitrixError | None = None


async def pages_of(im: BitrixIM, ways: Iterable[Way]) -> AsyncIterator[BulkPage]:
    """Read the ways one after the other."""
    for way in ways:
        error: BitrixError | None = None
        try:
            async for page in im.messages.history(way.dialog_id, before=way.before).pages():
                kept = tuple(message for message in page.items if message.id > way.after)
                yield BulkPage(way.dialog_id, kept)
                if len(kept) < len(page.items):
                    break
        except (AccessError, InvalidParameter) as refused:
            error = refused
        yield BulkPage(way.dialog_id, done=True, error=error)
