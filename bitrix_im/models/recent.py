"""The list of recent dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import attrs

from ..convert import EMPTY, camel_case, strict, wired
from ..convert.frozen import fill
from ..convert.values import id_text, is_nothing, mapping, number_or_nothing, text_or_nothing, whole_number
from .base import Model
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


def _sticker(value: Any, _: Any) -> int | Mapping[str, Any] | None:
    """An id, as documented, or an object."""
    if is_nothing(value):
        return None
    return mapping(value) if type(value) is dict else whole_number(value)


@attrs.frozen(kw_only=True, repr=False)
class RecentMessage(Model):
    """The last message of a dialog, in short: empty, with id 0, when there is none."""

    _brief = ("id", "author_id", "text")

    id: Annotated[int, wired(reader=number_or_nothing, strict=True)] = 0
    text: Annotated[str, wired(reader=text_or_nothing, strict=True)] = ""
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
    sticker: Annotated[int | Mapping[str, Any] | None, wired(reader=_sticker)] = attrs.field(default=None, hash=False)


@attrs.frozen(kw_only=True, repr=False)
class OpenLine(Model):
    """The open line session of a dialog (``lines``)."""

    id: int = 0
    status: int = 0
    date_create: datetime | None = None


def _with_id(chat: Any) -> Any:
    """The chat of a private dialog comes without its id: `RecentItem._join` gives it one."""
    return {"id": 0, **chat} if chat and type(chat) is dict and "id" not in chat else chat


@attrs.frozen(kw_only=True, repr=False)
class RecentItem(Model):
    """A dialog in the list of ``im.recent.list`` and ``im.recent.get``."""

    _brief = ("dialog_id", "title")

    dialog_id: Annotated[str, wired("id", id_text)]
    """``"chat12"``, ``"sg3"`` or a user's id (REST: ``id``)."""
    type: str = ""
    """``"user"`` or ``"chat"``."""
    chat_id: int = 0
    """0 on private dialogs of old portals, which do not tell."""
    title: Annotated[str, wired(reader=text_or_nothing)] = ""
    avatar: Avatar = Avatar()
    message: Annotated[RecentMessage, strict] = RecentMessage()
    """The last message."""

    counter: int = 0
    """Unread messages."""
    last_id: int = 0
    """The last message read."""
    pinned: Annotated[bool, strict] = False
    unread: bool = False
    """Marked unread by hand."""
    has_reminder: bool = False
    date_update: Annotated[datetime | None, wired(old=["date"])] = None
    """Last change of this entry."""
    date_last_activity: Annotated[datetime | None, strict] = None
    """What the list is sorted by; None on open lines of the queue and on old portals."""

    user: User | None = None
    """Who the dialog is with, or who wrote last in a chat; None when the portal does not tell."""
    chat: Annotated[Chat | None, wired(prepare=_with_id)] = None
    lines: Annotated[OpenLine | None, wired(run="rarely")] = None
    options: Mapping[str, Any] = attrs.field(default=EMPTY, hash=False)

    def _join(self) -> None:
        """Tell the chat what the item knows of it, and the other way round."""
        chat = self.chat
        if chat is not None:
            if chat.id == 0:
                fill(chat, "id", self.chat_id)
                fill(chat, "dialog_id", self.dialog_id)
            elif self.chat_id == 0:
                fill(self, "chat_id", chat.id)


@attrs.frozen(kw_only=True, repr=False)
class AutoDelete(Model):
    """After how many hours the messages of a chat delete themselves (an entry of ``messagesAutoDeleteConfigs``)."""

    _spelled: ClassVar = camel_case

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

    _spelled: ClassVar = camel_case
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

    _spelled: ClassVar = camel_case

    dialog_id: Annotated[str, wired(reader=id_text)] = ""
    role: str = ""


@attrs.frozen(kw_only=True, repr=False)
class CopilotMessage(Model):
    """The role that wrote a message."""

    id: int = 0
    role: str = ""


@attrs.frozen(kw_only=True, repr=False)
class Copilot(Model):
    """BitrixGPT's part of a page."""

    _spelled: ClassVar = camel_case

    chats: tuple[CopilotChat, ...] = ()
    messages: tuple[CopilotMessage, ...] = ()
    roles: Mapping[str, CopilotRole] = attrs.field(default=EMPTY, hash=False)
    """By code."""
    recommended_roles: tuple[str, ...] = ()
    """Codes."""


@attrs.frozen(kw_only=True, repr=False)
class RecentList(Model):
    """One answer of ``im.recent.list``."""

    _spelled: ClassVar = camel_case
    _brief = ("items", "has_more")

    items: tuple[RecentItem, ...]
    has_more: Annotated[bool, wired(old=["hasMorePages"])]
    """There is a next page. This one can be short or even empty all the same."""
    copilot: Copilot | None = None
    messages_auto_delete_configs: tuple[AutoDelete, ...] = ()
    birthday_list: Annotated[tuple[User, ...], wired(run="rarely")] = ()
    """Whose birthday is today."""
