"""``im.search.*``: chats, users and departments by a phrase, and what was picked last."""

from typing import Any

from ..php import values as php
from ..world.departments import DEPARTMENTS
from ..world.records import Seat
from . import departments, shapes
from .calls import Answer, Context, Method, Params, RestError, accessible


def chats(ctx: Context, params: Params) -> Answer:
    """``im.search.chat.list``: chats by title, ids descending, with ``total`` and ``next``."""
    lines = not params.has("FIND")
    find = _phrase(ctx, params, "FIND_LINES" if lines else "FIND")
    limit, offset = params.limit(10, 50, least=50), params.offset()
    found = ctx.viewer.search(find, lines=lines)
    result = [shapes.chat_full(ctx, chat) for chat in found[offset : offset + limit]]
    more = offset + limit < len(found)
    following = offset if ctx.quirks.search_next_stuck else offset + limit
    return Answer(result, len(found), following if more else None)


def users(ctx: Context, params: Params) -> Answer:
    """``im.search.user.list``: an object keyed by id; extranet users go after LIMIT (docs/portal.md#search-users)."""
    find = _phrase(ctx, params, "FIND").casefold()
    limit, offset = params.limit(10, 50, least=50), params.offset()
    people = [user for user in ctx.world.users.values() if user.active and not user.deleted]
    found = [user for user in people if find in user.name.casefold()]
    page = [user for user in found[offset : offset + limit] if not user.extranet]
    following = offset + len(page)  # lags behind what was read, and stands still where nothing was left
    result = php.array({user.id: shapes.user(ctx, user) for user in page})
    return Answer(result, len(found), following if offset + limit < len(found) else None)


def find_departments(ctx: Context, params: Params) -> Answer:
    """``im.search.department.list``: its ``next`` is constant (docs/portal.md#search-departments)."""
    find = _phrase(ctx, params, "FIND").casefold()
    limit, offset = params.limit(10, 50, least=50), params.offset()
    found = [department for department in DEPARTMENTS.values() if find in department.full_name.casefold()]
    result = [departments.shape(ctx, department, params) for department in found[offset : offset + limit]]
    return Answer(result, len(found), limit if len(found) > limit else None)


def last_add(ctx: Context, params: Params) -> Answer:
    """``im.search.last.add``: to the front of what was picked."""
    dialog = accessible(ctx, params).dialog_id
    ctx.viewer.searched = [dialog, *(other for other in ctx.viewer.searched if other != dialog)]
    return Answer(True)


def last_delete(ctx: Context, params: Params) -> Answer:
    """``im.search.last.delete``."""
    dialog = accessible(ctx, params).dialog_id
    ctx.viewer.searched = [other for other in ctx.viewer.searched if other != dialog]
    return Answer(True)


def last_get(ctx: Context, params: Params) -> Answer:
    """``im.search.last.get``: short items, the last one first."""
    skipped = {
        kind
        for flag, kind in (("SKIP_OPENLINES", "lines"), ("SKIP_CHAT", "chat"), ("SKIP_DIALOG", "private"))
        if params.flag(flag)
    }
    seats = [ctx.viewer.seat_of(dialog) for dialog in ctx.viewer.searched]
    return Answer([_item(ctx, seat) for seat in seats if seat.joined and _kind(seat) not in skipped])


def _kind(seat: Seat) -> str:
    return seat.chat.kind if seat.chat.kind in ("lines", "private") else "chat"


def _item(ctx: Context, seat: Seat) -> dict[str, Any]:
    private, core = seat.chat.private, shapes.chat_core(ctx, seat.chat)
    item: dict[str, Any] = {
        "id": seat.partner if private else seat.dialog_id,
        "type": "user" if private else "chat",
        "avatar": {"url": "", "color": shapes.color(seat.partner if private else seat.chat.id)},
        "title": core["name"],
    }
    person = ctx.world.users.get(seat.partner)
    return item | ({"user": shapes.user(ctx, person) if person else {"id": 0}} if private else {"chat": core})


def _phrase(ctx: Context, params: Params, name: str) -> str:
    find = params.text(name).strip()
    if len(find) < ctx.quirks.shortest_find:
        raise RestError("FIND_SHORT", "Too short a search phrase.")
    return find


METHODS: dict[str, Method] = {
    "im.search.chat.list": chats,
    "im.search.department.list": find_departments,
    "im.search.last.add": last_add,
    "im.search.last.delete": last_delete,
    "im.search.last.get": last_get,
    "im.search.user.list": users,
}
