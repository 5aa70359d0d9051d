"""Messages and pages of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from .base import Model
from .file import File
from .user import User


@attrs.frozen(kw_only=True, repr=False)
class MessageParams(Model):
    """What belongs to a message besides its text (``params``, spelled in UPPERCASE by the server).

    Parameters that have no field here are in ``extra``, under their own names (``params.extra["URL_ID"]``).
    """

    likes: tuple[int, ...] = ()
    """Users who reacted (``LIKE``)."""
    file_ids: tuple[int, ...] = ()
    """Attached files (``FILE_ID``); ``Message.files`` holds the files themselves."""
    reply_id: int | None = None
    """The message it answers."""
    is_deleted: bool = False
    """Its text is then a note that it was deleted."""
    is_edited: bool = False
    codes: tuple[str, ...] = ()
    """Of system events (``CODE``): ``"CHAT_JOIN"``, ``"CHAT_LEAVE"``, …"""
    notify: str = ""
    """``"N"`` when nobody was notified."""
    attach: Any = attrs.field(default=None, hash=False)
    """Rich blocks, as the server sent them."""
    keyboard: Any = attrs.field(default=None, hash=False)
    """Buttons of a bot, as the server sent them."""


@attrs.frozen(kw_only=True, repr=False)
class Message(Model):
    """A message of a dialog."""

    _brief = ("id", "author_id", "text")

    id: int
    chat_id: int = 0
    author_id: int = 0
    """0 for system messages."""
    date: datetime
    text: str = ""
    unread: bool = False
    uuid: str | None = None
    """The key that its sender gave it; None for system messages."""
    replaces: tuple[Any, ...] = attrs.field(default=(), hash=False)
    params: MessageParams = MessageParams()
    disappearing_date: datetime | None = None
    """When it deletes itself."""

    author: User | None = None
    """The user of ``author_id``, None for system messages and where the page does not hold that user."""
    files: tuple[File, ...] = ()
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
