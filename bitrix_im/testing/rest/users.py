"""``im.user.*``: users by id, and the caller's own status."""

from typing import Any

from ..php import values as php
from . import shapes
from .calls import Answer, Context, Method, Params, RestError, numbers

_STATUSES = ("online", "dnd", "away", "break")


def get(ctx: Context, params: Params) -> Answer:
    """``im.user.get``: a user, by default the one who asks."""
    number = params.integer("ID") if params.has("ID") else ctx.me
    if number <= 0:
        raise RestError("ID_EMPTY", "User ID can't be empty")
    shown = _user(ctx, number)
    if shown is None:
        raise RestError("USER_NOT_EXISTS", "User is not found")
    return Answer(shown)


def list_get(ctx: Context, params: Params) -> Answer:
    """``im.user.list.get``: an object keyed by id, ``null`` for whom there is not; a list with RESULT_TYPE=array."""
    raw = params.raw.get("ID")
    if not isinstance(raw, (list, dict)) or not raw:
        raise RestError("INVALID_FORMAT", "A wrong format for the ID field is passed")
    found = {number: _user(ctx, number) for number in numbers(raw)}
    if params.raw.get("RESULT_TYPE") == "array":
        return Answer([shown for shown in found.values() if shown is not None])
    return Answer(php.array(found))


def status_get(ctx: Context, params: Params) -> Answer:
    """``im.user.status.get``: the caller's status."""
    return Answer(ctx.world.users[ctx.me].status)


def status_set(ctx: Context, params: Params) -> Answer:
    """``im.user.status.set``: STATUS_ERROR for one that there is not."""
    status = params.text("STATUS")
    if status not in _STATUSES:
        raise RestError("STATUS_ERROR", "Status is not available")
    ctx.world.users[ctx.me].status = status
    return Answer(True)


def idle_start(ctx: Context, params: Params) -> Answer:
    """``im.user.status.idle.start``: away for AGO minutes."""
    ctx.world.users[ctx.me].idle_since = ctx.world.clock.seconds() - max(0, params.integer("AGO", 10)) * 60
    return Answer(True)


def idle_end(ctx: Context, params: Params) -> Answer:
    """``im.user.status.idle.end``: back again."""
    ctx.world.users[ctx.me].idle_since = None
    return Answer(True)


def _user(ctx: Context, number: int) -> dict[str, Any] | None:
    person = ctx.world.users.get(number)
    return None if person is None or person.deleted else shapes.user(ctx, person)


METHODS: dict[str, Method] = {
    "im.user.get": get,
    "im.user.list.get": list_get,
    "im.user.status.get": status_get,
    "im.user.status.idle.end": idle_end,
    "im.user.status.idle.start": idle_start,
    "im.user.status.set": status_set,
}
