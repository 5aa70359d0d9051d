"""``im.v2.Chat.Bot.sendContext``: what a followed link to a bot tells it (docs/portal.md#deep-links)."""

from ...php import values as php
from ..calls import Answer, Context, Method, Params, RestError
from .calls import DONE


def send_context(ctx: Context, params: Params) -> Answer:
    """``im.v2.Chat.Bot.sendContext``: a user's call, in the dialog with a bot or a chat that bots are in."""
    dialog_id, context = params.text("DIALOGID").strip(), params.raw.get("CONTEXT")
    if not isinstance(context, (dict, list)) or not context:
        raise RestError("BOT_CONTEXT_ERROR", "Bot context is incorrect")
    new = dialog_id.isdecimal() and ctx.world.private_chat_of(ctx.me, int(dialog_id)) is None
    seat = ctx.viewer.find(dialog_id)
    if seat is None or not seat.joined:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    bots = [bot for bot in ctx.world.bots if bot.id in seat.chat.members]
    if not bots:
        raise RestError("BOT_CONTEXT_ERROR", "There is no bot in the chat")
    for bot in bots:
        ctx.world.open_bot(bot, seat.chat, ctx.me, php.arrays(context), new=new)
    return DONE


METHODS: dict[str, Method] = {"im.v2.Chat.Bot.sendContext": send_context}
