"""Which columns the tables have."""

from __future__ import annotations

from ..models import Chat, Message, RecentItem
from .output import Column

DIALOGS: tuple[Column[RecentItem], ...] = (
    Column("DIALOG", lambda dialog: dialog.dialog_id, width=11),
    Column("ACTIVE", lambda dialog: dialog.date_last_activity or dialog.message.date, width=16),
    Column("NEW", lambda dialog: dialog.counter or "", width=4, right=True),
    Column("TITLE", lambda dialog: dialog.title or "(no name)", share=2),
    Column("LAST MESSAGE", lambda dialog: dialog.message.text, share=3),
)

CHATS: tuple[Column[Chat], ...] = (
    Column("DIALOG", lambda chat: chat.dialog_id, width=11),
    Column("CREATED", lambda chat: chat.date_create, width=16),
    Column("TYPE", lambda chat: chat.type, width=12),
    Column("MEMBERS", lambda chat: chat.user_counter or "", width=7, right=True),
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
    Column("DATE", lambda message: message.date, width=16),
    Column("AUTHOR", _author, share=1),
    Column("TEXT", _said, share=3),
)
