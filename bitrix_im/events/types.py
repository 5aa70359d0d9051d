"""Events: what happened, as typed fields, and how to answer it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import attrs

from ..markup import bb
from ..markup.attach import Attach
from ..markup.keyboard import Keyboard
from ..models import EMPTY, BotChat, BotMessage, BotUser
from .replies import Answers, Listener, Typing


@attrs.frozen(kw_only=True)
class Event:
    """Something that happened. What is of no known type, or of an unreadable shape, arrives as just this.

    ``event_id`` is None where a webhook brought it. ``data`` is what the portal sent, under its names.
    """

    event_id: int | None = attrs.field(kw_only=False)
    type: str = attrs.field(kw_only=False)
    """``"ONIMV2MESSAGEADD"``, ``"ONIMBOTV2COMMANDADD"``, …"""
    date: datetime | None = attrs.field(kw_only=False, default=None)
    data: Mapping[str, Any] = attrs.field(kw_only=False, default=EMPTY, repr=False, hash=False)
    listener: Listener | None = attrs.field(default=None, repr=False)
    """Whose event it is: a user or a bot."""
    dialog_id: str = ""
    """Where it happened, and where replies go: ``"chat12"`` or a user's id; empty where it happened nowhere."""
    _answers: Answers = attrs.field(factory=lambda: Answers(None, ""), eq=False, repr=False, alias="answers")

    @property
    def is_mine(self) -> bool:
        """Whether the listener did it."""
        return False

    @property
    def order_key(self) -> str:
        """Events with the same key come, and must be handled, in order."""
        return self.dialog_id

    async def reply(
        self,
        text: str,
        *,
        keyboard: Keyboard | None = None,
        attach: Attach | None = None,
        reply_to: int | None = None,
        url_preview: bool | None = None,
        system: bool = False,
    ) -> int | None:
        """Send *text* to the dialog of this event, and return the message's id.

        A bot sends by ``imbot.v2.Chat.Message.send``, or where it is no member by ``imbot.v2.Command.answer``, which
        tells no id; a user by ``im.message.add``. The message has a key made of the listener, this event, and how many
        replies came before: handling the event again, after a crash, sends nothing twice. A *system* message and a
        command's answer have no key, and are sent again.

        *text* is markup: `bb.escape` what people wrote. Raises `ValueError` for more than 20,000 characters (use
        `reply_long`), or neither text nor attachment; `RuntimeError` for an event that no stream brought.
        """
        voice = self._answers.needed()
        check_text(text, attach)
        options = {"keyboard": keyboard, "attach": attach, "reply_to": reply_to, "url_preview": url_preview}
        return await voice.say(self, text, self._answers.next_key(), {**options, "system": system})

    async def reply_long(
        self,
        text: str,
        *,
        keyboard: Keyboard | None = None,
        attach: Attach | None = None,
        reply_to: int | None = None,
        url_preview: bool | None = None,
    ) -> list[int]:
        """Send *text* in as many messages as it needs, and return their ids: `bb.split` cuts it, never inside a tag.

        *reply_to* goes with the first message, *keyboard* and *attach* with the last. Otherwise as `reply`.
        """
        sent: list[int] = []
        *parts, last = bb.split(text)
        for part in parts:
            number = await self.reply(part, reply_to=reply_to, url_preview=url_preview)
            sent += [] if number is None else [number]
            reply_to = None
        number = await self.reply(last, keyboard=keyboard, attach=attach, reply_to=reply_to, url_preview=url_preview)
        return sent if number is None else [*sent, number]

    def typing(self, status: str | None = None) -> Typing:
        """``async with event.typing():`` shows that an answer is being made, and renews that while inside.

        *status* is what a bot is said to do (``"thinking"``, ``"searching"``, …: ``imbot.v2.Chat.InputAction.notify``).
        """
        return Typing(self._answers.needed(), self.dialog_id, status)

    def again(self) -> Self:
        """The same event for another attempt at handling it: its replies are counted from the beginning."""
        return attrs.evolve(self, answers=self._answers.anew())

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON values, to keep it in an inbox; `from_dict` makes it again."""
        return {
            "event_id": self.event_id,
            "type": self.type,
            "date": self.date and self.date.isoformat(),
            "data": dict(self.data),
            "listener": self.listener and attrs.asdict(self.listener),
            "cause": self._answers.cause,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """The event that `to_dict` wrote, of the class of its type. Raises `UnexpectedResponse` for anything else."""
        from .read import from_dict

        return from_dict(data)

    def __reduce__(self) -> Any:
        return Event.from_dict, (self.to_dict(),)


@attrs.frozen(kw_only=True)
class _Somewhere(Event):
    """Something that somebody did somewhere. What the portal does not tell has id 0."""

    chat: BotChat
    user: BotUser
    """Who did it; id 0 where unknown."""

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


@attrs.frozen(kw_only=True)
class MessageAdded(_Written):
    """Somebody wrote a message. A user hears his own ones, too: ``is_mine``."""


@attrs.frozen(kw_only=True)
class MessageUpdated(_Written):
    """Somebody changed a message."""


@attrs.frozen(kw_only=True)
class MessageDeleted(_Somewhere):
    """Somebody deleted a message."""

    message_id: int


@attrs.frozen(kw_only=True)
class ReactionChanged(_OfMessage):
    """Somebody set or took back a reaction: ``user`` did, ``message`` has it."""

    reaction: str
    """``"like"``, ``"laugh"``, …"""
    action: str
    """``"add"`` or ``"delete"``."""


@attrs.frozen(kw_only=True)
class UserJoined(_Somewhere):
    """A user (``user``) came into a chat."""


@attrs.frozen(kw_only=True)
class BotJoined(_Somewhere):
    """Somebody (``user``) took the bot into a chat, or opened its private chat."""


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


@attrs.frozen(kw_only=True)
class ContextOpened(_Somewhere):
    """Somebody (``user``) followed a link to the bot that brought a context (docs/portal.md#deep-links).

    Any page can make a user do that: confirm by a button before anything that matters.
    """

    context: Mapping[str, Any] = attrs.field(hash=False)


@attrs.frozen(kw_only=True)
class BotDeleted(Event):
    """The bot was deleted. Nothing comes after this."""


def check_text(text: str, attach: object = None) -> None:
    """Refuse what the portal would refuse, or cut without a word. Raises `ValueError`."""
    if not isinstance(text, str) or (not text.strip() and attach is None):
        raise ValueError(f"expected a text or an attachment, got {'neither' if isinstance(text, str) else repr(text)}")
    if len(text) > bb.LIMIT:
        raise ValueError(
            f"expected a text of at most {bb.LIMIT} characters, got {len(text)}: "
            "event.reply_long sends it in parts, bb.split makes them"
        )


def without_mention(text: str, bot_id: int) -> str:
    """*text* without the mentions of a bot, and what parts the first from the words (docs/portal.md#bot-mention)."""
    mention = rf"\[user={bot_id}(?:\s[^\]]*)?\].*?\[/user\]"
    text = re.sub(rf"\A\s*(?:{mention}\s*)+[,:]?", "", text, flags=re.IGNORECASE | re.DOTALL)
    return re.sub(rf"[ \t]*{mention}", "", text, flags=re.IGNORECASE | re.DOTALL).strip()
