"""The support bot in a conversation, in the terminal, on the embedded portal: ``make demo-bot``."""

import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import anyio

from bitrix_im import BitrixIM
from bitrix_im.bots import BotToken, bb
from bitrix_im.testing import Portal

from .support_bot import COMMANDS, Tickets, support


async def main() -> None:
    """Play a conversation between Ann and the bot."""
    portal = Portal(seed=1)
    ann, boss = portal.person("Ann"), portal.person("Boss")
    with tempfile.TemporaryDirectory() as folder:
        async with portal.http() as http, BitrixIM(portal.webhook, http=http) as im:
            bot = await im.bots.ensure("support", token=BotToken.generate(), name="Support", commands=COMMANDS)
            seen = portal.bot("support")
            tickets, shown, stop = Tickets(Path(folder) / "support.sqlite"), 0, anyio.Event()

            def press(button: str) -> Callable[[], object]:
                def act() -> None:
                    for number in reversed(seen.message_ids(ann.id)):
                        with contextlib.suppress(KeyError):
                            ann.press(number, button)
                            return

                return act

            def write(text: str) -> Callable[[], object]:
                return lambda: ann.write(bot.id, text)

            async def play() -> None:
                nonlocal shown
                for said, act in (
                    ("Ann writes", write("What is the price?")),
                    ("Ann writes", write("Where is my hat?")),
                    ("Ann presses", press("Talk to a person")),
                    ("Ann writes", write("/tickets")),
                ):
                    act()
                    _say(said, seen.messages(ann.id)[-1] if said == "Ann writes" else "Talk to a person")
                    await anyio.sleep(2.5)
                    for text in seen.answers(ann.id)[shown:]:
                        _say("  Bot", bb.strip(text))
                    shown = len(seen.answers(ann.id))
                    if seen.buttons(ann.id):
                        _say("     ", "  ".join(f"[{button}]" for button in seen.buttons(ann.id)))
                stop.set()

            async with anyio.create_task_group() as group:
                group.start_soon(play)
                await support(tickets, boss.id).run(bot.events(interval=(0.3, 2)), stop=stop)
            tickets.db.close()


def _say(who: str, text: str) -> None:
    sys.stdout.write(f"{who}: {text}\n")


if __name__ == "__main__":
    anyio.run(main)
