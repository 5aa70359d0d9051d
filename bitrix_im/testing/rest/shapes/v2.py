"""JSON shapes of im.v2: camelCase, as events and searches have them."""

from functools import cache
from typing import Any

from ...world.drafts import Message
from ...world.records import Chat, User
from ..calls import Context
from .chats import chat_full
from .users import user

_CHAT = (
    "id", "name", "type", "message_type", "owner", "color", "avatar", "description", "extranet", "contains_collaber",
    "entity_type", "entity_id", "entity_data_1", "entity_data_2", "entity_data_3", "entity_link", "disk_folder_id",
    "permissions", "parent_chat_id", "parent_message_id", "is_new", "background_id",
)  # fmt: skip


@cache
def camel(name: str) -> str:
    """``last_activity_date`` as ``lastActivityDate``."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def user_v2(ctx: Context, person: User) -> dict[str, Any]:
    """A user in camelCase; dates that a snapshot does not have are false."""
    shown = {camel(name): value for name, value in user(ctx, person).items()}
    return shown | {"lastActivityDate": False, "mobileLastDate": False, "desktopLastDate": False, "idle": False}


def chat_v2(ctx: Context, chat: Chat) -> dict[str, Any]:
    """A chat in camelCase."""
    full = chat_full(ctx, chat) | {"contains_collaber": False}
    shown = {camel(name): full[name] for name in _CHAT}
    shown["description"] = shown["description"] or ""
    return shown | {
        "dialogId": chat.dialog_id_of(ctx.me),
        "textFieldEnabled": "Y" if full["text_field_enabled"] else "N",
    }


def message_v2(ctx: Context, chat: Chat, post: Message) -> dict[str, Any]:
    """A message in camelCase."""
    readers = [member for member in chat.members if member != post.author_id]
    viewers = [ctx.world.viewers[member] for member in readers if member in ctx.world.viewers]
    return {
        "id": post.id,
        "chatId": chat.id,
        "authorId": post.author_id,
        "date": ctx.world.clock.iso(post.date),
        "text": post.text,
        "isSystem": post.author_id == 0,
        "uuid": post.uuid or "",
        "forward": None,
        "params": post.params or [],
        "viewedByOthers": any(viewer.seat(chat).read_id >= post.id for viewer in viewers),
    }
