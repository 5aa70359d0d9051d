"""Tells bots what happens: into their queues, or into the outbox where they have a webhook."""

from collections.abc import Callable, Container
from typing import Any

from ..quirks import Quirks
from ..rest.bots import event_data, shapes
from ..rest.calls import Context
from ..world.bot_ears import calls, hearers
from ..world.bots import Bot
from ..world.happenings import BotHappening, Happening
from ..world.queues import Feed
from ..world.world import World
from .outbox import Outbox


class BotDesk:
    """Listens to a world for its bots."""

    def __init__(
        self,
        world: World,
        feed: Feed,
        quirks: Quirks,
        outbox: Outbox,
        unfinished: Container[str],
        context: Callable[[int], Context],
    ) -> None:
        self._unfinished = unfinished
        self._world = world
        self._feed = feed
        self._quirks = quirks
        self._outbox = outbox
        self._context = context

    def listen(self) -> None:
        """Hear, from now on, what happens in the world."""
        self._world.listeners.append(self._happened)
        self._world.bot_listeners.append(self._happened_to_bot)

    def _happened(self, happening: Happening) -> None:
        """Commands that a message calls are told instead of the message (docs/portal.md#bot-command-instead)."""
        if happening.kind == "message" and self._called(happening):
            return
        for bot in hearers(self._world.bots, happening, other_bots=self._quirks.bots_hear_bots):
            self._tell(bot, happening.kind, event_data.happening_data(self._context(bot.id), happening))
            self._note(bot, happening)

    def _called(self, happening: Happening) -> bool:
        message, world = happening.message, self._world
        if message is None or not world.bots:
            return False
        author = world.users.get(happening.user_id)
        found = calls(world.bots, happening.chat, author, message.text)
        told: set[int] = set()
        for bot, call in found:
            if bot.mode == "webhook" and bot.id in told:
                continue  # of several commands in one text only the first may arrive there
            told.add(bot.id)
            world.tell_bot(BotHappening("command", bot, happening.chat, happening.user_id, message, call))
        return bool(found)

    def _happened_to_bot(self, happening: BotHappening) -> None:
        bot = happening.bot
        data = event_data.bot_happening_data(self._context(bot.id), happening, fetched=bot.mode == "fetch")
        self._tell(bot, happening.kind, data)
        self._note(bot, happening)

    def _tell(self, bot: Bot, kind: str, data: dict[str, Any]) -> None:
        """Nothing is recorded for a bot with a webhook, nothing sent without an address.

        Bots of an *unfinished* application hear nothing at all (docs/portal.md#webhook-unfinished-install).
        """
        name = event_data.TYPES[kind]
        if bot.owner in self._unfinished:
            return
        if bot.mode == "fetch":
            shown = {"bot": shapes.bot(self._context(bot.id), bot)}
            self._feed.bot_queue(bot.id).add(name, shown | data, self._world.clock.now())
        elif bot.webhook_url:
            self._outbox.put(bot, name, data)

    def _note(self, bot: Bot, happening: Happening | BotHappening) -> None:
        if happening.chat is not None:
            bot.chats.add(happening.chat.id)
        if happening.user_id:
            bot.people.add(happening.user_id)
