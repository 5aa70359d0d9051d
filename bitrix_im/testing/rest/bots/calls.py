"""Whose bot a call is about, and what it gives: owner, bot, dialog, message, fields."""

from typing import Any

import attrs

from ...php import values as php
from ...world.bots import Bot
from ...world.drafts import Message
from ...world.records import Chat, Seat
from ..calls import Answer, Context, Params, RestError

DONE = Answer({"result": True})


def owner(ctx: Context, params: Params, fields: dict[str, Any] | None = None) -> str:
    """The application that calls, or the botToken that a webhook's call brings (docs/portal.md#bot-token)."""
    return ctx.application or f"custom{bot_token(ctx, params, fields)}"


def bot_token(ctx: Context, params: Params, fields: dict[str, Any] | None = None) -> str:
    """The botToken of a webhook's call; BOT_TOKEN_NOT_SPECIFIED."""
    given = [(fields or {}).get("botToken"), params.raw.get("BOTTOKEN"), params.raw.get("CLIENT_ID")]
    token = next((one for one in given if isinstance(one, str) and one), "")
    if not token:
        code = "BOT_TOKEN_NOT_SPECIFIED" if ctx.quirks.bot_revision >= 34 else "CLIENT_ID_NOT_SPECIFIED"
        raise RestError(code, "Bot token is not specified")
    return token


def bot_of(ctx: Context, params: Params) -> Bot:
    """The bot of botId, if it is the caller's."""
    caller = owner(ctx, params)
    bot = ctx.world.bots.get(bot_id(params))
    if bot is None:
        raise RestError("BOT_NOT_FOUND", "Bot not found")
    return owned(bot, caller)


def owned(bot: Bot, caller: str) -> Bot:
    """That bot; BOT_OWNERSHIP_ERROR where it is somebody else's."""
    if bot.owner != caller:
        raise RestError("BOT_OWNERSHIP_ERROR", "Bot is registered by another application")
    return bot


def bot_id(params: Params) -> int:
    """BOT_ID_REQUIRED without one."""
    number = params.integer("BOTID")
    if number <= 0:
        raise RestError("BOT_ID_REQUIRED", "Bot ID is required")
    return number


def as_bot(ctx: Context, bot: Bot) -> Context:
    """What the bot sees: its dialog ids, its read marks."""
    return attrs.evolve(ctx, viewer=ctx.world.viewer(bot.id))


def fields_of(params: Params, *, required: bool = False) -> dict[str, Any]:
    """The object ``fields``, its names in camelCase; PARAMS_REQUIRED where there must be some and is none."""
    given = params.raw.get("FIELDS")
    found = {str(name): value for name, value in given.items()} if isinstance(given, dict) else {}
    if required and not found:
        raise RestError("PARAMS_REQUIRED", "Required parameters are missing")
    return found


def flag(value: Any, default: bool = False) -> bool:
    """JSON's true and false, ``Y`` and ``N``, 1 and 0 (docs/portal.md#imbot-flags)."""
    if value is None:
        return default
    return value.upper() in ("Y", "1", "TRUE") if isinstance(value, str) else bool(value)


def text_of(value: Any) -> str:
    """A text of ``fields``; nothing where it is no string or number."""
    return "" if isinstance(value, (dict, list)) else php.to_str(value)


def seat_of(ctx: Context, bot: Bot, params: Params) -> Seat:
    """The bot's place in the dialog of dialogId: CHAT_NOT_FOUND, or ACCESS_DENIED where it is no member."""
    dialog_id = params.text("DIALOGID").strip()
    if not dialog_id:
        raise RestError("PARAMS_REQUIRED", "Required parameters are missing")
    user = ctx.world.users.get(int(dialog_id)) if dialog_id.isdecimal() else None
    absent = dialog_id.isdecimal() and (user is None or user.deleted or user.id == bot.id)
    seat = None if absent else ctx.world.viewer(bot.id).find(dialog_id)
    if seat is None:
        raise RestError("CHAT_NOT_FOUND", "Chat not found")
    if not seat.joined:
        raise denied()
    return seat


def message_of(ctx: Context, bot: Bot, params: Params, name: str = "MESSAGEID") -> tuple[Chat, Message]:
    """The message of messageId, in a chat of the bot's: MESSAGE_NOT_FOUND, ACCESS_DENIED."""
    return message_by(ctx, bot, params.integer(name))


def message_by(ctx: Context, bot: Bot, message_id: int) -> tuple[Chat, Message]:
    """A message by its id, in a chat of the bot's."""
    chat = ctx.world.home(message_id)
    message = chat.message(message_id) if chat is not None else None
    if chat is None or message is None:
        raise RestError("MESSAGE_NOT_FOUND", "Message not found")
    if bot.id not in chat.members:
        raise denied()
    return chat, message


def managed(ctx: Context, bot: Bot, params: Params) -> Chat:
    """The group chat of dialogId, whose owner or manager the bot is; ACCESS_DENIED."""
    chat = seat_of(ctx, bot, params).chat
    if chat.private or not manages(bot, chat):
        raise denied()
    return chat


def manages(bot: Bot, chat: Chat) -> bool:
    """Whether the bot is the chat's owner, or one of its managers."""
    return bot.id == chat.owner or bot.id in chat.managers


def denied() -> RestError:
    """ACCESS_DENIED."""
    return RestError("ACCESS_DENIED", "Access denied", 403)
