"""A bot program that is going to be killed: ``python -m tests.crash.bot WEBHOOK FOLDER LOOP``."""

import sys
from pathlib import Path
from random import Random
from typing import Any

import anyio

from bitrix_im import BitrixIM, Limits, Retry
from bitrix_im.bots import BotToken, FileMark, Handlers, MessageAdded, run
from bitrix_im.bots.run import serve

TOKEN = BotToken("a-bots-secret-token")
CODE, NAME = "crash", "Crash"
COMMANDS = {"pay": None}

handlers = Handlers()
random = Random()


@handlers.on(MessageAdded, when=lambda event: not event.user.bot)
async def hear(event: MessageAdded) -> None:
    """Answer, after as long as an answer may take."""
    await anyio.sleep(random.uniform(0, 0.2))
    await event.reply(f"re {event.text}")


@handlers.button("pay")
async def pay(event):
    """Answer who pressed."""
    await anyio.sleep(random.uniform(0, 0.2))
    await event.reply(f"paid {event.params}")


OPTIONS: dict[str, Any] = {"limits": Limits(rate=50, burst=50), "retry": Retry(attempts=40), "timeout": 10}


async def on_trio(webhook: str, mark: Path) -> None:
    """What `run` does, which starts asyncio."""
    async with BitrixIM(webhook, **OPTIONS) as im:
        await serve(handlers, im.bots, CODE, name=NAME, token=TOKEN, commands=COMMANDS, mark=FileMark(mark))


if __name__ == "__main__":
    webhook, folder, loop = sys.argv[1:]
    mark = Path(folder) / "bot.mark"
    if loop == "trio":
        anyio.run(on_trio, webhook, mark, backend="trio")
    else:
        run(handlers, webhook, CODE, name=NAME, token=TOKEN, commands=COMMANDS, mark=mark, **OPTIONS)
