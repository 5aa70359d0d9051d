"""People, chats and messages as bots and events tell of them: the same, spelled in camelCase."""

from __future__ import annotations

from typing import Annotated, Any

import attrs

from ..convert import camel_case, joined, strict, wired
from ..convert.frozen import fill
from .base import Model
from .chat import Chat
from .message import Message
from .user import User

_FALSE_OR_MORE = frozenset({"idle", "absent", "lastActivityDate", "mobileLastDate", "desktopLastDate", "phones"})


@attrs.frozen(kw_only=True, repr=False)
class BotUser(User):
    """A user in an event or an answer to a bot. Of somebody deleted only the id is told."""

    _spelled = staticmethod(camel_case)

    @staticmethod
    def _prepare(data: Any) -> Any:
        """``"0"`` is how a form spells the ``false`` of a date that is not there (docs/portal.md#webhook-scalars)."""
        if not isinstance(data, dict) or "0" not in data.values():
            return data
        return {key: False if value == "0" and key in _FALSE_OR_MORE else value for key, value in data.items()}


@attrs.frozen(kw_only=True, repr=False)
class BotChat(Chat):
    """A chat in an event or an answer to a bot. An event's is as it was when the event was written."""

    _spelled = staticmethod(camel_case)


@attrs.frozen(kw_only=True, repr=False)
class BotMessage(Message):
    """A message in an event or an answer to a bot."""

    _spelled = staticmethod(camel_case)


@attrs.frozen(kw_only=True, repr=False)
class BotInfo(Model):
    """What the portal tells of a bot; of somebody else's only the beginning, up to ``type``."""

    _spelled = staticmethod(camel_case)
    _brief = ("id", "code", "type")

    id: int
    """Also its user's id."""
    code: str = ""
    type: str = ""
    """``"bot"``, ``"supervisor"``, ``"personal"`` or ``"openline"``."""
    is_hidden: bool = False
    is_support_openline: bool = False
    is_reactions_enabled: bool = False
    background_id: str | None = None
    language: str = ""
    module_id: str = ""
    event_mode: str = ""
    """``"fetch"`` or ``"webhook"``; empty where it is not told."""
    count_message: int = 0
    count_command: int = 0
    count_chat: int = 0
    count_user: int = 0

    user: Annotated[BotUser | None, joined] = None
    """The bot as a user, where the answer holds it."""


@attrs.frozen(kw_only=True, repr=False)
class BotAnswer(Model):
    """One answer that tells of a bot (``imbot.v2.Bot.get``, ``register``, ``update``)."""

    bot: BotInfo
    users: tuple[BotUser, ...] = ()

    def _join(self) -> None:
        """Give the bot its user."""
        for user in self.users:
            if user.id == self.bot.id:
                fill(self.bot, "user", user)


@attrs.frozen(kw_only=True, repr=False)
class BotList(Model):
    """One answer of ``imbot.v2.Bot.list``."""

    _spelled = staticmethod(camel_case)

    bots: tuple[BotInfo, ...]
    users: tuple[BotUser, ...] = ()
    has_next_page: Annotated[bool, strict] = False

    def _join(self) -> None:
        """Give the bots their users."""
        users = {user.id: user for user in self.users}
        for bot in self.bots:
            if bot.id in users:
                fill(bot, "user", users[bot.id])


@attrs.frozen(kw_only=True, repr=False)
class Command(Model):
    """A command of a bot."""

    _spelled = staticmethod(camel_case)
    _brief = ("id", "name")

    id: int
    bot_id: int = 0
    name: Annotated[str, wired("command", strict=True)] = ""
    """Without the slash: ``"help"``."""
    title: str = ""
    """In one language; empty where it is hidden, or not told."""
    params: str = ""
    """What follows it, as the help shows it."""
    category: str = ""
    context: str = ""
    common: bool = False
    """Everywhere, also in chats without the bot."""
    hidden: bool = False
    """In no list: for buttons."""
    extranet_support: bool = False

    @staticmethod
    def _prepare(data: Any) -> Any:
        """The name without its slash."""
        name = data.get("command") if isinstance(data, dict) else None
        return {**data, "command": name.removeprefix("/")} if isinstance(name, str) else data


@attrs.frozen(kw_only=True, repr=False)
class MessageContext(Model):
    """Messages around one of them (``imbot.v2.Chat.Message.getContext``), oldest first."""

    _spelled = staticmethod(camel_case)
    _brief = ("messages",)

    messages: tuple[BotMessage, ...]
    users: tuple[BotUser, ...] = ()
    has_prev_page: bool = False
    has_next_page: bool = False

    def _join(self) -> None:
        """Give the messages their authors."""
        users = {user.id: user for user in self.users}
        for message in self.messages:
            if message.author_id in users:
                fill(message, "author", users[message.author_id])
