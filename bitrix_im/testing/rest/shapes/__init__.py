"""JSON shapes of users, chats, messages and files, after the official response examples."""

from .chats import chat_core, chat_full, mute_list, row_flags, title
from .messages import file, message, page_files, page_users
from .users import color, numeric_id, user
from .v2 import camel, chat_v2, message_v2, user_v2

__all__ = [
    "camel",
    "chat_core",
    "chat_full",
    "chat_v2",
    "color",
    "file",
    "message",
    "message_v2",
    "mute_list",
    "numeric_id",
    "page_files",
    "page_users",
    "row_flags",
    "title",
    "user",
    "user_v2",
]
