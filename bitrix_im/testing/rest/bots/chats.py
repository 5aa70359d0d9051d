"""``imbot.v2.Chat.*``: chats that bots make, change and leave."""

from typing import Any

from ..calls import Answer, Context, Method, Params, RestError, numbers
from . import looks, messages, shapes
from .calls import DONE, as_bot, bot_of, denied, fields_of, managed, seat_of, text_of


def add(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.add``: a new chat; who is in ``userIds`` is in it, ``users`` is no parameter; twice makes two."""
    bot, fields = bot_of(ctx, params), fields_of(params)
    known = [number for number in numbers(fields.get("userIds")) if number in ctx.world.users]
    owner = next((number for number in numbers([fields.get("ownerId")]) if number in ctx.world.users), bot.id)
    people, now = list(dict.fromkeys([bot.id, owner, *known])), ctx.world.clock.seconds()
    look = _look(fields)
    chat = ctx.world.new_chat(text_of(fields.get("title")).strip(), "chat", people, owner, now)
    chat.title = chat.title or f"Chat {chat.id}"
    _put_on(chat, look)
    bot.chats.add(chat.id)
    if text_of(fields.get("message")).strip():
        messages.write(ctx, bot, chat, {"message": fields["message"]})
    seen = as_bot(ctx, bot)
    others = [ctx.world.users[number] for number in people if number != bot.id]
    shown = shapes.chat_in_full(seen, chat) | {"isNew": True}
    return Answer({"chat": shown, "users": [shapes.user(seen, person) for person in others]})


def get(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.get``: a chat of the bot's."""
    bot = bot_of(ctx, params)
    return Answer({"chat": shapes.chat_in_full(as_bot(ctx, bot), seat_of(ctx, bot, params).chat)})


def update(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.update``: title, description, color, avatar."""
    bot = bot_of(ctx, params)
    chat, fields = managed(ctx, bot, params), fields_of(params, required=True)
    _put_on(chat, _look(fields))
    ctx.world.touch(chat)
    return DONE


def leave(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.leave``: twice is ACCESS_DENIED."""
    bot = bot_of(ctx, params)
    chat = seat_of(ctx, bot, params).chat
    if chat.private:
        raise denied()
    ctx.world.part(chat, bot.id)
    chat.managers = [number for number in chat.managers if number != bot.id]
    if chat.owner == bot.id and chat.members:
        chat.owner = chat.members[0]
    return DONE


def set_owner(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.setOwner``: only the owner may; whether there is such a user, nobody asks."""
    bot, user_id = bot_of(ctx, params), params.integer("USERID")
    chat = seat_of(ctx, bot, params).chat
    if chat.private or chat.owner != bot.id:
        raise denied()
    if user_id <= 0:
        raise RestError("PARAMS_REQUIRED", "Required parameters are missing")
    chat.owner = user_id
    ctx.world.touch(chat)
    return DONE


def _look(fields: dict[str, Any]) -> dict[str, Any]:
    look: dict[str, Any] = {}
    if title := text_of(fields.get("title")).strip():
        look["title"] = title
    if fields.get("description") is not None:
        look["description"] = text_of(fields["description"])
    if found := looks.color(fields.get("color")):
        look["color"] = found
    if fields.get("avatar"):
        look["avatar"] = looks.picture(fields["avatar"])
    return look


def _put_on(chat: Any, look: dict[str, Any]) -> None:
    for name, value in look.items():
        setattr(chat, name, value)


METHODS: dict[str, Method] = {
    "imbot.v2.Chat.add": add,
    "imbot.v2.Chat.get": get,
    "imbot.v2.Chat.leave": leave,
    "imbot.v2.Chat.setOwner": set_owner,
    "imbot.v2.Chat.update": update,
}
