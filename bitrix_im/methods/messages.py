"""``im.dialog.messages.*`` and ``im.message.*``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ..convert import structure
from ..models import Message
from ..paging import Caller, HistoryDown, HistoryUp, Pager
from ..paging.history import MAX_LIMIT
from ..rest.call import Call
from ..rest.keys import message_key
from . import _parameters as checked


@attrs.frozen
class Messages:
    """The messages of a dialog."""

    _caller: Caller = attrs.field(repr=False)

    def history(
        self,
        dialog_id: str | int,
        *,
        before: int | None = None,
        after: int | None = None,
        page_size: int = MAX_LIMIT,
    ) -> Pager[Message]:
        """Walk a dialog's messages (``im.dialog.messages.get``).

        Newest first, from *before* (LAST_ID, exclusive) or the newest message; with *after* (FIRST_ID), oldest first,
        ids above it. *page_size* is LIMIT, 1 to 50. Reading changes no unread mark, but on a user's id or ``"sgN"``
        the portal creates the chat where there is none.

        Raises `ValueError` for an impossible dialog id, a page size out of range or *before* together with *after*;
        while it walks, `AccessError` when the user is not in the dialog.
        """
        name, size = checked.dialog_id(dialog_id), checked.page_size(page_size, MAX_LIMIT)
        before, after = checked.message_id("before", before, 1), checked.message_id("after", after)
        if after is None:
            return Pager(self._caller, HistoryDown(name, before, page_size=size))
        if before is not None:
            raise ValueError("expected before or after, got both: one walks down, the other up")
        return Pager(self._caller, HistoryUp(name, after, page_size=size))

    async def send(
        self,
        dialog_id: str | int,
        text: str,
        *,
        attach: Mapping[str, Any] | Sequence[Any] | None = None,
        keyboard: Mapping[str, Any] | Sequence[Any] | None = None,
        menu: Mapping[str, Any] | Sequence[Any] | None = None,
        reply_to: int | None = None,
        system: bool = False,
        url_preview: bool | None = None,
        key: str | None = None,
    ) -> int:
        """Send a message and return its id (``im.message.add``).

        *attach*, *keyboard*, *menu* (ATTACH, KEYBOARD, MENU) go as the portal documents them; *reply_to* (REPLY_ID) is
        a message's id; *url_preview=False* (URL_PREVIEW) leaves links plain. The message carries a key (TEMPLATE_ID),
        so that trying again after an unknown outcome cannot double it: a fresh one, or *key*: a UUIDv4 as it is, any
        other text hashed into one. For a month, sending with the same key again only returns the first message's id.
        A *system* message (SYSTEM) has no key: it is tried again only where it certainly was not sent.

        Raises `ValueError` for an impossible dialog id, neither text nor attachment, or a *system* message with a
        *key*; `AccessError` when the user may not write there.
        """
        if not text and attach is None:
            raise ValueError("expected a text or an attachment, got neither")
        if system and key is not None:
            raise ValueError("expected a key or system=True, got both: the portal ignores keys of system messages")
        params = {
            "DIALOG_ID": checked.dialog_id(dialog_id),
            "MESSAGE": checked.words("text", text),
            "ATTACH": attach,
            "KEYBOARD": keyboard,
            "MENU": menu,
            "REPLY_ID": checked.message_id("reply_to", reply_to, 1),
            "URL_PREVIEW": url_preview,
            "SYSTEM": True if system else None,
            "TEMPLATE_ID": None if system else message_key(key),
        }
        reply = await self._caller.call(Call("im.message.add", params, repeatable=not system))
        return structure(reply.result, int, at="$.result")
