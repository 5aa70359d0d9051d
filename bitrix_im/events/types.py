"""What can happen: one class for each kind of event, with typed fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from ..convert import structure
from ..convert.values import is_nothing
from ..errors import UnexpectedResponse
from ..models import EMPTY, BotChat, BotMessage, BotUser, FrozenDict
from .event import Event, Fields, typed
from .places import chat_of, message_of, user_of


@attrs.frozen(kw_only=True)
class _Somewhere(Event):
    """Something that somebody did somewhere. What the portal does not tell has id 0."""

    chat: BotChat
    user: BotUser
    """Who did it; id 0 where unknown."""

    @staticmethod
    def _fields(data: Mapping[str, Any], date: datetime | None) -> Fields:
        return {"chat": chat_of(data), "user": user_of(data)}

    @property
    def is_mine(self) -> bool:
        return self.listener is not None and self.user.id == self.listener.id

    @property
    def order_key(self) -> str:
        return f"chat{self.chat.id}" if self.chat.id else self.dialog_id


@attrs.frozen(kw_only=True)
class _OfMessage(_Somewhere):
    """Something about a message."""

    message: BotMessage

    @staticmethod
    def _fields(data: Mapping[str, Any], date: datetime | None) -> Fields:
        return {**_Somewhere._fields(data, date), "message": message_of(data, date)}

    @property
    def message_id(self) -> int:
        """The message's id."""
        return self.message.id

    @property
    def order_key(self) -> str:
        chat_id = self.chat.id or self.message.chat_id
        return f"chat{chat_id}" if chat_id else self.dialog_id

    @property
    def text(self) -> str:
        """The message's text, without the mention of the bot that hears it."""
        if self.listener is None or self.listener.kind != "bot":
            return self.message.text
        return without_mention(self.message.text, self.listener.id)


@attrs.frozen(kw_only=True)
class _Written(_OfMessage):
    """Something that the author of a message did."""

    @property
    def is_mine(self) -> bool:
        return self.listener is not None and self.message.author_id == self.listener.id


@typed("ONIMV2MESSAGEADD", "ONIMBOTV2MESSAGEADD")
@attrs.frozen(kw_only=True)
class MessageAdded(_Written):
    """Somebody wrote a message. A user hears his own ones, too: ``is_mine``."""


@typed("ONIMV2MESSAGEUPDATE", "ONIMBOTV2MESSAGEUPDATE")
@attrs.frozen(kw_only=True)
class MessageUpdated(_Written):
    """Somebody changed a message."""


@typed("ONIMV2MESSAGEDELETE", "ONIMBOTV2MESSAGEDELETE")
@attrs.frozen(kw_only=True)
class MessageDeleted(_Somewhere):
    """Somebody deleted a message."""

    message_id: int

    @staticmethod
    def _fields(data: Mapping[str, Any], date: datetime | None) -> Fields:
        message_id = structure(data.get("messageId"), int, at="$.data.messageId")
        return {**_Somewhere._fields(data, date), "message_id": message_id}


@typed("ONIMV2REACTIONCHANGE", "ONIMBOTV2REACTIONCHANGE")
@attrs.frozen(kw_only=True)
class ReactionChanged(_OfMessage):
    """Somebody set or took back a reaction: ``user`` did, ``message`` has it."""

    reaction: str
    """``"like"``, ``"laugh"``, …"""
    action: str
    """``"add"`` or ``"delete"``."""

    @staticmethod
    def _fields(data: Mapping[str, Any], date: datetime | None) -> Fields:
        told = {name: structure(data.get(name), str, at=f"$.data.{name}") for name in ("reaction", "action")}
        return {**_OfMessage._fields(data, date), **told}


@typed("ONIMV2JOINCHAT")
@attrs.frozen(kw_only=True)
class UserJoined(_Somewhere):
    """A user (``user``) came into a chat."""


@typed("ONIMBOTV2JOINCHAT")
@attrs.frozen(kw_only=True)
class BotJoined(_Somewhere):
    """Somebody (``user``) took the bot into a chat, or opened its private chat."""


@typed("ONIMBOTV2COMMANDADD")
@attrs.frozen(kw_only=True)
class CommandCalled(_OfMessage):
    """Somebody (``user``) called a command of the bot.

    Pressed as a button, ``message`` is the bot's own message with the keyboard. A command that was written raises no
    `MessageAdded` beside this.
    """

    command_id: int
    name: str
    """Without the slash: ``"help"``."""
    params: str
    by: str
    """``"textarea"``: written; ``"keyboard"``: pressed; ``"menu"``: chosen."""

    @staticmethod
    def _fields(data: Mapping[str, Any], date: datetime | None) -> Fields:
        command = data.get("command")
        if not isinstance(command, dict):
            raise UnexpectedResponse("expected an object (command) at $.data.command", path="$.data.command")
        params = command.get("params")
        return {
            **_OfMessage._fields(data, date),
            "command_id": structure(command.get("id"), int, at="$.data.command.id"),
            "name": structure(command.get("command"), str, at="$.data.command.command").removeprefix("/"),
            "params": "" if is_nothing(params) else structure(params, str, at="$.data.command.params"),
            "by": structure(command.get("context") or "", str, at="$.data.command.context").lower(),
        }


@typed("ONIMBOTV2CONTEXTGET")
@attrs.frozen(kw_only=True)
class ContextOpened(_Somewhere):
    """Somebody (``user``) followed a link to the bot that brought a context (docs/portal.md#deep-links).

    Any page can make a user do that: confirm by a button before anything that matters.
    """

    context: Mapping[str, Any] = attrs.field(hash=False)

    @staticmethod
    def _fields(data: Mapping[str, Any], date: datetime | None) -> Fields:
        context = data.get("context")
        context = FrozenDict(context) if isinstance(context, dict) else EMPTY
        return {**_Somewhere._fields(data, date), "context": context}


@typed("ONIMBOTV2DELETE")
@attrs.frozen(kw_only=True)
class BotDeleted(Event):
    """The bot was deleted. Nothing comes after this."""


def without_mention(text: str, bot_id: int) -> str:
    """*text* without the mentions of a bot, and what parts the first from the words (docs/portal.md#bot-mention)."""
    mention = rf"\[user={bot_id}(?:\s[^\]]*)?\].*?\[/user\]"
    text = re.sub(rf"\A\s*(?:{mention}\s*)+[,:]?", "", text, flags=re.IGNORECASE | re.DOTALL)
    return re.sub(rf"[ \t]*{mention}", "", text, flags=re.IGNORECASE | re.DOTALL).strip()
