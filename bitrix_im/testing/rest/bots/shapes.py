"""JSON shapes of imbot.v2: bots, their commands, and how bots see users, chats, messages and files."""

from typing import Any

from ...world.bots import Bot, Command
from ...world.drafts import Message
from ...world.files import StoredFile
from ...world.records import Chat, User
from .. import shapes
from ..calls import Context

_SECRETIVE = ("urlPreview", "urlShow", "urlDownload", "viewerAttrs", "status", "progress", "mediaUrl")
_LANGUAGE = "en"


def bot(ctx: Context, one: Bot) -> dict[str, Any]:
    """A bot, as its owner sees it."""
    return brief_bot(one) | {
        "moduleId": "rest",
        "eventMode": one.mode,
        "countMessage": one.sent,
        "countCommand": len(one.commands),
        "countChat": len(one.chats),
        "countUser": len(one.people),
    }


def brief_bot(one: Bot) -> dict[str, Any]:
    """A bot, as others see it (docs/portal.md#bot-get-foreign)."""
    return {
        "id": one.id,
        "code": one.code,
        "type": one.kind,
        "isHidden": one.hidden,
        "isSupportOpenline": one.openlines,
        "isReactionsEnabled": one.reactions,
        "backgroundId": one.background,
        "language": _LANGUAGE,
    }


def command(one: Command) -> dict[str, Any]:
    """A command, as registering answers it."""
    return {
        "id": one.id,
        "botId": one.bot_id,
        "command": f"/{one.name}",
        "common": one.common,
        "hidden": one.hidden,
        "extranetSupport": one.extranet,
    }


def listed_command(ctx: Context, one: Command) -> dict[str, Any]:
    """A command, as the list shows it: in the portal's language."""
    return command(one) | {
        "title": _said(ctx, one.title),
        "params": _said(ctx, one.params),
        "category": ctx.world.users[one.bot_id].name,
        "context": "",
    }


def user(ctx: Context, person: User) -> dict[str, Any]:
    """A user in full; whoever works at the portal is an employee here."""
    shown = {shapes.camel(name): value for name, value in shapes.user(ctx, person).items()}
    return shown | {"type": "employee" if shown["type"] == "user" else shown["type"]}


def chat_in_full(ctx: Context, chat: Chat) -> dict[str, Any]:
    """A chat in full, with the bot's place in it."""
    full, seat = shapes.chat_full(ctx, chat), ctx.seat(chat)
    return shapes.chat_v2(ctx, chat) | {
        "role": full["role"],
        "muteList": full["mute_list"],
        "parentChatId": None,
        "parentMessageId": None,
        "dateCreate": full["date_create"],
        "lastMessageId": chat.last_id or None,
        "lastMessageViews": "{}",
        "lastId": min(seat.read_id, chat.last_id) or None,
        "managerList": list(chat.managers),
        "markedId": None,
        "messageCount": len(chat.ids),
        "public": full["public"],
        "unreadId": full["unread_id"] or None,
        "userCounter": len(chat.members),
    }


def message(ctx: Context, chat: Chat, post: Message) -> dict[str, Any]:
    """A message; a forwarded one says where it is from."""
    shown = shapes.message_v2(ctx, chat, post)
    if (source := post.params.get("FORWARD_ID")) is not None:
        home, user_id = ctx.world.home(int(source)), post.params.get("FORWARD_USER_ID")
        shown["forward"] = {
            "id": post.params.get("FORWARD_CONTEXT_ID"),
            "userId": user_id,
            "chatType": "private" if home is None else home.kind,
            "chatTitle": "" if home is None else home.title,
        }
    return shown


def file(ctx: Context, stored: StoredFile) -> dict[str, Any]:
    """A file, without addresses (docs/portal.md#bot-file-shape)."""
    return {name: value for name, value in shapes.file(ctx, stored).items() if name not in _SECRETIVE}


def _said(ctx: Context, texts: dict[str, str]) -> str:
    """A text in the portal's language, or another; before revision 34 none is shown (docs/portal.md#bot-revisions)."""
    if ctx.quirks.bot_revision < 34:
        return ""
    return texts.get(_LANGUAGE) or next(iter(texts.values()), "")
