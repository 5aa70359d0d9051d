"""The examples do what they say, on the embedded portal."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from bitrix_im import BitrixIM
from bitrix_im.bots import BotToken, MemoryMark
from bitrix_im.testing import Portal

from ..helpers import connected

EXAMPLES = Path(__file__).parents[2] / "examples"
TOKEN = BotToken("a-bots-secret-token")


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def talk(portal, handlers, im, bot, script):
    """Run a bot while a script plays."""
    stop = anyio.Event()
    async with anyio.create_task_group() as group:

        async def play():
            for line in script:
                line()
                await anyio.sleep(8)
            stop.set()

        group.start_soon(play)
        await handlers.run(bot.events(mark=MemoryMark()), stop=stop)


def test_they_are_as_short_as_they_say():
    assert len((EXAMPLES / "echo_bot.py").read_text("utf-8").splitlines()) <= 30
    assert len((EXAMPLES / "support_bot.py").read_text("utf-8").splitlines()) <= 120


async def test_the_echo_bot_says_what_it_hears():
    portal = Portal(seed=1)
    ann = portal.person("Ann")
    async with connected(portal) as im:
        bot = await im.bots.ensure("echo", token=TOKEN, name="Echo")
        await talk(portal, example("echo_bot").handlers, im, bot, [lambda: ann.write(bot.id, "[b]hi")])
    assert portal.bot("echo").answers(ann.id)[-1] == f"[b]{ann.user.name}[/b]: [\u200bb]hi"


async def test_the_support_bot_answers_hands_over_and_closes(tmp_path):
    portal = Portal(seed=1)
    ann, boss = portal.person("Ann"), portal.person("Boss")
    module = example("support_bot")
    tickets = module.Tickets(tmp_path / "support.sqlite")
    seen = []

    def press(text):
        ids = portal.bot("support").message_ids(ann.id)
        for number in reversed(ids):
            try:
                ann.press(number, text)
            except (KeyError, ValueError, LookupError):
                continue
            return

    async with connected(portal) as im:
        bot = await im.bots.ensure("support", token=TOKEN, name="Support", commands=module.COMMANDS)
        script = [
            lambda: ann.write(bot.id, "What is the price?"),
            lambda: ann.write(bot.id, "Where is [send=/x]my hat[/send]?"),
            lambda: press("Talk to a person"),
            lambda: seen.extend(tickets.of(ann.id)),
            lambda: ann.write(bot.id, "/tickets"),
            lambda: press(f"Close {seen[0]}"),
        ]
        await talk(portal, module.support(tickets, boss.id), im, bot, script)
    answers = portal.bot("support").answers(ann.id)
    assert "It costs 42 € a month." in answers
    assert any("[\u200bsend=/x]my hat" in text for text in answers)
    assert any(f"[user={boss.id}]Our support[/user]" in text for text in answers)
    assert answers[-1] == "Closed. Glad to help."
    assert len(seen) == 1
    assert tickets.of(ann.id) == []
    tickets.db.close()


async def test_the_webhook_bot_answers_at_once_and_works_from_its_inbox(tmp_path):
    portal = Portal(seed=1)
    ann = portal.person("Ann")
    module = example("webhook_bot")
    async with portal.http() as http:
        im = BitrixIM(portal.webhook, http=http)
        inbox = module.Inbox(tmp_path / "inbox.sqlite")
        app = module.make_app(im, inbox, TOKEN, "https://bot.example.test/")
        to_app, from_app = anyio.create_memory_object_stream(5), anyio.create_memory_object_stream(5)
        async with anyio.create_task_group() as group:
            group.start_soon(app, {"type": "lifespan"}, to_app[1].receive, from_app[0].send)
            await to_app[0].send({"type": "lifespan.startup"})
            assert (await from_app[1].receive())["type"] == "lifespan.startup.complete"
            ann.write(portal.bot("echo").id, "hello")
            sent = await portal.outbox.deliver(to=app)
            assert {delivery.status for delivery in sent} == {200}
            forged = sent[-1].body.replace(TOKEN.application_token.encode(), b"another")
            status = []

            async def tell(message):
                status.append(message.get("status"))

            async def body():
                return {"type": "http.request", "body": forged}

            scope = {"type": "http", "headers": [(b"content-type", b"application/x-www-form-urlencoded")]}
            await app(scope, body, tell)
            assert status[0] == 403
            await anyio.sleep(5)
            await to_app[0].send({"type": "lifespan.shutdown"})
            assert (await from_app[1].receive())["type"] == "lifespan.shutdown.complete"
        for stream in (*to_app, *from_app):
            stream.close()
    assert portal.bot("echo").answers(ann.id)[-1] == "You wrote: hello"
    assert inbox.db.execute("SELECT count(*) FROM inbox").fetchone() == (0,)
    inbox.db.close()


@pytest.mark.slow
def test_the_demo_plays_a_conversation():
    done = subprocess.run(
        [sys.executable, "-m", "examples.demo_bot"], capture_output=True, text=True, cwd=EXAMPLES.parent, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "It costs 42 € a month." in done.stdout
    assert "waits for a person" in done.stdout
