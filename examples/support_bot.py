"""A support bot: commands, buttons, a slow answer, hand-over to a person; its state is in SQLite.

Set BITRIX_IM_WEBHOOK, BOT_TOKEN and SUPPORT_USER (the id of who takes over), then: python examples/support_bot.py

Every handler may run again after a crash. So what it says is keyed by the event (``event.reply``), and what it stores
is stored under the event's own id: doing it twice does it once.
"""

import os
import sqlite3

import anyio

from bitrix_im.bots import BotJoined, BotToken, CommandCalled, Event, Handlers, MessageAdded, bb, keyboard, run

ANSWERS = {"price": "It costs 42 € a month.", "hours": "We are here from 9 to 17."}
COMMANDS = {
    "help": {"en": "What I can do", "de": "Was ich kann"},
    "tickets": {"en": "Your open questions", "de": "Ihre offenen Fragen"},
    "topic": None,  # hidden: for buttons
    "person": None,
    "close": None,
}
MENU = [
    keyboard.row(keyboard.command("Price", "topic", "price"), keyboard.command("Hours", "topic", "hours")),
    keyboard.row(keyboard.command("Talk to a person", "person", color="primary")),
]


class Tickets:
    """Questions that a person shall answer."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("CREATE TABLE IF NOT EXISTS tickets (event INTEGER PRIMARY KEY, user INTEGER, is_open INTEGER)")

    def open(self, event: CommandCalled) -> int | None:
        """Open a ticket; the same event opens the same one."""
        self.db.execute("INSERT OR IGNORE INTO tickets VALUES (?, ?, 1)", (event.event_id, event.user.id))
        return event.event_id

    def close(self, number: int) -> None:
        """Close one."""
        self.db.execute("UPDATE tickets SET is_open = 0 WHERE event = ?", (number,))

    def of(self, user_id: int) -> list[int]:
        """Somebody's open tickets."""
        rows = self.db.execute("SELECT event FROM tickets WHERE user = ? AND is_open ORDER BY event", (user_id,))
        return [number for (number,) in rows]


def support(tickets: Tickets, person: int) -> Handlers:
    """The handlers of a bot that hands over to *person*."""
    handlers = Handlers()

    @handlers.on(BotJoined)
    async def greet(event: BotJoined) -> None:
        await event.reply("Hello! How can I help?", keyboard=MENU)

    @handlers.command("help")
    async def show_help(event: CommandCalled) -> None:
        await event.reply("Ask me, or press a button.", keyboard=MENU)

    @handlers.command("tickets")
    async def show_tickets(event: CommandCalled) -> None:
        numbers = tickets.of(event.user.id)
        lines = [f"Question {number} waits for a person." for number in numbers] or ["You have no open questions."]
        buttons = [keyboard.command(f"Close {number}", "close", str(number)) for number in numbers[:5]]
        await event.reply("\n".join(lines), keyboard=keyboard.row(*buttons) if buttons else None)

    @handlers.button("topic")
    async def answer_topic(event: CommandCalled) -> None:
        await event.reply(ANSWERS.get(event.params, "That button is from another time. Ask /help."))

    @handlers.button("person")
    async def hand_over(event: CommandCalled) -> None:
        number = tickets.open(event)
        await event.reply(f"{bb.mention(person, 'Our support')} will answer you: question {number}.")

    @handlers.button("close")
    async def close(event: CommandCalled) -> None:
        tickets.close(int(event.params) if event.params.isdecimal() else 0)
        await event.reply("Closed. Glad to help.")

    @handlers.on(MessageAdded, when=lambda event: not event.user.bot and event.text)
    async def think(event: MessageAdded) -> None:
        async with event.typing(status="thinking"):
            await anyio.sleep(1)  # here a slow search, or a model
            topic = next((topic for topic in ANSWERS if topic in event.text.lower()), None)
        if topic is not None:
            await event.reply(ANSWERS[topic], reply_to=event.message.id)
        else:
            await event.reply(f"I do not know about “{bb.escape(event.text[:80])}”.", keyboard=MENU)

    @handlers.on_error
    async def apologise(event: Event, error: Exception) -> None:
        await event.reply("Something went wrong here. A person will look at it.")
        raise error  # it ends the bot, and whoever watches it is told

    return handlers


if __name__ == "__main__":
    run(
        support(Tickets("support.sqlite"), int(os.environ["SUPPORT_USER"])),
        os.environ["BITRIX_IM_WEBHOOK"],
        "support",
        name="Support",
        token=BotToken.from_env("BOT_TOKEN"),
        mark="support.mark",
        commands=COMMANDS,
    )
