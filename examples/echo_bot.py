"""A bot that says what it hears.

Set BITRIX_IM_WEBHOOK and BOT_TOKEN, then: python examples/echo_bot.py. Make a token once, and keep it:
python -c "from bitrix_im.bots import BotToken; print(BotToken.generate().reveal())"
"""

import os

from bitrix_im.bots import BotJoined, BotToken, Handlers, MessageAdded, bb, run

handlers = Handlers()


@handlers.on(BotJoined)
async def greet(event: BotJoined) -> None:
    """Say hello."""
    await event.reply("I say what I hear. Write to me, or mention me in a group.")


@handlers.on(MessageAdded, when=lambda event: not event.user.bot)
async def echo(event: MessageAdded) -> None:
    """Say it again, so that nothing in it acts."""
    await event.reply(f"{bb.bold(bb.escape(event.user.name))}: {bb.escape(event.text)}")


if __name__ == "__main__":
    token = BotToken.from_env("BOT_TOKEN")
    run(handlers, os.environ["BITRIX_IM_WEBHOOK"], "echo", name="Echo", token=token, mark="echo.mark")
