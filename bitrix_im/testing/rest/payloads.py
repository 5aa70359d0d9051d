"""JSON shapes of users, chats, messages and files, after the official response examples."""

from collections.abc import Iterable
from typing import Any

from ..world.drafts import Message
from ..world.records import Chat, Row, User
from .calls import Context

_COLORS = ("#1eb4aa", "#4ba984", "#df532d", "#ab7761", "#3e99ce", "#f76187", "#58cc47", "#048bd0")
_POSITIONS = ("Tester", "Manager", "Analyst", "", "IT Specialist", "Руководитель отдела")
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


def color(number: int) -> str:
    """The colour that an id gets."""
    return _COLORS[number % len(_COLORS)]


def user(ctx: Context, person: User) -> dict[str, Any]:
    """A user in full, with ``false`` where PHP has no date."""
    number, dice = person.id, person.id % 12
    iso = ctx.world.clock.iso
    now = ctx.world.clock.seconds()
    avatar = f"https://cdn.bitrix24.test/avatar/{number}.png" if dice % 3 == 0 else ""
    kind = "bot" if person.bot else "extranet" if person.extranet else "user"
    return {
        "id": number,
        "active": person.active,
        "name": person.name,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "work_position": _POSITIONS[number % len(_POSITIONS)],
        "color": color(number),
        "avatar": avatar,
        "avatar_hr": avatar or "/bitrix/js/im/images/blank.gif",
        "gender": "MF"[number % 2],
        "birthday": ("", "", "08-03", False, "", "15-11")[number % 6],
        "extranet": person.extranet,
        "network": False,
        "bot": person.bot,
        "connector": False,
        "external_auth_id": "bot" if person.bot else "socservices" if dice % 2 else "default",
        "status": "online",
        "idle": iso(now - 900) if dice == 4 else False,
        "last_activity_date": False if dice == 11 else iso(now - 60 * (number % 600)),
        "mobile_last_date": iso(now - 3600) if dice == 5 else False,
        "desktop_last_date": iso(now - 7200) if dice == 6 else False,
        "absent": iso(now + 86_400 * 7) if dice == 7 else False,
        "departments": [] if person.extranet or person.bot else [1, 600 + number % 7],
        "phones": {"work_phone": f"+7495{number:07d}", "inner_phone": str(number % 900)} if dice in (2, 3) else False,
        "bot_data": {
            "code": f"bot_{number}",
            "type": "bot",
            "app_id": "local.app",
            "is_hidden": False,
            "is_support_openline": False,
        }
        if person.bot
        else None,
        "type": kind,
        "website": "",
        "email": "" if person.bot else f"user{number}@example.com",
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
        "avatar": "",
        "color": color(chat.id),
        "type": chat.kind,
        "entity_type": chat.entity_type,
        "entity_id": chat.entity_id,
        "entity_data_1": "Y|DEAL|5|N|N|1|1772600000" if chat.kind == "lines" else "",
        "entity_data_2": "",
        "entity_data_3": "",
        "mute_list": mute_list(ctx, chat),
        "manager_list": [] if chat.private else [chat.owner],
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


def message(ctx: Context, chat: Chat, post: Message) -> dict[str, Any]:
    """A message of ``im.dialog.messages.get``; empty ``params`` are PHP's empty array."""
    iso = ctx.world.clock.iso
    return {
        "id": post.id,
        "chat_id": chat.id,
        "author_id": post.author_id,
        "date": iso(post.date),
        "text": post.text,
        "unread": post.id > ctx.seat(chat).read_id and post.author_id != ctx.me,
        "uuid": post.uuid,
        "replaces": [],
        "params": post.params or [],
        "disappearing_date": None if post.disappears is None else iso(post.disappears),
    }


def page_users(ctx: Context, posts: Iterable[Message]) -> list[dict[str, Any] | None]:
    """Users of a page: not every author, and ``null`` for the deleted."""
    shown: list[dict[str, Any] | None] = []
    for author in dict.fromkeys(post.author_id for post in posts if post.author_id):
        person = ctx.world.users.get(author)
        if person is None or person.deleted:
            if ctx.quirks.users_with_nulls:
                shown.append(None)
        elif author % 11 != 7 or not ctx.quirks.missing_users:
            shown.append(user(ctx, person))
    return shown


def page_files(ctx: Context, chat: Chat, posts: Iterable[Message]) -> list[dict[str, Any]]:
    """Files of a page, in camelCase; not every FILE_ID is among them."""
    return [
        file(ctx, chat, post, file_id)
        for post in posts
        for file_id in post.file_ids
        if file_id % 9 != 4 or not ctx.quirks.missing_files
    ]


def file(ctx: Context, chat: Chat, post: Message, file_id: int) -> dict[str, Any]:
    """A file of a message."""
    picture = file_id % 3 != 0
    name, extension = (f"image{file_id}.png", "png") if picture else (f"report {file_id}.pdf", "pdf")
    author = ctx.world.users.get(post.author_id)
    link = f"https://portal.bitrix24.test/bitrix/services/main/ajax.php?action=disk.file&fileId={file_id}"
    return {
        "id": file_id,
        "chatId": chat.id,
        "date": ctx.world.clock.iso(post.date),
        "type": "image" if picture else "file",
        "name": name,
        "extension": extension,
        "size": 1000 + file_id % 90_000,
        "image": {"height": 61 + file_id % 500, "width": 72 + file_id % 700} if picture else False,
        "status": "done",
        "progress": 100,
        "authorId": post.author_id,
        "authorName": author.name if author else "",
        "urlPreview": f"{link}&preview=Y" if picture else "",
        "urlShow": link,
        "urlDownload": f"{link}&download=Y",
        "viewerAttrs": {
            "viewer": "",
            "viewerType": "image" if picture else "code",
            "src": link,
            "objectId": str(file_id),
            "viewerGroupBy": str(chat.id),
            "imChatId": chat.id,
            "title": name,
            "actions": '[{"type":"download"}]',
        },
        "mediaUrl": {"preview": {"250": link if picture else ""}},
        "isTranscribable": False,
        "isVideoNote": False,
        "isVoiceNote": False,
    }


def numeric_id(ctx: Context, number: int) -> int | str:
    """A user's id as a list item has it: int, or a numeric string."""
    return str(number) if ctx.quirks.php_numbers and number % 3 == 0 else number


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
