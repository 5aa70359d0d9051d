"""Bots end to end: the client, its session and its limits, against the embedded portal and its people."""

from random import Random
from statistics import median
from typing import Any

import anyio
import pytest

from bitrix_im import BitrixError, BotError, Limits, MethodNotFound, Retry
from bitrix_im.bots import (
    BotDeleted,
    BotJoined,
    BotToken,
    CommandCalled,
    ContextOpened,
    Handlers,
    MemoryMark,
    MessageAdded,
    MessageUpdated,
    ReactionChanged,
    attach,
    bb,
    keyboard,
)
from bitrix_im.testing import Fault, Portal, Quirks

from ..events.test_on_the_portal import FAULTS, Process
from ..helpers import connected

TOKEN = BotToken("a-bots-secret-token")
COMMANDS: dict[str, Any] = {"help": {"en": "Show help"}, "pay": None}


async def support(im, **options):
    return await im.bots.ensure("support", token=TOKEN, name="Support", commands=COMMANDS, **options)


async def test_a_conversation():
    portal = Portal(seed=1)
    ann = portal.person("Ann")
    async with connected(portal) as im:
        bot = await support(im)
        async with bot.events() as events:
            ann.write(bot.id, "Hello [send=/pay]x[/send]")
            joined = await events.__anext__()
            hello = await events.__anext__() if isinstance(joined, BotJoined) else joined
            assert isinstance(hello, MessageAdded)
            row = keyboard.row(keyboard.command("Pay", "pay", "42"))
            block = attach.grid({"Sum": "42"})
            said = await hello.reply(f"{hello.user.name}: {bb.escape(hello.text)}", keyboard=row, attach=[block])
            assert said is not None
            ann.press(said, "Pay")
            pressed = await events.__anext__()
            assert isinstance(pressed, CommandCalled)
            assert (pressed.name, pressed.params, pressed.by, pressed.user.id) == ("pay", "42", "keyboard", ann.id)
            await pressed.reply("Paid " + pressed.params)
            ann.write(bot.id, "/help me")
            called = await events.__anext__()
            assert isinstance(called, CommandCalled)
            assert (called.name, called.params, called.by) == ("help", "me", "textarea")
            ann.react(said, "like")
            liked = await events.__anext__()
            assert isinstance(liked, ReactionChanged)
            ann.follow(bot.id, {"task": 5})
            opened = await events.__anext__()
            assert isinstance(opened, ContextOpened)
            assert (opened.context["task"], opened.dialog_id) == (5, str(ann.id))
    seen = portal.bot("support")
    assert seen.answers(ann.id)[-2:] == [f"{ann.user.name}: Hello [\u200bsend=/pay]x[\u200b/send]", "Paid 42"]


async def test_in_a_group_it_hears_mentions_alone_without_the_mention():
    portal = Portal(seed=1)
    ann = portal.person("Ann")
    async with connected(portal) as im:
        bot = await support(im)
        chat = await bot.chats.create("Team", users=[ann.id], message="Hello")
        async with bot.events() as events:
            ann.write(chat.dialog_id, "not for the bot")
            number = ann.write(chat.dialog_id, f"[USER={bot.id}]Support[/USER], what now?")
            event = await events.__anext__()
            while not isinstance(event, MessageAdded):
                event = await events.__anext__()
            assert (event.text, event.dialog_id, event.message_id) == ("what now?", chat.dialog_id, number)
            ann.edit(number, f"[USER={bot.id}]Support[/USER], and now?")
            changed = await events.__anext__()
            assert isinstance(changed, MessageUpdated)
            assert changed.text == "and now?"
        assert {user.id for user in await bot.chats.users(chat.dialog_id)} == {ann.id, bot.id}


async def test_making_sure_twice_is_no_write_and_what_differs_is_written():
    portal = Portal(seed=1)
    options = {"last_name": "Bot", "position": "Helper", "hidden": True, "color": "PINK"}
    async with connected(portal) as im:
        one = await support(im, **options)
        before = len(portal.log)
        two = await support(im, **options)
        assert [exchange.method for exchange in portal.log[before:]] == ["imbot.v2.bot.get", "imbot.v2.command.list"]
        assert one.id == two.id
        before = len(portal.log)
        await im.bots.ensure("support", token=TOKEN, name="Helper", commands={"help": {"en": "Help me"}})
        called = [exchange.method.removeprefix("imbot.v2.") for exchange in portal.log[before:]]
        assert called == ["bot.get", "bot.update", "command.list", "command.unregister", "command.update"]
        before = len(portal.log)
        await im.bots.ensure("support", token=TOKEN, name="Helper", commands={"help": {"en": "Help me"}})
        assert len(portal.log) - before == 2
        with pytest.raises(BotError, match="codes are unique"):
            await im.bots.ensure("support", token=BotToken.generate(), name="x")
        assert [info.code for info in await im.bots.list(token=TOKEN).collect()] == ["support"]


async def test_a_token_is_rotated():
    portal = Portal(seed=1)
    ann = portal.person("Ann")
    async with connected(portal) as im:
        bot = await support(im)
        new = BotToken.generate()
        await bot.rotate_token(new)
        await bot.send(ann.id, "still here")
        with pytest.raises(BotError, match="BOT_OWNERSHIP_ERROR"):
            await (await im.bots.get(bot.id, token=TOKEN)).send(ann.id, "x")


def shown_by(error):
    """All that a traceback with locals would show."""
    while error is not None:
        yield f"{error!r} {error}"
        trace = error.__traceback__
        while trace is not None:
            if "bitrix_im" in trace.tb_frame.f_code.co_filename:
                yield from map(repr, trace.tb_frame.f_locals.values())
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("fault", [Fault.INTERNAL_500, Fault.RESET_BEFORE, Fault.GARBAGE, Fault.ACCESS_DENIED])
async def test_no_error_shows_the_token_not_even_in_the_locals_of_its_frames(fault):
    portal = Portal(seed=1)
    async with connected(portal, retry=Retry(attempts=1)) as im:
        bot = await support(im)
        for act in (
            lambda: bot.send("chat5", "x"),
            lambda: support(im),
            lambda: bot.rotate_token(BotToken(TOKEN.reveal() + "-2")),
        ):
            portal.faults.next(fault)
            with pytest.raises(BitrixError) as raised:
                await act()
            assert not [text for text in shown_by(raised.value) if TOKEN.reveal() in text]


async def test_a_deleted_bot_ends_its_stream():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        bot = await support(im)
        async with bot.events() as events:
            await bot.unregister()
            before = portal.requests
            with pytest.raises(BotError):
                assert isinstance(await events.__anext__(), BotDeleted)
                await events.__anext__()
            assert portal.requests - before <= 2
        await bot.unregister()


async def test_an_old_portal_says_that_it_has_no_such_bots():
    portal = Portal(seed=1, quirks=Quirks(bots=False))
    async with connected(portal) as im:
        with pytest.raises(MethodNotFound):
            await support(im)


async def test_an_idle_bot_spends_five_requests_a_minute_at_most():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        bot = await support(im)
        async with bot.events() as events, anyio.create_task_group() as group:
            group.start_soon(events.take)
            await anyio.sleep(60)
            before = portal.requests
            await anyio.sleep(600)
            assert portal.requests - before <= 50
            group.cancel_scope.cancel()


@pytest.mark.grid(every=2)
async def test_fifty_dialogs_at_once_are_answered_within_seconds_without_a_refusal():
    portal = Portal(seed=1, rate=2, burst=50)
    people = [portal.person(f"Person {number}") for number in range(50)]
    asked, delays, h = {}, [], Handlers()

    @h.on(MessageAdded)
    async def answer(event):
        await event.reply(f"re {event.text}")
        delays.append(anyio.current_time() - asked[event.text])

    async with connected(portal, limits=Limits(rate=2, burst=50)) as im:
        bot = await support(im)
        stop = anyio.Event()
        async with anyio.create_task_group() as group:

            async def write():
                await anyio.sleep(5)
                for number in range(4):
                    for person in people:
                        text = f"{number} of {person.id}"
                        asked[text] = anyio.current_time()
                        person.write(bot.id, text)
                        await anyio.sleep(0.02)
                    await anyio.sleep(20)
                stop.set()

            group.start_soon(write)
            await h.run(bot.events(), limit=50, stop=stop)
    assert len(delays) == 200
    assert median(delays) <= 3
    assert portal.refusals == 0


@pytest.mark.slow
async def test_a_bot_answers_everything_once_whatever_dies():
    """500 messages and 100 presses under faults; the process dies 15 times."""
    portal = Portal(seed=4, limited=False)
    random, mark = Random(9), MemoryMark()
    people = [portal.person(f"Person {number}") for number in range(12)]
    options: dict[str, Any] = {"limits": Limits.unlimited(), "retry": Retry(attempts=40), "timeout": 10}
    async with connected(portal, **options) as im:
        bot = await support(im)
        menus = {}
        for person in people:
            person.write(bot.id, "start")
            row = keyboard.row(*(keyboard.command(f"Pay {n}", "pay", str(n)) for n in range(600)[5::6] if n % 12 == 5))
            menus[person.id] = await bot.send(person.id, "menu", keyboard=row)
    portal.faults.share(0.15, FAULTS, seed=5)

    async def serve(process):
        h = Handlers()

        @h.on(MessageAdded, when=lambda event: event.text != "start")
        async def hear(event):
            await anyio.sleep(random.choice([0, 0.2, 1]))
            await event.reply(f"re {event.text}")

        @h.button("pay")
        async def pay(event):
            await event.reply(f"paid {event.params}")

        with process.scope:
            async with process.http, process.im as im:
                bot = await support(im)
                await h.run(bot.events(mark=mark))

    async with anyio.create_task_group() as group:

        async def write():
            for number in range(600):
                person = random.choice(people)
                if number % 12 == 5:
                    person.press(menus[person.id], f"Pay {number}")
                else:
                    person.write(bot.id, str(number))
                await anyio.sleep(random.choice([0.02, 0.2, 0.5]))

        group.start_soon(write)
        for life in range(16):
            process = Process(portal, **options)
            group.start_soon(serve, process)
            await anyio.sleep(random.uniform(1, 15) if life < 15 else 300)
            process.kill()
            await anyio.sleep(0)
    answers = {person.id: portal.bot("support").answers(person.id)[1:] for person in people}
    said = [text for texts in answers.values() for text in texts]
    assert sorted(said) == sorted(f"paid {n}" if n % 12 == 5 else f"re {n}" for n in range(600))
    for texts in answers.values():
        numbers = [int(text.split()[1]) for text in texts]
        assert numbers == sorted(numbers)
