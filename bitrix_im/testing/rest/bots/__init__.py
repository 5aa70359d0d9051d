"""``imbot.v2.*``: the methods of chat bots, one file an area (docs/portal.md#bots)."""

from ..calls import Method
from . import chats, commands, context, events, files, history, members, messages, reactions, registration, ui
from .messages import reserved as guarded_send

BOT_METHODS: dict[str, Method] = {
    **chats.METHODS,
    **commands.METHODS,
    **context.METHODS,
    **events.METHODS,
    **files.METHODS,
    **history.METHODS,
    **members.METHODS,
    **messages.METHODS,
    **reactions.METHODS,
    **registration.METHODS,
    **ui.METHODS,
}

__all__ = ["BOT_METHODS", "guarded_send"]
