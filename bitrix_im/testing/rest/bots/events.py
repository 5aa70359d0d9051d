"""``imbot.v2.Event.get``: a bot's queue, with the user's beside it (docs/portal.md#event-get)."""

from ...world.bots import Bot
from ...world.queues import EventQueue, get_merged
from ..calls import Answer, Context, Method, Params, RestError
from .calls import bot_id, bot_of, flag, owned, owner


def get(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Event.get``: events from *offset* on, the user's too if asked for; what is below is deleted."""
    gone = _gone(ctx, params)
    bot = gone or bot_of(ctx, params)
    queues = [] if bot.mode == "webhook" else [ctx.feed.bot_queue(bot.id)]
    if flag(params.raw.get("WITHUSEREVENTS")):
        queues.append(_of_user(ctx))
    limit = min(max(params.integer("LIMIT", 100), 1), 1000)
    events, following, full = get_merged(queues, params.integer("OFFSET"), limit, ctx.world.clock.now())
    if gone is not None and not events:
        raise RestError("BOT_NOT_FOUND", "Bot not found")
    shown = [
        {"eventId": event.id, "type": event.type, "date": ctx.world.clock.iso(event.date), "data": event.data}
        for event in events
    ]
    where = {"lastEventId": following - 1} if ctx.quirks.bot_revision < 33 else {"nextOffset": following}
    return Answer({"events": shown, **where, "hasMore": full})


def _gone(ctx: Context, params: Params) -> Bot | None:
    """A bot that was unregistered, where its last events can be read."""
    caller = owner(ctx, params)
    bot = ctx.world.bots.gone.get(bot_id(params)) if ctx.quirks.deleted_bots_readable else None
    return None if bot is None else owned(bot, caller)


def _of_user(ctx: Context) -> EventQueue:
    if "im" not in ctx.scopes:
        raise RestError("SCOPE_ERROR", "The im scope is required")
    if ctx.me not in ctx.feed.subscribed:
        raise RestError("USER_NOT_SUBSCRIBED", "User is not subscribed")
    return ctx.feed.queue(ctx.me)


METHODS: dict[str, Method] = {"imbot.v2.Event.get": get}
