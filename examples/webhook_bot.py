"""A bot in webhook mode that loses nothing: it answers at once, and works from an inbox in SQLite.

The portal sends each event once, and whoever answers late or with an error loses it. So the request only puts the body
into the inbox, and a task of its own works from there. A crash in between repeats the work: replies are keyed, so they
are said once. Run it with any ASGI server: uvicorn examples.webhook_bot:app
"""

import contextlib
import os
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import anyio

from bitrix_im import BitrixError, BitrixIM
from bitrix_im.bots import Bot, BotToken, MessageAdded, bb, parse_webhook
from bitrix_im.errors import UnexpectedResponse, WebhookForged

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Inbox:
    """Requests in their order, until they are worked on."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, kind TEXT, body BLOB)")
        self.filled = anyio.Event()

    def put(self, kind: str, body: bytes) -> None:
        """Keep a request; it is on the disk when this returns."""
        self.db.execute("INSERT INTO inbox (kind, body) VALUES (?, ?)", (kind, body))
        self.filled.set()

    async def next(self) -> tuple[int, str, bytes]:
        """The oldest, once there is one."""
        while (row := self.db.execute("SELECT id, kind, body FROM inbox ORDER BY id LIMIT 1").fetchone()) is None:
            self.filled = anyio.Event()
            await self.filled.wait()
        return int(row[0]), str(row[1]), bytes(row[2])

    def done(self, number: int) -> None:
        """It is worked on."""
        self.db.execute("DELETE FROM inbox WHERE id = ?", (number,))


async def work(inbox: Inbox, bot: Bot, token: BotToken) -> None:
    """Work from the inbox for ever, in order; what cannot be done now is tried again."""
    while True:
        number, kind, body = await inbox.next()
        event = bot.adopt(parse_webhook(kind, body, token=token))
        try:
            if isinstance(event, MessageAdded) and not event.user.bot:
                await event.reply(f"You wrote: {bb.escape(event.text)}")
        except BitrixError:
            await anyio.sleep(5)
            continue
        inbox.done(number)


def make_app(
    im: BitrixIM, inbox: Inbox, token: BotToken, address: str
) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """The ASGI app of a bot that is told of events at *address*."""

    async def lifespan(receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(im)
            bot = await im.bots.ensure("echo", token=token, name="Echo", mode="webhook", webhook_url=address)
            group = await stack.enter_async_context(anyio.create_task_group())
            group.start_soon(work, inbox, bot, token)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            group.cancel_scope.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        kind = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        body, more = b"", True
        while more and len(body) < 1_000_000:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        try:
            parse_webhook(kind, body, token=token)
            inbox.put(kind, body)
            status = 200
        except WebhookForged:
            status = 403
        except (UnexpectedResponse, ValueError):
            status = 400
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


if "BITRIX_IM_WEBHOOK" in os.environ and "BOT_ADDRESS" in os.environ:
    app = make_app(
        BitrixIM(os.environ["BITRIX_IM_WEBHOOK"]),
        Inbox("inbox.sqlite"),
        BotToken.from_env("BOT_TOKEN"),
        os.environ["BOT_ADDRESS"],
    )
