"""Messages and pages of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import attrs

from ..convert import joined, strict, wired
from ..convert.frozen import fill
from ..convert.values import is_nothing, number_or_nothing, one_or_many, text, text_or_nothing, whole_number
from .base import Model
from .file import File
from .user import User


@attrs.frozen(kw_only=True, repr=False)
class MessageParams(Model):
    """What belongs to a message besides its text (``params``, spelled in UPPERCASE by the server).

    Parameters that have no field here are in ``extra``, under their own names (``params.extra["URL_ID"]``).
    """

    likes: Annotated[tuple[int, ...], wired("LIKE", one_or_many(whole_number), run="rarely")] = ()
    """Users who reacted (``LIKE``)."""
    file_ids: Annotated[tuple[int, ...], wired("FILE_ID", one_or_many(whole_number), run="rarely")] = ()
    """Attached files (``FILE_ID``); ``Message.files`` holds the files themselves."""
    reply_id: Annotated[int | None, wired("REPLY_ID", run="rarely")] = None
    """The message it answers."""
    is_deleted: Annotated[bool, wired("IS_DELETED")] = False
    """Its text is then a note that it was deleted."""
    is_edited: Annotated[bool, wired("IS_EDITED")] = False
    codes: Annotated[tuple[str, ...], wired("CODE", one_or_many(text), run="rarely")] = ()
    """Of system events (``CODE``): ``"CHAT_JOIN"``, ``"CHAT_LEAVE"``, …"""
    notify: Annotated[str, wired("NOTIFY")] = ""
    """``"N"`` when nobody was notified."""
    attach: Annotated[Any, wired("ATTACH")] = attrs.field(default=None, hash=False)
    """Rich blocks, as the server sent them."""
    keyboard: Annotated[Any, wired("KEYBOARD")] = attrs.field(default=None, hash=False)
    """Buttons of a bot, as the server sent them."""


@attrs.frozen(kw_only=True, repr=False)
class Message(Model):
    """A message of a dialog."""

    _brief = ("id", "author_id", "text")

    id: int
    chat_id: Annotated[int, strict] = 0
    author_id: Annotated[int, wired(reader=number_or_nothing, strict=True)] = 0
    """0 for system messages."""
    date: datetime
    text: Annotated[str, wired(reader=text_or_nothing, strict=True)] = ""
    unread: bool = False
    uuid: str | None = None
    """The key that its sender gave it; None for system messages."""
    replaces: tuple[Any, ...] = attrs.field(default=(), hash=False)
    params: MessageParams = MessageParams()
    disappearing_date: datetime | None = None
    """When it deletes itself."""

    author: Annotated[User | None, joined] = None
    """The user of ``author_id``, None for system messages and where the page does not hold that user."""
    files: Annotated[tuple[File, ...], joined] = ()
    """The files of ``params.file_ids`` that the page holds, in that order."""


@attrs.frozen(kw_only=True, repr=False)
class MessagesPage(Model):
    """One answer of ``im.dialog.messages.get``."""

    _brief = ("chat_id", "messages")

    chat_id: int
    messages: tuple[Message, ...]
    """In the server's order."""
    users: tuple[User, ...] = ()
    files: tuple[File, ...] = ()

    @staticmethod
    def _prepare(data: Any) -> Any:
        """``false`` is an empty page."""
        return {"chat_id": 0, "messages": []} if is_nothing(data) else data

    def _join(self) -> None:
        """Give the messages their authors and files."""
        users = {user.id: user for user in self.users}
        files = {file.id: file for file in self.files}
        for message in self.messages:
            if message.author_id in users:
                fill(message, "author", users[message.author_id])
            if message.params.file_ids:
                fill(message, "files", tuple([files[file] for file in message.params.file_ids if file in files]))
