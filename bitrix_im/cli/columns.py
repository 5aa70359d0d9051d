"""Which columns the tables have."""

from __future__ import annotations

from ..events import Event
from ..models import Chat, Message, RecentItem
from .output import Column

DIALOGS: tuple[Column[RecentItem], ...] = (
    Column("DIALOG", lambda dialog: dialog.dialog_id, width=11),
    Column("ACTIVE", lambda dialog: dialog.date_last_activity or dialog.message.date, width=16, room=70),
    Column("NEW", lambda dialog: dialog.counter or "", width=4, right=True, room=50),
    Column("TITLE", lambda dialog: dialog.title or "(no name)", share=2),
    Column("LAST MESSAGE", lambda dialog: dialog.message.text, share=3),
)

CHATS: tuple[Column[Chat], ...] = (
    Column("DIALOG", lambda chat: chat.dialog_id, width=11),
    Column("CREATED", lambda chat: chat.date_create, width=16, room=70),
    Column("TYPE", lambda chat: chat.type, width=12, room=80),
    Column("MEMBERS", lambda chat: chat.user_counter or "", width=7, right=True, room=50),
    Column("NAME", lambda chat: chat.name, share=1),
)


def _author(message: Message) -> str:
    if message.author is not None:
        return message.author.name
    return f"user {message.author_id}" if message.author_id else "(system)"


def _said(message: Message) -> str:
    return " ".join([message.text, *(f"[{file.name}]" for file in message.files)])


MESSAGES: tuple[Column[Message], ...] = (
    Column("ID", lambda message: message.id, width=11),
    Column("DATE", lambda message: message.date, width=16, room=60),
    Column("AUTHOR", _author, share=1),
    Column("TEXT", _said, share=3),
)


def _kind(event: Event) -> str:
    return event.type if type(event) is Event else type(event).__name__


def _who(event: Event) -> str:
    user = getattr(event, "user", None)
    if user is None or not user.id:
        return ""
    return str(user.name or f"user {user.id}")


def _what(event: Event) -> str:
    parts = [getattr(event, name, None) for name in ("action", "reaction", "name", "params", "text")]
    return " ".join(str(part) for part in parts if part)


EVENTS: tuple[Column[Event], ...] = (
    Column("DATE", lambda event: event.date, width=16, room=90),
    Column("EVENT", _kind, width=15, room=60),
    Column("DIALOG", lambda event: event.dialog_id, width=11),
    Column("WHO", _who, share=1),
    Column("TEXT", _what, share=3),
)
