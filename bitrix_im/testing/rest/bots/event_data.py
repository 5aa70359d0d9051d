"""What an event of a bot tells (docs/portal.md#bot-events): a snapshot of the time of writing."""

from typing import Any

from ...world.bots import CommandCall
from ...world.happenings import BotHappening, Happening
from ...world.records import Chat
from .. import shapes
from ..calls import Context
from .shapes import message as bot_message, user as bot_user

TYPES = {
    "message": "ONIMBOTV2MESSAGEADD",
    "update": "ONIMBOTV2MESSAGEUPDATE",
    "delete": "ONIMBOTV2MESSAGEDELETE",
    "reaction": "ONIMBOTV2REACTIONCHANGE",
    "join": "ONIMBOTV2JOINCHAT",
    "command": "ONIMBOTV2COMMANDADD",
    "context": "ONIMBOTV2CONTEXTGET",
    "gone": "ONIMBOTV2DELETE",
}
_IDLE = {"idle": False, "lastActivityDate": False, "mobileLastDate": False, "desktopLastDate": False}


def happening_data(ctx: Context, happening: Happening) -> dict[str, Any]:
    """What is told of something in a chat, but for the bot itself; the user of an edited message is its author."""
    chat, message = happening.chat, happening.message
    data: dict[str, Any] = {}
    if message is not None and happening.kind == "delete":
        data["messageId"] = message.id
    elif message is not None:
        data["message"] = bot_message(ctx, chat, message)
    if happening.kind == "reaction":
        data |= {"reaction": happening.reaction, "action": "add" if happening.added else "delete"}
    author = message.author_id if message is not None and happening.kind in ("update", "delete") else happening.user_id
    return data | _surroundings(ctx, chat, author)


def bot_happening_data(ctx: Context, happening: BotHappening, *, fetched: bool) -> dict[str, Any]:
    """What is told of something that concerns one bot, but for the bot itself.

    A *fetched* command of a private dialog has no chat, nor has a context of a new one (docs/portal.md#bot-empty-chat).
    """
    chat, data = happening.chat, dict[str, Any]()
    if chat is None:
        return data
    if happening.call is not None and happening.message is not None:
        data = {"command": _command(happening.call), "message": bot_message(ctx, chat, happening.message)}
    if happening.kind in ("join", "context"):
        data["dialogId"] = chat.dialog_id_of(ctx.me)
    if happening.kind == "context":
        data["context"] = happening.context
    chatless = happening.new or (happening.kind == "command" and chat.private)
    hidden = fetched and chatless and ctx.quirks.bot_empty_chats
    return data | _surroundings(ctx, None if hidden else chat, happening.user_id)


def _surroundings(ctx: Context, chat: Chat | None, user_id: int) -> dict[str, Any]:
    return {
        "chat": [] if chat is None else shapes.chat_v2(ctx, chat),
        "user": _user(ctx, user_id),
        "language": "en",
    }


def _user(ctx: Context, user_id: int) -> dict[str, Any] | list[Any]:
    """Who did it; only the id of a deleted user, and nothing of one who cannot be shown."""
    person = ctx.world.users.get(user_id)
    if person is not None and person.shapeless:
        return []
    return {"id": user_id} if person is None or person.deleted else bot_user(ctx, person) | _IDLE


def _command(call: CommandCall) -> dict[str, Any]:
    command = call.command
    return {"id": command.id, "command": f"/{command.name}", "params": call.params, "context": call.by}
