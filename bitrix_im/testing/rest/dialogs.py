"""``im.dialog.*`` but for messages: one dialog, who is in it, how far it is read."""

from . import shapes
from .calls import Answer, Context, Method, Params, RestError, accessible


def dialog_get(ctx: Context, params: Params) -> Answer:
    """``im.dialog.get``: a chat in full, with who read it."""
    seat = accessible(ctx, params)
    chat, world = seat.chat, ctx.world
    others = [world.users[member] for member in chat.members if member != ctx.me and member in world.users]
    readers = [
        {
            "user_id": person.id,
            "user_name": person.name,
            "message_id": chat.last_id if person.id % 2 else 0,
            "date": world.clock.iso(chat.dates[-1]) if chat.dates and person.id % 2 else None,
        }
        for person in others[:50]
    ]
    viewers = [{"user_id": entry["user_id"], "user_name": entry["user_name"]} for entry in readers if entry["date"]]
    return Answer(
        shapes.chat_full(ctx, chat)
        | {
            "readed_list": readers,
            "manager_list": [] if chat.private else list(dict.fromkeys([chat.owner, *chat.managers])),
            "last_message_views": {
                "message_id": chat.last_id,
                "first_viewers": viewers[:1],
                "count_of_viewers": len(viewers),
            },
            "dialog_id": seat.dialog_id,
        }
    )


def read(ctx: Context, params: Params) -> Answer:
    """``im.dialog.read``: move the read mark; false for a dialog that the user is not in."""
    try:
        seat = accessible(ctx, params)
    except RestError as error:
        if error.code == "ACCESS_ERROR":
            return Answer(False)
        raise
    upto = params.integer("MESSAGE_ID")
    counter = ctx.viewer.read(seat.dialog_id, upto if upto > 0 else None)
    return Answer({"dialogId": seat.dialog_id, "chatId": seat.chat.id, "lastId": seat.read_id, "counter": counter})


def read_all(ctx: Context, params: Params) -> Answer:
    """``im.dialog.read.all``: nothing is unread any more."""
    for seat in ctx.viewer.seats():
        ctx.viewer.read(seat.dialog_id)
    return Answer(True)


def unread(ctx: Context, params: Params) -> Answer:
    """``im.dialog.unread``: the read mark goes back to just before MESSAGE_ID."""
    seat, message_id = accessible(ctx, params), params.integer("MESSAGE_ID")
    if message_id <= 0:
        raise RestError("MESSAGE_ID_ERROR", "Message ID can't be empty")
    seat.read_id = min(seat.read_id, message_id - 1)
    ctx.viewer.touch(seat)
    return Answer(True)


def users(ctx: Context, params: Params) -> Answer:
    """``im.dialog.users.list``: by OFFSET with a total, or by LAST_ID without; some go after LIMIT.

    docs/portal.md#dialog-users: a short page is not the end.
    """
    members = sorted(accessible(ctx, params).chat.members)
    limit = params.limit(50, 200)
    if params.has("LAST_ID"):
        page = [number for number in members if number > params.integer("LAST_ID")][:limit]
    else:
        page = members[params.offset() :][:limit]
    people = [person for number in page if (person := ctx.world.users.get(number)) is not None and not person.deleted]
    if params.flag("SKIP_EXTERNAL"):
        people = [person for person in people if not person.extranet and not person.bot]
    return Answer([shapes.user(ctx, person) for person in people], None if params.has("LAST_ID") else len(members))


def writing(ctx: Context, params: Params) -> Answer:
    """``im.dialog.writing``: the others see it for a moment."""
    accessible(ctx, params)
    return Answer(True)


METHODS: dict[str, Method] = {
    "im.dialog.get": dialog_get,
    "im.dialog.read": read,
    "im.dialog.read.all": read_all,
    "im.dialog.unread": unread,
    "im.dialog.users.list": users,
    "im.dialog.writing": writing,
}
