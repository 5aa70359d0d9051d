"""JSON shapes of messages and their files, after the official response examples."""

from collections.abc import Iterable
from typing import Any

from ...world.drafts import Message
from ...world.files import StoredFile, drafted
from ...world.records import Chat
from ..calls import Context
from .users import user


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
        file(ctx, ctx.world.drive.get(number) or drafted(number, chat.id, post.author_id, post.date))
        for post in posts
        for number in post.file_ids
        if number % 9 != 4 or not ctx.quirks.missing_files
    ]


def file(ctx: Context, stored: StoredFile) -> dict[str, Any]:
    """A file, in camelCase."""
    number, picture = stored.id, stored.picture
    author = ctx.world.users.get(stored.author_id)
    link = f"https://portal.bitrix24.test/bitrix/services/main/ajax.php?action=disk.file&fileId={number}"
    return {
        "id": number,
        "chatId": stored.chat_id,
        "date": ctx.world.clock.iso(stored.date),
        "type": "image" if picture else "file",
        "name": stored.name,
        "extension": stored.extension,
        "size": stored.size,
        "image": {"height": 61 + number % 500, "width": 72 + number % 700} if picture else False,
        "status": "done",
        "progress": 100,
        "authorId": stored.author_id,
        "authorName": author.name if author else "",
        "urlPreview": f"{link}&preview=Y" if picture else "",
        "urlShow": link,
        "urlDownload": f"{link}&download=Y",
        "viewerAttrs": {
            "viewer": "",
            "viewerType": "image" if picture else "code",
            "src": link,
            "objectId": str(number),
            "viewerGroupBy": str(stored.chat_id),
            "imChatId": stored.chat_id,
            "title": stored.name,
            "actions": '[{"type":"download"}]',
        },
        "mediaUrl": {"preview": {"250": link if picture else ""}},
        "isTranscribable": False,
        "isVideoNote": False,
        "isVoiceNote": False,
    }
