"""``im.counters.get``: how much is unread, by kind and by dialog."""

from typing import Any

from ..php import values as php
from .calls import Answer, Context, Method, Params


def get(ctx: Context, params: Params) -> Answer:
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
    messages, notices = sum(sums.values()), ctx.viewer.notices.unread()
    types = {"ALL": messages + notices, "NOTIFY": notices, **sums, "MESSENGER": messages}
    return Answer({"TYPE": types} | {name: php.array(counted) for name, counted in maps.items()})


METHODS: dict[str, Method] = {"im.counters.get": get}
