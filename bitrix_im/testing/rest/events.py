"""``im.v2.Event.*``: what happens in a user's chats, asked for (docs/portal.md#user-events)."""

from .calls import Answer, Context, Method, Params


def subscribe(ctx: Context, params: Params) -> Answer:
    """``im.v2.Event.subscribe``: from now on events are recorded."""
    ctx.feed.subscribed.add(ctx.me)
    return Answer(True)


def unsubscribe(ctx: Context, params: Params) -> Answer:
    """``im.v2.Event.unsubscribe``: what is there stays for its 24 hours."""
    ctx.feed.subscribed.discard(ctx.me)
    return Answer(True)


def get(ctx: Context, params: Params) -> Answer:
    """``im.v2.Event.get``: events from *offset* on; all below it is deleted."""
    limit = min(max(params.integer("LIMIT", 100), 1), 1000)
    events, following, full = ctx.feed.queue(ctx.me).get(params.integer("OFFSET"), limit, ctx.world.clock.now())
    shown = [
        {"eventId": event.id, "type": event.type, "date": ctx.world.clock.iso(event.date), "data": event.data}
        for event in events
    ]
    return Answer({"events": shown, "nextOffset": following, "hasMore": full})


METHODS: dict[str, Method] = {
    "im.v2.Event.get": get,
    "im.v2.Event.subscribe": subscribe,
    "im.v2.Event.unsubscribe": unsubscribe,
}
