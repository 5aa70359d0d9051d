"""Which REST methods the portal knows."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from . import dialogs, messages, people, recent, sending
from .calls import Context, Method, Params

METHODS: dict[str, Method] = {
    "im.chat.get": people.chat_get,
    "im.counters.get": dialogs.counters,
    "im.dialog.get": dialogs.dialog_get,
    "im.dialog.messages.get": messages.messages_get,
    "im.dialog.read": sending.dialog_read,
    "im.message.add": sending.message_add,
    "im.message.delete": sending.message_delete,
    "im.message.like": sending.message_like,
    "im.message.update": sending.message_update,
    "im.recent.get": recent.recent_get,
    "im.recent.hide": people.recent_hide,
    "im.recent.list": recent.recent_list,
    "im.recent.pin": people.recent_pin,
    "im.recent.unread": people.recent_unread,
    "im.revision.get": dialogs.revision,
    "im.search.chat.list": dialogs.search_chats,
    "im.user.get": people.user_get,
    "im.user.list.get": people.user_list_get,
    "server.time": dialogs.server_time,
}

GUARDS: dict[str, Callable[[Context, Params], AbstractContextManager[None]]] = {"im.message.add": sending.reserved}
"""What is held from the beginning of a command's processing to its end."""
