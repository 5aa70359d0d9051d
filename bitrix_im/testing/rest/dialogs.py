"""The smaller methods: search, one dialog, counters, the server's time and revision."""

from typing import Any

from ..php import values as php
from . import shapes
from .calls import Answer, Context, Params, RestError
from .messages import accessible


def search_chats(ctx: Context, params: Params) -> Answer:
    """``im.search.chat.list``: chats by title, ids descending, with ``total`` and ``next``."""
    lines = not params.has("FIND")
    find = params.text("FIND_LINES" if lines else "FIND").strip()
    if len(find) < ctx.quirks.shortest_find:
        raise RestError("FIND_SHORT", "Too short a search phrase.")
    limit, offset = params.limit(10, 50, least=50), params.offset()
    found = ctx.viewer.search(find, lines=lines)
    result = [shapes.chat_full(ctx, chat) for chat in found[offset : offset + limit]]
    more = offset + limit < len(found)
    following = offset if ctx.quirks.search_next_stuck else offset + limit
    return Answer(result, len(found), following if more else None)


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
            "manager_list": [] if chat.private else [chat.owner],
            "last_message_views": {
                "message_id": chat.last_id,
                "first_viewers": viewers[:1],
                "count_of_viewers": len(viewers),
            },
            "dialog_id": seat.dialog_id,
        }
    )


def counters(ctx: Context, params: Params) -> Answer:
    """``im.counters.get``: maps by id, ``[]`` when empty."""
    maps: dict[str, dict[int, Any]] = {
        "CHAT": {}, "CHAT_MUTED": {}, "CHAT_UNREAD": {}, "LINES": {}, "DIALOG": {}, "DIALOG_UNREAD": {},
    }  # fmt: skip
    for row in ctx.viewer.rows.ordered():
        seat = row.seat
        if seat is None:
            continue
        chat, private = seat.chat, seat.chat.private
        number = seat.partner if private else chat.id
        if count := seat.unread():
            kind = "LINES" if chat.kind == "lines" else "DIALOG" if private else "CHAT"
            maps["CHAT_MUTED" if ctx.me in chat.muted else kind][number] = count
        if seat.marked_unread:
            maps["DIALOG_UNREAD" if private else "CHAT_UNREAD"][number] = 1
    sums = {name: sum(maps[name].values()) for name in ("CHAT", "LINES", "DIALOG")}
    total = sum(sums.values())
    types = {"ALL": total, "NOTIFY": 0, **sums, "MESSENGER": total}
    return Answer({"TYPE": types} | {name: php.array(counted) for name, counted in maps.items()})


def server_time(ctx: Context, params: Params) -> Answer:
    """``server.time``."""
    return Answer(ctx.world.clock.iso(ctx.world.clock.now()))


def revision(ctx: Context, params: Params) -> Answer:
    """``im.revision.get``."""
    numbers = {"rest": ctx.quirks.revision, "web": 130, "mobile": 22, "desktop": 6, "im_revision_mobile": 22}
    return Answer(numbers)
