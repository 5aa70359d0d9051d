"""What an event of a bot tells (docs/portal.md#bot-events): a snapshot of the time of writing."""

from typing import Any

from ...world.bots import CommandCall
from ...world.drafts import Message
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
    """What is told of something in a chat, but for the bot itself."""
    chat, message = happening.chat, happening.message
    data: dict[str, Any] = {}
    if message is not None and happening.kind == "delete":
        data["messageId"] = message.id
    elif message is not None:
        data["message"] = _message(ctx, chat, message)
    if happening.kind == "reaction":
        data |= {"reaction": happening.reaction, "action": "add" if happening.added else "delete"}
    return data | _surroundings(ctx, chat, happening.user_id)


def bot_happening_data(ctx: Context, happening: BotHappening, *, fetched: bool) -> dict[str, Any]:
    """What is told of something that concerns one bot, but for the bot itself.

    A *fetched* command of a private dialog has no chat (docs/portal.md#bot-empty-chat).
    """
    if happening.kind == "gone":
        return {}
    chat, data = happening.chat, dict[str, Any]()
    if chat is not None and happening.call is not None and happening.message is not None:
        data = {"command": _command(happening.call), "message": _message(ctx, chat, happening.message)}
    if happening.kind in ("join", "context"):
        data["dialogId"] = str(happening.user_id) if chat is None else chat.dialog_id_of(ctx.me)
    if happening.kind == "context":
        data["context"] = happening.context
    hidden = (
        fetched and ctx.quirks.bot_empty_chats and happening.kind == "command" and chat is not None and chat.private
    )
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


def _message(ctx: Context, chat: Chat, message: Message) -> dict[str, Any]:
    return bot_message(ctx, chat, message)


def _command(call: CommandCall) -> dict[str, Any]:
    command = call.command
    return {"id": command.id, "command": f"/{command.name}", "params": call.params, "context": call.by}
