"""What happens to bots: they join chats, their buttons are pressed, links to them are followed, they are removed."""

from collections.abc import Callable, Sequence
from typing import Any

from .bots import Bot, CommandCall
from .clock import ServerClock
from .drafts import Message
from .happenings import BotHappening
from .life import Life
from .records import Chat, Kind


class BotLife(Life):
    """The portal's bots at work, or worked with."""

    def __init__(self, seed: int, user_id: int, clock: ServerClock) -> None:
        super().__init__(seed, user_id, clock)
        self.bot_listeners: list[Callable[[BotHappening], None]] = []
        """Told of everything that concerns one bot."""

    def new_chat(
        self, title: str, kind: Kind, members: list[int], owner: int, created: int, entity_id: str | None = None
    ) -> Chat:
        """Make a group chat; bots among its members are told."""
        chat = super().new_chat(title, kind, members, owner, created, entity_id)
        self._welcome(chat, members, owner)
        return chat

    def private_chat(self, one: int, other: int, moment: int) -> Chat:
        """The dialog of two users, made where there is none; a bot is told when *one* begins it."""
        known = self.private_chat_of(one, other)
        chat = known or super().private_chat(one, other, moment)
        if known is None:
            self._welcome(chat, [other], one)
        return chat

    def join(self, chat: Chat, user_ids: Sequence[int], *, hide_history: bool = False, by: int | None = None) -> None:
        """Take users into a chat; bots among them are told who did."""
        fresh = [user_id for user_id in user_ids if user_id not in chat.members]
        super().join(chat, user_ids, hide_history=hide_history)
        self._welcome(chat, fresh, chat.owner if by is None else by)

    def press(
        self, chat: Chat, message: Message, user_id: int, bot_id: int, name: str, params: str, by: str = "keyboard"
    ) -> bool:
        """Call a bot's command by a button; False where there is no such bot or command: nothing happens then."""
        bot = self.bots.get(bot_id)
        command = None if bot is None else bot.commands.get(name.lstrip("/"))
        if bot is None or command is None:
            return False
        call = CommandCall(command, params, by)
        self.tell_bot(BotHappening("command", bot, chat, user_id, message, call))
        return True

    def open_bot(self, bot: Bot, chat: Chat, user_id: int, context: Any, *, new: bool) -> None:
        """Somebody followed a link to a bot, with a context, into a *new* chat or not (docs/portal.md#deep-links)."""
        self.tell_bot(BotHappening("context", bot, chat, user_id, context=context, new=new))

    def remove_bot(self, bot: Bot) -> None:
        """Unregister a bot: the last it hears; its user is dismissed."""
        self.tell_bot(BotHappening("gone", bot, None, 0))
        self.bots.remove(bot)
        self.users[bot.id].active = False

    def tell_bot(self, happening: BotHappening) -> None:
        """Let everybody who listens know what concerns one bot."""
        if happening.call is not None and happening.message is not None:
            self.bots.note_call(happening.call, happening.message.id)
        for listener in self.bot_listeners:
            listener(happening)

    def _welcome(self, chat: Chat, user_ids: Sequence[int], by: int) -> None:
        for user_id in user_ids:
            if (bot := self.bots.get(user_id)) is not None and user_id != by:
                self.tell_bot(BotHappening("join", bot, chat, by))
