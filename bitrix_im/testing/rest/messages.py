"""``im.dialog.messages.get``: pages of a history."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from ..world.records import Seat
from . import shapes
from .calls import Answer, Context, Method, Params, accessible


def messages_get(ctx: Context, params: Params) -> Answer:
    """A page by LAST_ID, by FIRST_ID (which wins), or around what is unread."""
    seat = accessible(ctx, params)
    chat = seat.chat
    first = params.message_id("FIRST_ID")
    last = params.message_id("LAST_ID")
    limit = _limit(params)
    ids = seat.visible_ids()
    if not ids and ctx.quirks.false_result:
        return Answer(False)
    asked = last if first is None else first
    if asked and ctx.quirks.missing_id_is_empty and chat.message(asked) is None:
        page: Sequence[int] = []
    elif first is not None:
        page = _above(ctx, ids, first, limit)
    elif last is not None:
        # LAST_ID=0 is "from the newest", and switches off all unread behaviour
        below = bisect_left(ids, last) if last > 0 else len(ids)
        page = ids[max(0, below - limit) : below][::-1]
    else:
        page = _around_unread(seat, ids, limit)
    posts = list(chat.messages(page))
    result: dict[str, Any] = {
        "chat_id": chat.id,
        "messages": [shapes.message(ctx, chat, post) for post in posts],
        "users": shapes.page_users(ctx, posts),
        "files": shapes.page_files(ctx, chat, posts),
    }
    return Answer(result)


def _limit(params: Params) -> int:
    """Default 20, at most 50; 0, negative or empty is no limit at all."""
    return params.limit(20, 50, least=2**62)


def _above(ctx: Context, ids: Sequence[int], first: int, limit: int) -> Sequence[int]:
    """Ids above FIRST_ID, for a query without ORDER BY: only a page shorter than LIMIT is surely complete."""
    start = bisect_right(ids, first)
    available = len(ids) - start
    order = ctx.quirks.first_id_order
    page = list(ids[start : min(len(ids), start + limit)])
    if order == "holes" and available > limit and ctx.random.random() < ctx.quirks.hole_share:
        page = _with_holes(ctx, ids, start, limit)
    if order != "ascending":
        ctx.random.shuffle(page)
    return page


def _with_holes(ctx: Context, ids: Sequence[int], start: int, limit: int) -> list[int]:
    """A full page that is not the lowest LIMIT ids: first and last messages in one page were seen in the field."""
    kind = ctx.random.randrange(3)
    if kind == 0:
        return list(ids[-limit:])
    if kind == 1:
        low = ctx.random.randrange(limit)
        return [*ids[start : start + low], *ids[len(ids) - (limit - low) :]]
    return [ids[index] for index in ctx.random.sample(range(start, len(ids)), limit)]


def _around_unread(seat: Seat, ids: Sequence[int], limit: int) -> Sequence[int]:
    """Neither LAST_ID nor FIRST_ID: with much unread, LIMIT on either side of the read mark; else that much more.

    docs/portal.md#unread-window: whoever walks on backwards from the first kind misses what is newer.
    """
    unread, top = seat.unread(), len(ids)
    if unread <= limit:
        return ids[max(0, top - limit - unread) : top][::-1]
    mark = bisect_right(ids, seat.read_id)
    return ids[max(0, mark - limit) : mark + limit][::-1]


METHODS: dict[str, Method] = {"im.dialog.messages.get": messages_get}
