"""``im.chat.*``: making group chats, who is in them, how they look."""

import base64
import binascii
from typing import Any

from ..world.records import Chat, Kind
from .calls import Answer, Context, Method, Params, RestError, chat_of, numbers

COLORS = {
    "RED": "#df532d", "GREEN": "#64a513", "MINT": "#4ba984", "LIGHT_BLUE": "#4ba5c3", "DARK_BLUE": "#3e99ce",
    "PURPLE": "#8474c8", "AQUA": "#1eb4aa", "PINK": "#f76187", "LIME": "#58cc47", "BROWN": "#ab7761",
    "AZURE": "#29619b", "KHAKI": "#728f7a", "SAND": "#ba9c7b", "MARENGO": "#556574", "GRAY": "#909090",
    "GRAPHITE": "#5e5f5e",
}  # fmt: skip


def add(ctx: Context, params: Params) -> Answer:
    """``im.chat.add``: a new chat, its caller the owner; twice makes two."""
    kind: Kind = "open" if params.text("TYPE").upper() == "OPEN" else "chat"
    users = [number for number in numbers(params.raw.get("USERS")) if number in ctx.world.users]
    color = _color(params) if params.has("COLOR") else ""
    avatar = _avatar(params) if params.has("AVATAR") else ""
    people, now = list(dict.fromkeys([ctx.me, *users])), ctx.world.clock.seconds()
    chat = ctx.world.new_chat(params.text("TITLE").strip(), kind, people, ctx.me, now)
    chat.title = chat.title or f"Chat {chat.id}"
    chat.description, chat.color, chat.avatar = params.text("DESCRIPTION") or None, color, avatar
    chat.entity_type, chat.entity_id = params.text("ENTITY_TYPE"), params.text("ENTITY_ID")
    _say(ctx, chat, "created the chat")
    if text := params.text("MESSAGE").strip():
        ctx.world.write(chat, ctx.me, text, uuid=None, params={})
    return Answer(chat.id)


def get(ctx: Context, params: Params) -> Answer:
    """``im.chat.get``: the chat of an entity as ``{"ID": n}``, or ``null`` (docs/portal.md#chat-by-entity)."""
    kind, number = params.text("ENTITY_TYPE"), params.text("ENTITY_ID")
    chats = ctx.world.chats.values()
    found = next((chat for chat in chats if chat.entity_type == kind and chat.entity_id == number and kind), None)
    return Answer({"ID": found.id} if found is not None and ctx.me in found.members else None)


def leave(ctx: Context, params: Params) -> Answer:
    """``im.chat.leave``: twice is ACCESS_ERROR."""
    chat = chat_of(ctx, params)
    ctx.world.part(chat, ctx.me)
    if chat.owner == ctx.me and chat.members:
        chat.owner = chat.members[0]
    return Answer(True)


def mute(ctx: Context, params: Params) -> Answer:
    """``im.chat.mute``: MUTE=N takes it off."""
    chat = chat_of(ctx, params)
    others = [number for number in chat.muted if number != ctx.me]
    chat.muted = others if params.raw.get("MUTE") == "N" else [*others, ctx.me]
    ctx.world.touch(chat)
    return Answer(True)


def set_owner(ctx: Context, params: Params) -> Answer:
    """``im.chat.setOwner``: only the owner may, so that a repeat is ACCESS_ERROR."""
    chat, user_id = chat_of(ctx, params), _user_id(params)
    if chat.owner != ctx.me or user_id not in chat.members:
        raise RestError("ACCESS_ERROR", "You do not have access to the specified dialog", 403)
    chat.owner = user_id
    ctx.world.touch(chat)
    return Answer(True)


def update_title(ctx: Context, params: Params) -> Answer:
    """``im.chat.updateTitle``: posts a line of the system's."""
    chat, title = chat_of(ctx, params), params.text("TITLE").strip()
    if not title:
        raise RestError("TITLE_EMPTY", "Title can't be empty")
    if title != chat.title:
        chat.title = title
        _say(ctx, chat, f'changed the chat\'s name to "{title}"')
    return Answer(True)


def update_color(ctx: Context, params: Params) -> Answer:
    """``im.chat.updateColor``: by the name of the color."""
    chat = chat_of(ctx, params)
    chat.color = _color(params)
    ctx.world.touch(chat)
    return Answer(True)


def update_avatar(ctx: Context, params: Params) -> Answer:
    """``im.chat.updateAvatar``: a picture in Base64."""
    chat = chat_of(ctx, params)
    chat.avatar = _avatar(params)
    ctx.world.touch(chat)
    return Answer(True)


def user_add(ctx: Context, params: Params) -> Answer:
    """``im.chat.user.add``: who is in already stays in; HIDE_HISTORY=Y hides what was said before."""
    chat, users = chat_of(ctx, params), numbers(params.raw.get("USERS"))
    if not users:
        raise RestError("USERS_EMPTY", "Users can't be empty")
    ctx.world.join(chat, users, hide_history=params.flag("HIDE_HISTORY"), by=ctx.me)
    return Answer(True)


def user_delete(ctx: Context, params: Params) -> Answer:
    """``im.chat.user.delete``: who is not in it is WRONG_REQUEST."""
    chat, user_id = chat_of(ctx, params), _user_id(params)
    if user_id not in chat.members:
        raise RestError("WRONG_REQUEST", "You don't have access or user isn't member in the chat")
    ctx.world.part(chat, user_id)
    return Answer(True)


def user_list(ctx: Context, params: Params) -> Answer:
    """``im.chat.user.list``: ids."""
    return Answer(sorted(chat_of(ctx, params).members))


def _user_id(params: Params) -> int:
    user_id = params.integer("USER_ID")
    if user_id <= 0:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    return user_id


def _color(params: Params) -> str:
    color = COLORS.get(params.text("COLOR").upper())
    if color is None:
        raise RestError("WRONG_COLOR", "This color currently unavailable")
    return color


def _avatar(params: Params) -> str:
    """The address of a picture that was sent."""
    text: Any = params.raw.get("AVATAR")
    try:
        picture = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError):
        picture = b""
    if not picture.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise RestError("AVATAR_ERROR", "Avatar incorrect type")
    return f"https://cdn.bitrix24.test/avatar/{binascii.crc32(picture):08x}.png"


def _say(ctx: Context, chat: Chat, what: str) -> None:
    ctx.world.write(chat, 0, f"{ctx.world.users[ctx.me].name} {what}", uuid=None, params={})


METHODS: dict[str, Method] = {
    "im.chat.add": add,
    "im.chat.get": get,
    "im.chat.leave": leave,
    "im.chat.mute": mute,
    "im.chat.setOwner": set_owner,
    "im.chat.updateAvatar": update_avatar,
    "im.chat.updateColor": update_color,
    "im.chat.updateTitle": update_title,
    "im.chat.user.add": user_add,
    "im.chat.user.delete": user_delete,
    "im.chat.user.list": user_list,
}
