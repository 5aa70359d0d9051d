"""What the page gets to see of a dialog, a chat and a message: plain text and numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bitrix_im import Chat, Message, MessageAdded, RecentItem
from bitrix_im.bots import bb


def dialog(item: RecentItem) -> dict[str, Any]:
    """An entry of the chat list."""
    return {
        "dialog_id": item.dialog_id,
        "title": item.title or item.dialog_id,
        "avatar": _link(item.avatar.url),
        "color": item.avatar.color,
        "pinned": item.pinned,
        "counter": item.counter,
        "text": bb.strip(item.message.text),
        "date": _date(item.message.date),
    }


def found(chat: Chat) -> dict[str, Any]:
    """A chat that a search found."""
    return {
        "dialog_id": chat.dialog_id,
        "title": chat.name or chat.dialog_id,
        "avatar": _link(chat.avatar),
        "color": chat.color,
        "pinned": False,
        "counter": chat.counter,
        "text": f"{chat.user_counter} people",
        "date": None,
    }


def message(item: Message) -> dict[str, Any]:
    """A message of the history."""
    return {
        "id": item.id,
        "author_id": item.author_id,
        "author": item.author.name if item.author else "",
        "text": bb.strip(item.text),
        "files": [file.name for file in item.files],
        "date": _date(item.date),
    }


def added(event: MessageAdded) -> dict[str, Any]:
    """A message as an event brings it."""
    return {
        "dialog_id": event.dialog_id,
        "title": event.chat.name or event.user.name,
        "message": {
            "id": event.message.id,
            "author_id": event.user.id,
            "author": event.user.name,
            "text": bb.strip(event.text),
            "files": [],
            "date": _date(event.date),
        },
    }


def _date(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _link(url: str) -> str:
    """A picture's address, where it is one that a browser may follow."""
    return url if url.startswith("https://") else ""
