"""Users and chats by id or entity, and the list's own settings."""

from typing import Any

from ..php import values as php
from . import shapes
from .calls import Answer, Context, Params, RestError
from .messages import accessible


def user_get(ctx: Context, params: Params) -> Answer:
    """``im.user.get``: a user, by default the one who asks."""
    number = params.integer("ID") if params.has("ID") else ctx.me
    if number <= 0:
        raise RestError("ID_EMPTY", "User ID can't be empty")
    shown = _user(ctx, number)
    if shown is None:
        raise RestError("USER_NOT_EXISTS", "User is not found")
    return Answer(shown)


def user_list_get(ctx: Context, params: Params) -> Answer:
    """``im.user.list.get``: an object keyed by id, ``null`` for whom there is not; a list with RESULT_TYPE=array."""
    raw = params.raw.get("ID")
    if not isinstance(raw, (list, dict)) or not raw:
        raise RestError("INVALID_FORMAT", "A wrong format for the ID field is passed")
    found = {number: _user(ctx, number) for number in map(php.to_int, php.values(raw)) if number > 0}
    if params.raw.get("RESULT_TYPE") == "array":
        return Answer([shown for shown in found.values() if shown is not None])
    return Answer(php.array(found))


def chat_get(ctx: Context, params: Params) -> Answer:
    """``im.chat.get``: the chat of an entity as ``{"ID": n}``, or ``null``."""
    kind, number = params.text("ENTITY_TYPE"), params.text("ENTITY_ID")
    chats = ctx.world.chats.values()
    found = next((chat for chat in chats if chat.entity_type == kind and chat.entity_id == number and kind), None)
    return Answer({"ID": found.id} if found is not None and ctx.me in found.members else None)


def recent_pin(ctx: Context, params: Params) -> Answer:
    """``im.recent.pin``: PIN=N takes the pin off."""
    ctx.viewer.pin(accessible(ctx, params).dialog_id, params.raw.get("PIN") != "N")
    return Answer(True)


def recent_hide(ctx: Context, params: Params) -> Answer:
    """``im.recent.hide``: out of the list until the next message."""
    ctx.viewer.hide(accessible(ctx, params).dialog_id)
    return Answer(True)


def recent_unread(ctx: Context, params: Params) -> Answer:
    """``im.recent.unread``: ACTION=N takes the mark off."""
    ctx.viewer.mark_unread(accessible(ctx, params).dialog_id, params.raw.get("ACTION") != "N")
    return Answer(True)


def _user(ctx: Context, number: int) -> dict[str, Any] | None:
    person = ctx.world.users.get(number)
    return None if person is None or person.deleted else shapes.user(ctx, person)
