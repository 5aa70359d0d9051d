"""``imbot.v2.File.*``: files that bots post and fetch (docs/portal.md#file-upload)."""

from urllib.parse import quote

from ..calls import Answer, Context, Method, Params, RestError
from ..files import store
from . import shapes
from .calls import as_bot, bot_of, fields_of, seat_of, text_of


def upload(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.File.upload``: keep a file and post it; twice posts two."""
    bot = bot_of(ctx, params)
    seen, seat = as_bot(ctx, bot), seat_of(ctx, bot, params)
    fields = fields_of(params)
    stored = store(seen, seat.chat, fields.get("name"), fields.get("content"))
    text = text_of(fields.get("message")).strip()
    message_id = ctx.world.write(seat.chat, bot.id, text, uuid=None, params={"FILE_ID": [stored.id]})
    bot.sent += 1
    return Answer(
        {
            "file": shapes.file(seen, stored),
            "messageId": message_id,
            "chatId": seat.chat.id,
            "dialogId": seat.dialog_id,
        }
    )


def download(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.File.download``: a link that works once; with a webhook it holds the webhook's secret."""
    bot, file_id = bot_of(ctx, params), params.integer("FILEID")
    stored = ctx.world.file(file_id)
    chat = None if stored is None else ctx.world.chats.get(stored.chat_id)
    if chat is None or bot.id not in chat.members:
        raise RestError("FILE_NOT_FOUND", "File not found")
    return Answer({"downloadUrl": f"{ctx.root}download/?token={quote(ctx.world.drive.link(file_id, 'imbot'))}"})


METHODS: dict[str, Method] = {"imbot.v2.File.download": download, "imbot.v2.File.upload": upload}
