"""Which REST methods the portal knows: each namespace's module names its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from ..quirks import Quirks
from . import (
    chats,
    counters,
    departments,
    dialogs,
    events,
    files,
    general,
    message_search,
    messages,
    notifications,
    recent,
    recent_marks,
    search,
    sending,
    users,
)
from .bots import BOT_METHODS, guarded_send
from .calls import Context, Method, Params

METHODS: dict[str, Method] = {
    **BOT_METHODS,
    **chats.METHODS,
    **counters.METHODS,
    **departments.METHODS,
    **dialogs.METHODS,
    **events.METHODS,
    **files.METHODS,
    **general.METHODS,
    **message_search.METHODS,
    **messages.METHODS,
    **notifications.METHODS,
    **recent.METHODS,
    **recent_marks.METHODS,
    **search.METHODS,
    **sending.METHODS,
    **users.METHODS,
}

GUARDS: dict[str, Callable[[Context, Params], AbstractContextManager[None]]] = {
    "im.message.add": sending.reserved,
    "imbot.v2.Chat.Message.send": guarded_send,
}
"""What is held from the beginning of a command's processing to its end."""


def known(quirks: Quirks) -> dict[str, Method]:
    """The methods of a portal with those quirks: older ones lack some."""
    missing = {name.lower() for name in quirks.missing_methods}
    if not quirks.events:
        missing |= {name.lower() for name in events.METHODS}
    if not quirks.bots:
        missing |= {name.lower() for name in BOT_METHODS}
    if quirks.bot_revision < 33:
        missing.add("imbot.v2.revision.get")
    return {name: method for name, method in METHODS.items() if name.lower() not in missing}
