"""Messages and pages of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import attrs

from ..convert import Shape, camel_case, joined, strict, wired
from ..convert.frozen import fill
from ..convert.values import is_no_date, is_nothing, number_or_nothing, one_or_many, text, text_or_nothing, whole_number
from .base import NO_DATE, Model
from .file import File
from .user import USER_IN_CAMEL_CASE, User


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

    _also_spelled: ClassVar = camel_case
    _brief = ("id", "author_id", "text")

    id: int
    chat_id: Annotated[int, strict] = 0
    author_id: Annotated[int, wired(reader=number_or_nothing, strict=True)] = 0
    """0 for system messages."""
    date: Annotated[datetime, wired(strict=True, unless=is_no_date)] = NO_DATE
    """1970-01-01 in UTC where the portal has none; a zero date that it sent (``0000-00-00``) stays in ``extra``."""
    text: Annotated[str, wired(reader=text_or_nothing, strict=True)] = ""
    unread: bool = False
    uuid: str | None = None
    """The key that its sender gave it; None for system messages."""
    replaces: tuple[Any, ...] = attrs.field(default=(), hash=False)
    params: MessageParams = MessageParams()
    disappearing_date: datetime | None = None
    """When it deletes itself."""

    is_system: Annotated[bool, wired("isSystem", run="rarely")] = False
    """Told by `search` alone, like the fields below it."""
    forward: Annotated[Mapping[str, Any] | None, wired("forward")] = attrs.field(default=None, hash=False)
    """Where it was forwarded from, as the server sent it."""
    viewed: Annotated[bool, wired("viewed")] = False
    """The user who calls has seen it."""
    viewed_count: Annotated[int, wired("viewedCount")] = 0
    viewed_by_others: Annotated[bool, wired("viewedByOthers")] = False
    block: Annotated[Any, wired("block")] = attrs.field(default=None, hash=False)

    author: Annotated[User | None, joined] = None
    """The user of ``author_id``, None for system messages and where the page does not hold that user."""
    files: Annotated[tuple[File, ...], joined] = ()
    """The files of ``params.file_ids`` that the page holds, in that order."""


@attrs.frozen(kw_only=True, repr=False)
class MessagesPage(Model):
    """One answer of ``im.dialog.messages.get``."""

    _brief = ("chat_id", "messages")

    chat_id: int = 0
    """0 where there is no chat yet."""
    messages: tuple[Message, ...]
    """In the server's order."""
    users: tuple[User, ...] = ()
    files: tuple[File, ...] = ()

    @staticmethod
    def _prepare(data: Any) -> Any:
        """``false`` is an empty page."""
        return {"messages": []} if is_nothing(data) else data

    def _join(self) -> None:
        _join(self.messages, self.users, self.files)


_IN_EVERY_SEARCH = {
    "id": "id",
    "chat_id": "chat_id",
    "author_id": "author_id",
    "date": "date",
    "text": "text",
    "unread": "unread",
    "uuid": "uuid",
    "params": "params",
}
_SEARCH_ALONE = {
    "is_system": "isSystem",
    "forward": "forward",
    "viewed": "viewed",
    "viewed_count": "viewedCount",
    "viewed_by_others": "viewedByOthers",
    "block": "block",
}
_FOUND = Shape({**_IN_EVERY_SEARCH, **_SEARCH_ALONE}, beside=("chatId", "authorId"))
_READ_OVER = Shape(_IN_EVERY_SEARCH, beside=("chatId", "authorId", *_SEARCH_ALONE.values()))


@attrs.frozen(kw_only=True, repr=False)
class TariffRestrictions(Model):
    """What the portal's plan hides."""

    _spelled: ClassVar = camel_case

    is_history_limit_exceeded: bool = False
    """There are older messages, which the plan does not show."""


@attrs.frozen(kw_only=True, repr=False)
class FoundMessages(Model):
    """One answer of ``im.dialog.messages.search``."""

    _spelled: ClassVar = camel_case
    _brief = ("messages",)

    messages: Annotated[tuple[Message, ...], wired(shape=_FOUND)]
    """In the order asked for."""
    users: Annotated[tuple[User, ...], wired(shape=USER_IN_CAMEL_CASE)] = ()
    files: tuple[File, ...] = ()
    additional_messages: tuple[Message, ...] = ()
    """Messages that the found ones forward or quote."""
    tariff_restrictions: TariffRestrictions | None = None
    copilot: Annotated[Any, wired(run="rarely")] = attrs.field(default=None, hash=False)
    stickers: tuple[Any, ...] = attrs.field(default=(), hash=False)
    reactions: tuple[Any, ...] = attrs.field(default=(), hash=False)
    users_short: tuple[Any, ...] = attrs.field(default=(), hash=False)

    @staticmethod
    def _prepare(data: Any) -> Any:
        """``false`` and ``[]`` are an empty page."""
        return {"messages": []} if is_nothing(data) else data

    def _join(self) -> None:
        _join(self.messages, self.users, self.files)
        _join(self.additional_messages, self.users, self.files)


@attrs.frozen(kw_only=True, repr=False)
class MessagesReadOver(Model):
    """One answer of ``im.dialog.messages.search`` where it stands in for ``im.dialog.messages.get``.

    Its messages are those of a history: without what search alone tells, and with the defaults of what it does not tell
    (``replaces``, ``disappearing_date``).
    """

    _spelled: ClassVar = camel_case
    _brief = ("messages",)

    messages: Annotated[tuple[Message, ...], wired(shape=_READ_OVER)]
    users: Annotated[tuple[User, ...], wired(shape=USER_IN_CAMEL_CASE)] = ()
    files: tuple[File, ...] = ()
    tariff_restrictions: TariffRestrictions | None = None

    @staticmethod
    def _prepare(data: Any) -> Any:
        """``false`` and ``[]`` are an empty page."""
        return {"messages": []} if is_nothing(data) else data

    def _join(self) -> None:
        _join(self.messages, self.users, self.files)


def _join(messages: tuple[Message, ...], users: tuple[User, ...], files: tuple[File, ...]) -> None:
    """Give messages their authors and files."""
    user_by_id = {user.id: user for user in users}
    file_by_id = {file.id: file for file in files}
    for message in messages:
        if message.author_id in user_by_id:
            fill(message, "author", user_by_id[message.author_id])
        if message.params.file_ids:
            attached = [file_by_id[file] for file in message.params.file_ids if file in file_by_id]
            fill(message, "files", tuple(attached))
