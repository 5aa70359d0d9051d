"""The list of recent dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from .base import EMPTY, Model
from .chat import Chat
from .user import User


@attrs.frozen(kw_only=True, repr=False)
class Avatar(Model):
    """Picture of a dialog: a link, empty when there is none, and the ``"#rrggbb"`` shown instead."""

    url: str = ""
    color: str = ""


@attrs.frozen(kw_only=True, repr=False)
class RecentFile(Model):
    """The file of a dialog's last message, in short."""

    type: str = ""
    """``"image"``, ``"video"``, ``"audio"`` or ``"file"``."""
    name: str = ""


@attrs.frozen(kw_only=True, repr=False)
class RecentMessage(Model):
    """The last message of a dialog, in short: empty, with id 0, when there is none."""

    _brief = ("id", "author_id", "text")

    id: int = 0
    text: str = ""
    author_id: int = 0
    """0 for system messages."""
    date: datetime | None = None
    status: str = ""
    """``"received"``, ``"delivered"`` or ``"error"``."""
    uuid: str | None = None
    file: RecentFile | bool = False
    """False without files; which one, where the server tells."""
    attach: bool | str = False
    """False without rich blocks; a text in their place, where the server gives one."""
    sticker: int | Mapping[str, Any] | None = attrs.field(default=None, hash=False)


@attrs.frozen(kw_only=True, repr=False)
class OpenLine(Model):
    """The open line session of a dialog (``lines``)."""

    id: int = 0
    status: int = 0
    date_create: datetime | None = None


@attrs.frozen(kw_only=True, repr=False)
class RecentItem(Model):
    """A dialog in the list of ``im.recent.list`` and ``im.recent.get``."""

    _brief = ("dialog_id", "title")

    dialog_id: str
    """``"chat12"``, ``"sg3"`` or a user's id (REST: ``id``)."""
    type: str = ""
    """``"user"`` or ``"chat"``."""
    chat_id: int = 0
    """0 on private dialogs of old portals, which do not tell."""
    title: str = ""
    avatar: Avatar = Avatar()
    message: RecentMessage = RecentMessage()
    """The last message."""

    counter: int = 0
    """Unread messages."""
    last_id: int = 0
    """The last message read."""
    pinned: bool = False
    unread: bool = False
    """Marked unread by hand."""
    has_reminder: bool = False
    date_update: datetime | None = None
    """Last change of this entry."""
    date_last_activity: datetime | None = None
    """What the list is sorted by; None on open lines of the queue and on old portals."""

    user: User | None = None
    """Who the dialog is with, or who wrote last in a chat; None when the portal does not tell."""
    chat: Chat | None = None
    lines: OpenLine | None = None
    options: Mapping[str, Any] = attrs.field(default=EMPTY, hash=False)


@attrs.frozen(kw_only=True, repr=False)
class AutoDelete(Model):
    """After how many hours the messages of a chat delete themselves (an entry of ``messagesAutoDeleteConfigs``)."""

    chat_id: int
    delay: int = 0


@attrs.frozen(kw_only=True, repr=False)
class CopilotAvatar(Model):
    """Links to the picture of a role, in three sizes."""

    small: str = ""
    medium: str = ""
    large: str = ""


@attrs.frozen(kw_only=True, repr=False)
class CopilotPrompt(Model):
    """A question that a role suggests."""

    _brief = ("code", "title")

    code: str = ""
    prompt_type: str = ""
    title: str = ""
    text: str = ""
    is_new: bool = False


@attrs.frozen(kw_only=True, repr=False)
class CopilotRole(Model):
    """A part that BitrixGPT can play."""

    _brief = ("code", "name")

    code: str = ""
    name: str = ""
    desc: str = ""
    avatar: CopilotAvatar | None = None
    default: bool = False
    prompts: tuple[CopilotPrompt, ...] = ()


@attrs.frozen(kw_only=True, repr=False)
class CopilotChat(Model):
    """The role that plays in a chat."""

    dialog_id: str = ""
    role: str = ""


@attrs.frozen(kw_only=True, repr=False)
class CopilotMessage(Model):
    """The role that wrote a message."""

    id: int = 0
    role: str = ""


@attrs.frozen(kw_only=True, repr=False)
class Copilot(Model):
    """BitrixGPT's part of a page."""

    chats: tuple[CopilotChat, ...] = ()
    messages: tuple[CopilotMessage, ...] = ()
    roles: Mapping[str, CopilotRole] = attrs.field(default=EMPTY, hash=False)
    """By code."""
    recommended_roles: tuple[str, ...] = ()
    """Codes."""


@attrs.frozen(kw_only=True, repr=False)
class RecentList(Model):
    """One answer of ``im.recent.list``."""

    _brief = ("items", "has_more")

    items: tuple[RecentItem, ...]
    has_more: bool
    """There is a next page. This one can be short or even empty all the same."""
    copilot: Copilot | None = None
    messages_auto_delete_configs: tuple[AutoDelete, ...] = ()
    birthday_list: tuple[User, ...] = ()
    """Whose birthday is today."""
