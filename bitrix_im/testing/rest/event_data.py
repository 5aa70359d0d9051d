"""What an event of a user's queue tells, in the shapes of im.v2."""

from typing import Any

from ..world.happenings import Happening
from . import shapes
from .calls import Context

TYPES = {
    "message": "ONIMV2MESSAGEADD",
    "update": "ONIMV2MESSAGEUPDATE",
    "delete": "ONIMV2MESSAGEDELETE",
    "reaction": "ONIMV2REACTIONCHANGE",
    "join": "ONIMV2JOINCHAT",
}


def event_data(ctx: Context, happening: Happening) -> dict[str, Any]:
    """What an event tells: a snapshot of the time of writing."""
    data: dict[str, Any] = {}
    message = happening.message
    if message is not None and happening.kind == "delete":
        data["messageId"] = message.id
    elif message is not None:
        data["message"] = shapes.message_v2(ctx, happening.chat, message)
    if happening.kind == "reaction":
        data |= {"reaction": happening.reaction, "action": "add" if happening.added else "delete"}
    if happening.kind == "join":
        data["dialogId"] = happening.chat.dialog_id_of(ctx.me)
    person = ctx.world.users.get(happening.user_id)
    return data | {
        "chat": shapes.chat_v2(ctx, happening.chat),
        "user": shapes.user_v2(ctx, person) if person is not None else {"id": 0},
        "language": "en",
    }
