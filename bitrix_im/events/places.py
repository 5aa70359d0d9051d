"""Who did what where: the objects in an event's data, any of which may be missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from ..convert import structure
from ..convert.values import is_nothing
from ..models import BotChat, BotMessage, BotUser, Model

M = TypeVar("M", bound=Model)

_EPOCH = datetime.fromtimestamp(0, UTC)


def object_of(value: Any, kind: type[M], name: str, otherwise: Callable[[], M]) -> M:
    """An object that may come as ``[]``, or as one with id 0 (docs/portal.md#bot-empty-objects)."""
    if is_nothing(value) or (isinstance(value, dict) and value.get("id") in (0, "0", "", None)):
        return otherwise()
    return structure(value, kind, at=f"$.data.{name}")


def user_of(data: Mapping[str, Any]) -> BotUser:
    """Who did it; id 0 where unknown."""
    return object_of(data.get("user"), BotUser, "user", lambda: BotUser(id=0))


def chat_of(data: Mapping[str, Any]) -> BotChat:
    """Where it happened; id 0 where unknown."""
    return object_of(data.get("chat"), BotChat, "chat", lambda: BotChat(id=0, dialog_id=""))


def message_of(data: Mapping[str, Any], date: datetime | None) -> BotMessage:
    """The message of an event; of a deleted one just the id may be told."""
    sent = data.get("message")
    if isinstance(sent, dict) and not sent.get("date") and set(sent) <= {"id", "chatId"}:
        sent = {**sent, "date": (date or _EPOCH).isoformat()}
    return object_of(sent, BotMessage, "message", lambda: BotMessage(id=0, date=date or _EPOCH))


def place_of(data: Mapping[str, Any]) -> str:
    """Where an event happened, by the first thing that tells (docs/portal.md#bot-reply-to, #bot-empty-chat)."""

    def told(name: str, *keys: str) -> Any:
        inner = data.get(name)
        return next((inner[key] for key in keys if inner.get(key)), None) if isinstance(inner, dict) else None

    for dialog_id in (told("chat", "dialogId"), data.get("dialogId")):
        if isinstance(dialog_id, str | int) and str(dialog_id) not in ("", "0"):
            return str(dialog_id)
    chat_id = told("chat", "id") or told("message", "chatId")
    if chat_id and str(chat_id).isdecimal() and int(chat_id):
        return f"chat{int(chat_id)}"
    user_id = told("user", "id")
    return str(user_id) if user_id and str(user_id).isdecimal() and int(user_id) else ""
