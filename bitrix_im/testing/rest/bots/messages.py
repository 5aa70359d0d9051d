"""``imbot.v2.Chat.Message.*``: sending once, forwarding, editing, deleting, reading."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...php import values as php
from ...world.bots import Bot
from ...world.drafts import Message
from ...world.records import Chat
from ..calls import Answer, Context, Method, Params, RestError
from ..sending import holding, uuid_key
from . import content
from .calls import DONE, bot_of, denied, fields_of, flag, manages, message_by, message_of, seat_of

_EDITABLE = 3 * 86_400
_MOST_FORWARDED = 100


@contextmanager
def reserved(ctx: Context, params: Params) -> Iterator[None]:
    """Hold the idempotency key while a message is being written: a repeat meanwhile is SENDING_FAILED."""
    with holding(ctx, _key(fields_of(params)), RestError("SENDING_FAILED", "Sending failed")):
        yield


def send(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Message.send``: the id, the same one for a templateId that was sent before; forwards double."""
    bot = bot_of(ctx, params)
    chat, fields = seat_of(ctx, bot, params).chat, fields_of(params)
    forwards = _forwards(ctx, bot, fields.get("forwardIds"))
    message_id = None
    if not forwards or content.text(fields) or fields.get("attach"):
        message_id = _send(ctx, bot, chat, fields)
    copies = {uuid: _forward(ctx, bot, chat, *source) for uuid, source in forwards.items()}
    return Answer({"id": message_id, "uuidMap": copies or []})


def write(ctx: Context, bot: Bot, chat: Chat, fields: dict[str, Any], *, key: str | None = None) -> int:
    """Write a bot's message; EMPTY_MESSAGE. Where the bot is no member, the system writes in its name."""
    text, extra = content.text(fields), content.params(fields, bot.id)
    if not text and "ATTACH" not in extra:
        raise RestError("EMPTY_MESSAGE", "Message is empty")
    author = 0 if flag(fields.get("system")) else bot.id
    if bot.id not in chat.members:
        author, text = 0, f"[b]{ctx.world.users[bot.id].name}[/b]\n{text}"
    message_id = ctx.world.write(chat, author, text, uuid=key, params=extra)
    bot.sent += 1
    bot.chats.add(chat.id)
    return message_id


def update(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Message.update``: the bot's own, for 3 days; keyboard ``N`` takes the keyboard away.

    All else is ACCESS_DENIED, a message that does not exist as well.
    """
    bot = bot_of(ctx, params)
    try:
        chat, message = message_of(ctx, bot, params)
    except RestError:
        raise denied() from None
    fields = fields_of(params, required=True)
    if message.author_id != bot.id or message.deleted or ctx.world.clock.now() - message.date > _EDITABLE:
        raise denied()
    text = content.text(fields) if "message" in fields else message.text
    removed = [name for name in ("keyboard", "attach") if fields.get(name) == "N"]
    extra = content.params({name: value for name, value in fields.items() if name not in removed}, None)
    kept = {name: value for name, value in message.params.items() if name.lower() not in removed}
    if not text and "ATTACH" not in kept | extra:
        raise RestError("EMPTY_MESSAGE", "Message is empty")
    ctx.world.change(chat, message, text, kept | extra | {"IS_EDITED": "Y"}, bot.id)
    return DONE


def delete(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Message.delete``: the notice stays, unless *complete*; of others where the bot manages."""
    bot = bot_of(ctx, params)
    chat, message = message_of(ctx, bot, params)
    if message.author_id == 0 or (message.author_id != bot.id and not manages(bot, chat)):
        raise denied()
    if not message.deleted:
        ctx.world.change(chat, message, "This message was deleted.", {"IS_DELETED": "Y"}, bot.id)
    if flag(params.raw.get("COMPLETE")):
        ctx.world.erase(message.id)
    return DONE


def read(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Message.read``: up to messageId, or all of it."""
    bot = bot_of(ctx, params)
    seat, upto = seat_of(ctx, bot, params), params.integer("MESSAGEID")
    before = seat.read_id
    counter = ctx.world.viewer(bot.id).read(seat.dialog_id, upto if upto > 0 else None)
    seen = [number for number in seat.visible_ids() if before < number <= seat.read_id]
    return Answer({"chatId": seat.chat.id, "lastId": seat.read_id, "counter": counter, "viewedMessages": seen})


def _send(ctx: Context, bot: Bot, chat: Chat, fields: dict[str, Any]) -> int:
    key = _key(fields)
    if key is not None and (known := ctx.world.sent_before(key)) is not None:
        return known
    message_id = write(ctx, bot, chat, fields, key=key)
    if key is not None:
        ctx.world.remember_sent(key, message_id)
    return message_id


def _key(fields: dict[str, Any]) -> str | None:
    return None if flag(fields.get("system")) else uuid_key(fields.get("templateId"))


def _forwards(ctx: Context, bot: Bot, given: Any) -> dict[str, tuple[Chat, Message]]:
    """What is to be forwarded, by the caller's uuids; all of it has to be there."""
    asked = given if isinstance(given, dict) else {}
    if len(asked) > _MOST_FORWARDED:
        raise RestError("SENDING_FAILED", "Sending failed")
    return {str(uuid): message_by(ctx, bot, php.to_int(number)) for uuid, number in asked.items()}


def _forward(ctx: Context, bot: Bot, chat: Chat, home: Chat, message: Message) -> int:
    kept = {name: value for name, value in message.params.items() if name in ("FILE_ID", "ATTACH")}
    source = {
        "FORWARD_ID": message.id,
        "FORWARD_CONTEXT_ID": f"{home.id}/{message.id}",
        "FORWARD_USER_ID": message.author_id,
    }
    bot.sent += 1
    return ctx.world.write(chat, bot.id, message.text, uuid=None, params=kept | source)


METHODS: dict[str, Method] = {
    "imbot.v2.Chat.Message.delete": delete,
    "imbot.v2.Chat.Message.read": read,
    "imbot.v2.Chat.Message.send": send,
    "imbot.v2.Chat.Message.update": update,
}
