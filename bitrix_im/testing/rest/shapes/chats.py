"""JSON shapes of chats, after the official response examples."""

from typing import Any

from ...world.records import Chat, Row
from ..calls import Context
from .users import color

_MESSAGE_TYPES = {
    "private": "P", "open": "O", "channel": "N", "openChannel": "J", "copilot": "A", "lines": "L", "tasksTask": "X",
    "thread": "T",
}  # fmt: skip
_LINKS = {
    "TASKS_TASK": ("TASKS", "/company/personal/user/1/tasks/task/view/{}/"),
    "SONET_GROUP": ("SONET_GROUP", "/workgroups/group/{}/"),
    "CRM": ("DEAL", "/crm/deal/details/{}/"),
}
_PATHS = {
    "sonetGroup": {"path": "/workgroups/group/#ID#/", "path_title": "Go to group"},
    "crm": {"path": "", "path_title": ""},
}


def mute_list(ctx: Context, chat: Chat) -> Any:
    """Who muted the chat, in one of its three shapes."""
    if not chat.muted:
        return []
    if ctx.quirks.mute_list_shapes and chat.id % 4 == 1:
        return list(chat.muted)
    return {str(user_id): True for user_id in chat.muted}


def chat_core(ctx: Context, chat: Chat) -> dict[str, Any]:
    """The fields that a chat has both in the recent list and in ``im.dialog.get``."""
    seat, own = ctx.seat(chat), chat.owner == ctx.me
    return {
        "id": chat.id,
        "parent_chat_id": 0,
        "parent_message_id": 0,
        "name": title(ctx, chat),
        "owner": chat.owner,
        "extranet": any(_extranet(ctx, member) for member in chat.members),
        "contains_collaber": False,
        "avatar": chat.avatar,
        "color": chat.color or color(chat.id),
        "type": chat.kind,
        "entity_type": chat.entity_type,
        "entity_id": chat.entity_id,
        "entity_data_1": "Y|DEAL|5|N|N|1|1772600000" if chat.kind == "lines" else "",
        "entity_data_2": "",
        "entity_data_3": "",
        "mute_list": mute_list(ctx, chat),
        "manager_list": [] if chat.private else list(dict.fromkeys([chat.owner, *chat.managers])),
        "date_create": ctx.world.clock.iso(chat.created),
        "message_type": _MESSAGE_TYPES.get(chat.kind, "C"),
        "user_counter": len(chat.members),
        "restrictions": _restrictions(chat),
        "role": "OWNER" if own else "MANAGER" if seat.can_manage else "MEMBER" if seat.joined else "GUEST",
        "text_field_enabled": chat.can_post,
        "background_id": None,
        "entity_link": _entity_link(ctx, chat),
        "permissions": {
            "manage_users_add": "member",
            "manage_users_delete": "manager",
            "manage_ui": "member",
            "manage_settings": "owner",
            "manage_messages": "member" if chat.kind not in ("channel", "openChannel") else "manager",
            "can_post": "member" if chat.can_post else "manager",
        },
        "public": {"code": f"{chat.id:x}abc", "link": f"https://portal.bitrix24.test/online/{chat.id:x}abc"}
        if chat.kind == "open" and chat.id % 8 == 1
        else "",
    }


def chat_full(ctx: Context, chat: Chat) -> dict[str, Any]:
    """A chat as in ``im.search.chat.list`` and ``im.dialog.get``; the role is in small letters there."""
    core = chat_core(ctx, chat)
    seat = ctx.seat(chat)
    unread = seat.unread()
    for name in ("contains_collaber", "manager_list"):
        del core[name]
    counted = len(chat.ids) if ctx.quirks.message_count_hidden else len(seat.visible_ids())
    return core | {
        "description": chat.description,
        "counter": unread,
        "message_count": max(0, counted + ctx.quirks.message_count_drift),
        "unread_id": chat.ids[-unread] if unread else 0,
        "restrictions": core["restrictions"] | _PATHS.get(chat.kind, {}),
        "last_message_id": chat.last_id,
        "last_id": min(seat.read_id, chat.last_id),
        "marked_id": chat.last_id if seat.marked_unread else 0,
        "disk_folder_id": chat.id * 2 if chat.id % 6 == 1 else 0,
        "role": core["role"].lower(),
        "is_new": False,
    }


def title(ctx: Context, chat: Chat) -> str:
    """A chat's title; a private dialog is called like the other user."""
    if chat.private and (person := ctx.world.users.get(chat.partner_of(ctx.me))) is not None:
        return person.name
    return chat.title


def row_flags(row: Row) -> dict[str, Any]:
    """The flags of a list item."""
    unread = row.seat is not None and row.seat.marked_unread
    return {"pinned": row.pinned, "unread": unread, "has_reminder": False}


def _extranet(ctx: Context, member: int) -> bool:
    person = ctx.world.users.get(member)
    return person is not None and person.extranet


def _restrictions(chat: Chat) -> dict[str, bool]:
    free = chat.kind not in ("sonetGroup", "crm")
    return {
        "avatar": free,
        "rename": free,
        "extend": free,
        "call": True,
        "mute": True,
        "leave": free,
        "leave_owner": free,
        "send": True,
        "user_list": True,
    }


def _entity_link(ctx: Context, chat: Chat) -> dict[str, Any]:
    kind, url = _LINKS.get(chat.entity_type, ("", ""))
    number: int | str = chat.entity_id if kind else ""
    if ctx.quirks.php_numbers and chat.id % 4 == 1 and str(number).isdigit():
        number = int(number)
    return {"type": kind, "url": url.format(chat.entity_id), "id": number}
