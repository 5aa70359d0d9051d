"""Chats: the server's containers of messages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

import attrs

from ..convert import camel_case, strict, wired
from ..convert.values import id_text, ids_that_hold
from .base import Model


@attrs.frozen(kw_only=True, repr=False)
class Restrictions(Model):
    """What may be done in a chat, True where it may; what the server does not mention is allowed."""

    avatar: bool = True
    rename: bool = True
    extend: bool = True
    call: bool = True
    mute: bool = True
    leave: bool = True
    leave_owner: bool = True
    send: bool = True
    user_list: bool = True
    path: Annotated[str, wired(run="rarely")] = ""
    """Link to what the chat belongs to, and its text."""
    path_title: str = ""


@attrs.frozen(kw_only=True, repr=False)
class Permissions(Model):
    """The least role (``"member"``, ``"manager"``, ``"owner"``, ``"none"``) that may do each thing."""

    manage_users_add: str = ""
    manage_users_delete: str = ""
    manage_ui: str = ""
    manage_settings: str = ""
    manage_messages: str = ""
    can_post: str = ""


@attrs.frozen(kw_only=True, repr=False)
class EntityLink(Model):
    """What a chat is about: a task, a deal, a group. Empty strings when nothing."""

    type: str = ""
    url: str = ""
    id: Annotated[str, wired(reader=id_text)] = ""


@attrs.frozen(kw_only=True, repr=False)
class PublicLink(Model):
    """The public address of a chat."""

    code: str = ""
    link: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ReadStatus(Model):
    """How far one member has read (an entry of ``readed_list``)."""

    user_id: int
    user_name: str = ""
    message_id: int = 0
    """The last message read, 0 when none."""
    date: datetime | None = None


@attrs.frozen(kw_only=True, repr=False)
class MessageViews(Model):
    """Who has seen the last message (``last_message_views``)."""

    message_id: int = 0
    first_viewers: tuple[Any, ...] = attrs.field(default=(), hash=False)
    """A few of them, each ``{"user_id", "user_name", "date"}``."""
    count_of_viewers: int = 0


@attrs.frozen(kw_only=True, repr=False)
class Chat(Model):
    """A chat, as ``im.search.chat.list``, ``im.dialog.get`` and the items of the recent list give it.

    Each of them leaves out some fields, which then have their defaults: 0, empty, False or None. In the order below:
    what is told of every dialog (of a private one in the recent list nothing else), what of every chat, what mostly by
    the recent list, and what by the two others; ``last_message_views`` and ``readed_list`` by ``im.dialog.get`` alone.
    """

    _brief = ("id", "name")

    id: int
    text_field_enabled: bool = True
    background_id: int | str | None = None
    mute_list: Annotated[frozenset[int], wired(reader=ids_that_hold)] = frozenset()
    """Users who switched its notifications off."""

    name: Annotated[str, wired(old=["title"], run="usually")] = ""
    avatar: str = ""
    """Link to the picture, empty when there is none."""
    color: str = ""
    """``"#rrggbb"``."""
    type: str = ""
    """``"chat"``, ``"open"``, ``"channel"``, ``"tasksTask"``, ``"sonetGroup"``, ``"lines"``, …"""
    message_type: str = ""
    """One letter: ``"C"`` chat, ``"O"`` open, ``"P"`` private, ``"L"`` open line, …"""
    date_create: datetime | None = None
    parent_chat_id: int = 0
    parent_message_id: int = 0
    public: PublicLink | None = None

    entity_type: str = ""
    """What the chat belongs to, its id, and three strings of that entity's own."""
    entity_id: str = ""
    entity_data_1: str = ""
    entity_data_2: str = ""
    entity_data_3: str = ""
    entity_link: EntityLink | None = None

    owner: int = 0
    """A user's id."""
    user_counter: int = 0
    """Number of members."""
    extranet: bool = False
    """People from outside the company take part."""

    role: str = ""
    """Of the current user, in the server's spelling (``"owner"``, ``"MEMBER"``, …)."""
    restrictions: Restrictions | None = None
    permissions: Permissions | None = None
    contains_collaber: Annotated[bool, wired(run="rarely")] = False
    """Guests of a collab take part."""
    manager_list: tuple[int, ...] = ()
    """Users."""

    dialog_id: Annotated[str, wired(reader=id_text, strict=True, run="rarely")] = attrs.field(
        default=attrs.Factory(lambda self: f"chat{self.id}", takes_self=True)
    )
    """How other methods call this chat: ``"chat12"``, ``"sg3"`` or a user's id."""
    description: str | None = None
    disk_folder_id: int = 0
    is_new: bool = False
    message_count: int = 0
    """All messages; ``counter`` are those that the current user has not read."""
    counter: int = 0
    unread_id: int = 0
    """Messages: the first unread, the last read, the marked, the newest."""
    last_id: int = 0
    marked_id: int = 0
    last_message_id: int = 0
    last_message_views: MessageViews | None = None
    readed_list: tuple[ReadStatus, ...] = ()


@attrs.frozen(kw_only=True, repr=False)
class ReadMark(Model):
    """How far the user who calls has read a dialog."""

    _spelled: ClassVar = camel_case

    chat_id: Annotated[int, strict] = 0
    last_id: Annotated[int, strict] = 0
    """The last message read."""
    counter: Annotated[int, strict] = 0
    """What is still unread."""
    dialog_id: Annotated[str, wired(reader=id_text, run="rarely")] = ""
    viewed_messages: tuple[int, ...] = ()
    """Messages that this marked as viewed; of bots only."""
