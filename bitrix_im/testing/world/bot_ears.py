"""Which bots hear of what happens in a chat (docs/portal.md#bot-hears), and which commands a text calls."""

import re
from collections.abc import Iterator

from .bots import Bot, Bots, Command, CommandCall
from .happenings import Happening
from .records import Chat, User

_CALL = re.compile(r"^/([^\s/]+)[ \t]*(.*?)\s*$", re.MULTILINE)
_MENTION = re.compile(r"\[USER=(\d+)", re.IGNORECASE)


def calls(bots: Bots, chat: Chat, author: User | None, text: str) -> list[tuple[Bot, CommandCall]]:
    """The commands that a text calls, each line that begins with a slash one, and whose they are.

    A bot's commands work where the bot is; common ones everywhere.
    """
    found = []
    for name, params in _CALL.findall(text):
        for bot in bots:
            command = bot.commands.get(name)
            if command is not None and _may_call(command, chat, author):
                found.append((bot, CommandCall(command, params, "textarea")))
    return found


def hearers(bots: Bots, happening: Happening, *, other_bots: bool) -> Iterator[Bot]:
    """The bots that are told of something in one of their chats.

    With *other_bots* what a bot does is told to the others as well (docs/portal.md#bot-other-bots).
    """
    doer = bots.get(happening.user_id)
    if doer is not None and not other_bots:
        return
    for bot in bots:
        if bot is not doer and bot.id in happening.chat.members and _hears(bot, happening):
            yield bot


def _may_call(command: Command, chat: Chat, author: User | None) -> bool:
    if author is None or author.id == command.bot_id or (author.extranet and not command.extranet):
        return False
    return command.common or command.bot_id in chat.members


def _hears(bot: Bot, happening: Happening) -> bool:
    chat, message = happening.chat, happening.message
    if message is None or (happening.kind == "reaction" and not bot.reactions):
        return False
    if chat.kind == "lines":
        return bot.openlines or bot.kind == "openline"
    if chat.private or bot.hears_all or (message.author_id == bot.id and happening.kind != "message"):
        return True
    texts = message.text, happening.before
    return any(str(bot.id) in _MENTION.findall(text) for text in texts)
