"""``imbot.v2.Chat.User.*`` and ``Chat.Manager.*``: who is in a bot's chats, and who manages them."""

from ...php import values as php
from ..calls import Answer, Context, Method, Params, RestError, numbers
from . import shapes
from .calls import DONE, as_bot, bot_of, denied, managed, seat_of


def user_add(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.User.add``: who is in already stays in."""
    bot = bot_of(ctx, params)
    chat = seat_of(ctx, bot, params).chat
    if chat.private:
        raise denied()
    ctx.world.join(chat, _users(params), by=bot.id)
    return DONE


def user_delete(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.User.delete``: once more does no harm; the owner stays."""
    bot, user_id = bot_of(ctx, params), params.integer("USERID")
    chat = managed(ctx, bot, params)
    if user_id == chat.owner:
        raise denied()
    if user_id in chat.members:
        ctx.world.part(chat, user_id)
    return DONE


def user_list(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.User.list``: a bare list, up to 200, and no way to ask for more (docs/portal.md#bot-chat-add)."""
    bot = bot_of(ctx, params)
    members = sorted(seat_of(ctx, bot, params).chat.members, reverse=_descending(params))
    people = [ctx.world.users[number] for number in members if number in ctx.world.users]
    shown = [person for person in people if not person.deleted][: params.limit(50, 200)]
    return Answer([shapes.user(as_bot(ctx, bot), person) for person in shown])


def manager_add(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Manager.add``: for the owner and managers to do; who is no member is passed over."""
    chat = managed(ctx, bot_of(ctx, params), params)
    fresh = [number for number in _users(params) if number in chat.members and number not in chat.managers]
    chat.managers = [*chat.managers, *fresh]
    return DONE


def manager_delete(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Manager.delete``: once more does no harm."""
    chat, users = managed(ctx, bot_of(ctx, params), params), _users(params)
    chat.managers = [number for number in chat.managers if number not in users]
    return DONE


def _users(params: Params) -> list[int]:
    users = numbers(params.raw.get("USERIDS"))
    if not users:
        raise RestError("PARAMS_REQUIRED", "Required parameters are missing")
    return users


def _descending(params: Params) -> bool:
    order = params.raw.get("ORDER")
    return isinstance(order, dict) and any(php.to_str(way).upper() == "DESC" for way in order.values())


METHODS: dict[str, Method] = {
    "imbot.v2.Chat.Manager.add": manager_add,
    "imbot.v2.Chat.Manager.delete": manager_delete,
    "imbot.v2.Chat.User.add": user_add,
    "imbot.v2.Chat.User.delete": user_delete,
    "imbot.v2.Chat.User.list": user_list,
}
