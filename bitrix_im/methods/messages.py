"""``im.dialog.messages.*`` and ``im.message.*``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import attrs

from ..convert import structure
from ..models import Message
from ..paging import HistoryDown, HistoryUp, MessageSearch, Pager
from ..paging.by_id import MOST_MESSAGES
from ..paging.history import MAX_LIMIT, links_of
from ..rest.call import Call
from ..rest.keys import message_key
from . import _parameters as checked
from ._bulk import Bulk, DialogIds, bulk_of
from ._group import Group

Attach = Mapping[str, Any] | Sequence[Any]
Keyboard = Mapping[str, Any] | Sequence[Any]

_SHORTEST_SEARCH = 3
_SHARED = {kind: kind for kind in ("CHAT", "TASK", "POST", "CALEND")}


@attrs.frozen
class Messages(Group):
    """The messages of a dialog."""

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
        links = links_of(self._caller)
        if after is None:
            return Pager(self._caller, HistoryDown(name, before, page_size=size, links=links))
        if before is not None:
            raise ValueError("expected before or after, got both: one walks down, the other up")
        return Pager(self._caller, HistoryUp(name, after, page_size=size, links=links))

    def bulk(
        self,
        dialog_ids: DialogIds,
        *,
        after: Mapping[str, int] | None = None,
        before: Mapping[str, int] | None = None,
    ) -> Bulk:
        """Walk many dialogs at once, in full requests (``im.dialog.messages.search``, ``im.dialog.messages.get``).

        ::

            async for page in im.messages.bulk(dialog_ids):
                ...  # page.dialog_id, page.messages, page.done

        *dialog_ids* is any iterable or asynchronous one, read as it is needed; an id that comes twice counts once. The
        pages (`BulkPage`) of a dialog come newest first, among those of others, and exactly one of them is ``done``.
        With *after*, the highest message id already had by dialog id, only what is newer comes of that dialog;
        with *before* only what is older, to go on where a walk was left: a page's ``before``.
        ``bulk.skip(dialog_id)`` asks for no more of a dialog.

        A request holds 50 pages, of 200 messages where the portal has the search; what that could miss is read again.
        What only one of the two methods tells of a message (``replaces``, ``disappearing_date``; ``viewed``, …) is at
        its default, whichever it was read by.

        A dialog that fails does not end the others: its last page has the ``error``. What fails everything (the
        credentials, the connection, the portal's limits once the retries gave up) is raised, and asking for the next
        page after that goes on. Reads at most two requests ahead of a slow consumer.

        Raises `ValueError` for what are no ids; for an impossible one when its turn comes.
        """
        return bulk_of(self._caller, dialog_ids, after or {}, before or {})

    async def send(
        self,
        dialog_id: str | int,
        text: str,
        *,
        attach: Attach | None = None,
        keyboard: Keyboard | None = None,
        menu: Keyboard | None = None,
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

        Raises `ValueError` for an impossible dialog id, neither text nor attachment, a text above 20,000 characters,
        which the portal would cut without a word, or a *system* message with a *key*; `AccessError` when the user may
        not write there.
        """
        if not checked.message("text", text).strip() and attach is None:
            raise ValueError("expected a text or an attachment, got neither")
        if system and key is not None:
            raise ValueError("expected a key or system=True, got both: the portal ignores keys of system messages")
        params = {
            "DIALOG_ID": checked.dialog_id(dialog_id),
            "MESSAGE": text,
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

    def search(
        self,
        chat_id: int,
        text: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        on: datetime | None = None,
        page_size: int = MOST_MESSAGES,
    ) -> Pager[Message]:
        """Walk a chat's messages that hold *text*, newest first (``im.dialog.messages.search``).

        *text* (SEARCH_MESSAGE) needs 3 characters; without it all messages come, four times as many a page as
        `history` gives. *since*, *until* (DATE_FROM, DATE_TO) and *on* (DATE: the 24 hours from it) are aware.
        *page_size* is LIMIT, 1 to 200. Messages that were imported with dates against the order of their ids can be
        missed at the seam of two pages: `history` misses none.

        Raises `ValueError` for a shorter text, which the portal would not search for but give everything; while it
        walks, `AccessError` for a chat that the user is not in, `MethodNotFound` on older portals.
        """
        if text is not None and len(checked.text("text", text).strip()) < _SHORTEST_SEARCH:
            raise ValueError(f"expected text to have at least {_SHORTEST_SEARCH} characters, got {text!r}")
        params = {
            "CHAT_ID": checked.number("chat_id", chat_id),
            "SEARCH_MESSAGE": text,
            "DATE_FROM": checked.aware("since", since),
            "DATE_TO": checked.aware("until", until),
            "DATE": checked.aware("on", on),
        }
        given = {name: value for name, value in params.items() if value is not None}
        return Pager(self._caller, MessageSearch(given, page_size=checked.page_size(page_size, MOST_MESSAGES)))

    async def update(
        self,
        message_id: int,
        text: str | None = None,
        *,
        attach: Attach | None = None,
        keyboard: Keyboard | None = None,
        menu: Keyboard | None = None,
        url_preview: bool | None = None,
    ) -> None:
        """Change a message of one's own, within three days (``im.message.update``); what is None stays.

        An empty *text* (MESSAGE) deletes the message. Raises `AccessError` for one that is too old or somebody else's,
        `ValueError` where there is nothing to change or the text is above 20,000 characters.
        """
        params = {
            "MESSAGE": checked.maybe_message("text", text),
            "ATTACH": attach,
            "KEYBOARD": keyboard,
            "MENU": menu,
            "URL_PREVIEW": None if url_preview is None else checked.flag("url_preview", url_preview),
        }
        if all(value is None for value in params.values()):
            raise ValueError("expected something to change: text, attach, keyboard, menu or url_preview")
        await self._do("im.message.update", {"MESSAGE_ID": checked.number("message_id", message_id), **params})

    async def delete(self, message_id: int) -> None:
        """Delete a message of one's own, within three days: its id stays, its text is gone (``im.message.delete``)."""
        await self._do("im.message.delete", {"MESSAGE_ID": checked.number("message_id", message_id)})

    async def like(self, message_id: int, liked: bool = True) -> None:
        """Like a message, or take the like back with ``liked=False`` (``im.message.like``, ACTION).

        Liking what is liked already is no error.
        """
        action = "plus" if checked.flag("liked", liked) else "minus"
        params = {"MESSAGE_ID": checked.number("message_id", message_id), "ACTION": action}
        await self._do("im.message.like", params, already={"WITHOUT_CHANGES"})

    async def share(
        self, message_id: int, dialog_id: str | int, kind: Literal["CHAT", "TASK", "POST", "CALEND"]
    ) -> None:
        """Make a chat, task, post or meeting out of a message (``im.message.share``, TYPE).

        Not tried again after an unknown outcome.
        """
        params = {
            "MESSAGE_ID": checked.number("message_id", message_id),
            "DIALOG_ID": checked.dialog_id(dialog_id),
            "TYPE": checked.one_of("kind", kind, _SHARED),
        }
        await self._do("im.message.share", params)

    async def run_command(self, message_id: int, bot_id: int, command: str, params: str = "") -> None:
        """Run a bot's command as a press of its button does (``im.message.command``: COMMAND, COMMAND_PARAMS).

        Not tried again after an unknown outcome.
        """
        sent = {
            "MESSAGE_ID": checked.number("message_id", message_id),
            "BOT_ID": checked.number("bot_id", bot_id),
            "COMMAND": checked.word("command", command),
            "COMMAND_PARAMS": checked.words("params", params),
        }
        await self._do("im.message.command", sent)
