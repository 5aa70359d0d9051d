"""JSON shapes of users, chats, messages and files, after the official response examples."""

from .chats import chat_core, chat_full, mute_list, row_flags, title
from .messages import file, message, page_files, page_users
from .users import color, numeric_id, user

__all__ = [
    "chat_core",
    "chat_full",
    "color",
    "file",
    "message",
    "mute_list",
    "numeric_id",
    "page_files",
    "page_users",
    "row_flags",
    "title",
    "user",
]
