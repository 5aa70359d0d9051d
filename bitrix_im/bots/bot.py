"""`Bot`: everything that is done in a bot's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..errors import AccessError, ApiError
from ..events.event import Event
from ..events.marks import Mark
from ..events.queue import QueueStream
from ..events.replies import Listener
from ..events.stream import EventStream
from ..events.types import CommandCalled
from ..methods import _parameters as checked
from ..models import BotAnswer, BotInfo
from ..paging import Caller
from ..rest.call import Call
from .chats import BotChats
from .commands import Commands
from .messages import BotMessages
from .owner import given
from .token import BotToken

_SHOWN = 30  # seconds that a status is shown
_RENEWED = 25.0  # seconds after which it is shown again
_NO_MEMBER = frozenset({"ACCESS_DENIED", "CHAT_NOT_FOUND", "DIALOG_NOT_FOUND", "MESSAGE_ACCESS_DENIED"})


class Bot(BotMessages, Commands):
    """A bot of the portal's, made by `Bots.ensure` or `Bots.get`.

    ``info`` is what the portal told of it then; ``chats`` are its chats.
    """

    def __init__(self, caller: Caller, info: BotInfo, token: BotToken | None, owner: object = None) -> None:
        super().__init__(caller, info.id, token)
        self.info = info
        self.chats = BotChats(caller, info.id, token)
        self._owner = owner

    @property
    def id(self) -> int:
        """Its id, which is also its user's."""
        return self.info.id

    @property
    def code(self) -> str:
        """What it was registered as."""
        return self.info.code

    def events(
        self,
        *,
        mark: Mark | None = None,
        interval: tuple[float, float] | None = None,
        with_user_events: bool = False,
    ) -> EventStream:
        """Hear what happens to the bot, as it happens (``imbot.v2.Event.get``); used as `BitrixIM.events`.

        A bot hears its private chats, mentions of it in groups, its commands and buttons. *with_user_events* adds what
        the user hears who calls, in the same queue (needs the scope im). One consumer a bot. A bot in webhook mode
        hears nothing here. Iterating raises `BotError` once the bot is deleted or somebody else's: that is final.
        """
        queue = _BotQueue(self, with_user_events=with_user_events)
        name = f"bot.events() of {self.code or self.id}"
        return QueueStream(self._caller, queue, mark=mark, interval=interval, owner=self._owner, name=name)

    def adopt(self, event: Event) -> Event:
        """The same event, able to reply in this bot's name: one from `parse_webhook`, or from an inbox."""
        answers = event._answers.anew()
        answers.voice = _BotVoice(self)
        return attrs.evolve(event, answers=answers)

    async def update(
        self,
        *,
        name: str | None = None,
        last_name: str | None = None,
        position: str | None = None,
        color: str | None = None,
        gender: str | None = None,
        avatar: bytes | None = None,
        mode: str | None = None,
        webhook_url: str | None = None,
        hidden: bool | None = None,
        reactions: bool | None = None,
        openlines: bool | None = None,
        background: str | None = None,
    ) -> BotInfo:
        """Change the bot; what is None stays as it is (``imbot.v2.Bot.update``). `Bots.ensure` only sends what differs.

        Its kind cannot be changed. ``mode="webhook"`` needs *webhook_url*: without one it would hear nothing.
        """
        if mode == "webhook" and webhook_url is None:
            raise ValueError("expected webhook_url with mode='webhook': without one the bot would hear nothing")
        looks = properties(last_name, position, color, gender, avatar)
        if looks and name is None:
            name = self.info.user.name if self.info.user is not None else self.code  # else it would get an empty one
        fields = given(
            properties={"name": name, **looks} if name is not None else None,
            isHidden=hidden,
            isReactionsEnabled=reactions,
            isSupportOpenline=openlines,
            backgroundId=background,
            eventMode=mode,
            webhookUrl=webhook_url,
        )
        self.info = (await self._ask(BotAnswer, "Bot.update", {"fields": fields})).bot
        return self.info

    async def rotate_token(self, new: BotToken) -> None:
        """Give the bot another token; the one before dies at once (``imbot.v2.Bot.update``). Keep *new* first.

        Not tried again after an unknown outcome: either token may be the good one then.
        """
        if self._token is None:
            raise ValueError("expected a bot with a token: an application's has none")
        await self._do("Bot.update", {"fields": {"botToken": new.hidden}})
        self._own(new)
        self.chats = BotChats(self._caller, self.id, new)

    async def unregister(self) -> None:
        """Delete the bot (``imbot.v2.Bot.unregister``). One that is gone is no error."""
        await self._do("Bot.unregister", {}, already=("BOT_NOT_FOUND",))

    def __repr__(self) -> str:
        return f"Bot({self.id}, {self.code!r})"


def properties(
    last_name: str | None, position: str | None, color: str | None, gender: str | None, avatar: bytes | None
) -> dict[str, Any]:
    """How a bot looks, besides its name."""
    return given(
        lastName=checked.maybe("last_name", last_name),
        workPosition=checked.maybe("position", position),
        color=checked.maybe("color", color),
        gender=checked.maybe("gender", gender),
        avatar=None if avatar is None else checked.image("avatar", avatar),
    )


class _BotVoice:
    """A bot answers by a message with a key; a command from a chat that it is no member of, by a command's answer."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def say(self, event: Event, text: str, key: str, options: Mapping[str, Any]) -> int | None:
        """Send *text* to the dialog of *event*."""
        keyed = None if options.get("system") else key
        try:
            return await self._bot.send(event.dialog_id, text, **options, key=keyed)
        except ApiError as error:
            is_elsewhere = isinstance(error, AccessError) or error.code.upper() in _NO_MEMBER
            if not is_elsewhere or not isinstance(event, CommandCalled):
                raise
        await self._bot.answer(event, text, **{name: value for name, value in options.items() if name != "reply_to"})
        return None

    async def type(self, dialog_id: str, status: str | None) -> float:
        """Show what the bot does."""
        await self._bot.typing(dialog_id, status, _SHOWN)
        return _RENEWED


class _BotQueue:
    """The queue of a bot, with that of the user who calls where asked."""

    def __init__(self, bot: Bot, *, with_user_events: bool) -> None:
        self._bot = bot
        self._with_user = with_user_events
        self.voice = _BotVoice(bot)

    async def open(self) -> Listener:
        """Nothing to do for the bot itself: registering it subscribed it."""
        await self.renew()
        return Listener("bot", self._bot.id)

    async def renew(self) -> None:
        """Subscribe the user who calls, where his events are wanted."""
        if self._with_user:
            await self._bot._caller.call(Call("im.v2.Event.subscribe"))

    def call(self, offset: int, limit: int) -> Call:
        """Read, and confirm."""
        told = {"offset": offset, "limit": limit, **({"withUserEvents": True} if self._with_user else {})}
        return self._bot._call("Event.get", told)
