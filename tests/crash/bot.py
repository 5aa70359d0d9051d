"""A bot program that is going to be killed: ``python -m tests.crash.bot WEBHOOK FOLDER``."""

import sys
from pathlib import Path
from random import Random

import anyio

from bitrix_im import Limits, Retry
from bitrix_im.bots import BotToken, Handlers, MessageAdded, run

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


if __name__ == "__main__":
    webhook, folder = sys.argv[1:]
    run(
        handlers,
        webhook,
        CODE,
        name=NAME,
        token=TOKEN,
        commands=COMMANDS,
        mark=Path(folder) / "bot.mark",
        limits=Limits(rate=50, burst=50),
        retry=Retry(attempts=40),
        timeout=10,
    )
