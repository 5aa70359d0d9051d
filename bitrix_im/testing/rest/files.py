"""``im.disk.*`` and ``im.v2.File.*``: files of chats, and links that work once (docs/portal.md#file-upload)."""

import base64
import binascii
from typing import Any
from urllib.parse import quote

from ..world.files import LARGEST, StoredFile
from ..world.records import Chat
from . import shapes
from .calls import Answer, Context, Method, Params, RestError, accessible, chat_of


def upload(ctx: Context, params: Params) -> Answer:
    """``im.v2.File.upload``: keep a file and post it; twice posts two."""
    seat = accessible(ctx, _dialog(params))
    fields = params.raw.get("FIELDS")
    given = fields if isinstance(fields, dict) else {}
    stored = store(ctx, seat.chat, given.get("name"), given.get("content"))
    text = given.get("message")
    message_id = ctx.world.write(
        seat.chat, ctx.me, text.strip() if isinstance(text, str) else "", uuid=None, params={"FILE_ID": [stored.id]}
    )
    return Answer(
        {
            "file": shapes.file(ctx, stored),
            "messageId": message_id,
            "chatId": seat.chat.id,
            "dialogId": seat.dialog_id,
        }
    )


def download(ctx: Context, params: Params) -> Answer:
    """``im.v2.File.download``: a link that works once; with a webhook it holds the webhook's secret."""
    chat, file_id = accessible(ctx, _dialog(params)).chat, params.integer("FILEID")
    stored = ctx.world.file(file_id)
    if stored is None or stored.chat_id != chat.id:
        raise RestError("FILE_NOT_FOUND", "File not found")
    return Answer({"downloadUrl": f"{ctx.root}download/?token={quote(ctx.world.drive.link(file_id))}"})


def folder_get(ctx: Context, params: Params) -> Answer:
    """``im.disk.folder.get``: the chat's folder."""
    return Answer({"ID": _folder(chat_of(ctx, params))})


def commit(ctx: Context, params: Params) -> Answer:
    """``im.disk.file.commit``: post a file that is on the Drive already; twice posts two."""
    chat = chat_of(ctx, params)
    number = params.integer("FILE_ID") or params.integer("UPLOAD_ID")
    if number <= 0:
        raise RestError("FILE_ID_EMPTY", "File ID can't be empty")
    stored = ctx.world.file(number)
    if stored is None:
        raise RestError("FILE_NOT_FOUND", "File not found")
    text = params.text("MESSAGE").strip()
    message_id = ctx.world.write(chat, ctx.me, text, uuid=None, params={"FILE_ID": [stored.id]})
    key = f"upload{stored.id}"
    return Answer(
        {
            "FILES": {key: shapes.file(ctx, stored) | {"date": {}}},
            "DISK_ID": [str(stored.id)],
            "FILE_MODELS": {key: _model(chat, stored)},
            "MESSAGE_ID": message_id,
        }
    )


def delete(ctx: Context, params: Params) -> Answer:
    """``im.disk.file.delete``: out of the chat's folder; once more does no harm."""
    chat_of(ctx, params)
    ctx.world.drive.delete(_file_id(params))
    return Answer(True)


def save(ctx: Context, params: Params) -> Answer:
    """``im.disk.file.save``: a copy in the caller's own folder; twice makes two."""
    stored = ctx.world.file(_file_id(params))
    if stored is None:
        raise RestError("FILE_NOT_FOUND", "File not found")
    copy = ctx.world.drive.store(0, ctx.me, ctx.world.clock.seconds(), stored.name, stored.content)
    return Answer({"folder": {"id": 9000 + ctx.me, "name": "Saved Files"}, "file": {"id": copy.id, "name": copy.name}})


def _dialog(params: Params) -> Params:
    """The call's dialogId under the name that other methods have for it."""
    return Params({"DIALOG_ID": params.raw.get("DIALOGID", params.raw.get("DIALOG_ID"))})


def store(ctx: Context, chat: Chat, name: Any, content: Any) -> StoredFile:
    """Keep a file that came in Base64: FILE_EMPTY, FILE_TOO_LARGE, FILE_INVALID_CONTENT."""
    if not isinstance(name, str) or not name or not isinstance(content, str) or not content:
        raise RestError("FILE_EMPTY", "File is empty")
    if len(content) * 3 // 4 > LARGEST + 2:
        raise RestError("FILE_TOO_LARGE", "File too large")
    try:
        body = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise RestError("FILE_INVALID_CONTENT", "File content is not valid Base64") from None
    return ctx.world.drive.store(chat.id, ctx.me, ctx.world.clock.seconds(), name, body)


def _file_id(params: Params) -> int:
    number = params.integer("FILE_ID")
    if number <= 0:
        raise RestError("FILE_ID_EMPTY", "File ID can't be empty")
    return number


def _folder(chat: Chat) -> int:
    return chat.id * 2


def _model(chat: Chat, stored: StoredFile) -> dict[str, Any]:
    """A file as the Drive describes it; its dates are objects that JSON does not show."""
    link = f"/bitrix/services/main/ajax.php?action=disk.file.download&SITE_ID=s1&fileId={stored.id}"
    return {
        "id": stored.id, "name": stored.name, "createTime": {}, "updateTime": {}, "deleteTime": None,
        "code": "media_original", "xmlId": None, "storageId": 663, "realObjectId": stored.id, "parentId": _folder(chat),
        "deletedType": 0, "createdBy": str(stored.author_id), "updatedBy": str(stored.author_id), "deletedBy": "0",
        "uniqueCode": f"{stored.id:020x}", "typeFile": 2, "globalContentVersion": 1, "fileId": stored.id * 10,
        "size": stored.size, "etag": f"{stored.id:032x}",
        "links": {"download": link, "showInGrid": f"/bitrix/tools/disk/focus.php?id={stored.id}", "preview": link},
    }  # fmt: skip


METHODS: dict[str, Method] = {
    "im.disk.file.commit": commit,
    "im.disk.file.delete": delete,
    "im.disk.file.save": save,
    "im.disk.folder.get": folder_get,
    "im.v2.File.download": download,
    "im.v2.File.upload": upload,
}
