"""Handlers: the first function that fits, dialogs side by side and in order, and nothing confirmed too early."""

import logging
from random import Random
from typing import Any

import anyio
import pytest

from bitrix_im import TransportError
from bitrix_im.events import Event, Handlers, MemoryMark, MessageAdded, UserJoined

from .fake import Broken, FakePortal, Killed, Process
from .test_stream import stream


async def run(handlers, events, seconds=30, **options):
    """Run for some time, then stop."""
    stop = anyio.Event()
    async with anyio.create_task_group() as group:

        async def later():
            await anyio.sleep(seconds)
            stop.set()

        group.start_soon(later)
        await handlers.run(events, stop=stop, **options)


def portal_with(*texts, chat=5):
    portal = FakePortal(latency=0.01)
    portal.is_subscribed = True
    for text in texts:
        portal.write(chat, text)
    return portal


async def test_the_first_that_fits_handles_an_event():
    portal, heard, h = portal_with("ping", "other"), [], Handlers()
    portal.record("ONIMV2JOINCHAT", {"chat": {"id": 5, "dialogId": "chat5"}, "user": {"id": 3}})

    @h.on(MessageAdded, when=lambda event: event.text == "ping")
    async def ping(event):
        heard.append(("ping", event.text))

    @h.on(UserJoined)
    async def joined(event):
        heard.append(("joined", event.user.id))

    @h.on()
    async def rest(event):
        heard.append(("rest", event.text))

    await run(h, stream(portal))
    assert heard == [("ping", "ping"), ("rest", "other"), ("joined", 3)]
    assert portal.ids() == []


async def test_commands_are_written_and_buttons_pressed():
    portal, heard, h = portal_with(), [], Handlers()
    for name, by in (("pay", "textarea"), ("pay", "keyboard"), ("pay", "menu"), ("stay", "keyboard")):
        command = {"id": 1, "command": f"/{name}", "params": "", "context": by}
        portal.record("ONIMBOTV2COMMANDADD", {"command": command, "message": [], "chat": [], "user": {"id": 3}})

    @h.command("/pay")
    async def written(event):
        heard.append(("written", event.by))

    @h.button("pay")
    async def pressed(event):
        heard.append(("pressed", event.by))

    await run(h, stream(portal))
    assert heard == [("written", "textarea"), ("pressed", "keyboard"), ("written", "menu")]
    assert portal.ids() == []


async def test_dialogs_run_side_by_side_each_in_order_and_no_more_than_the_limit():
    portal, log, h = FakePortal(), [], Handlers()
    portal.is_subscribed = True
    for number in range(30):
        portal.write(number % 6, str(number))
    running, most = set(), 0

    @h.on(MessageAdded)
    async def handle(event):
        nonlocal most
        assert event.dialog_id not in running
        running.add(event.dialog_id)
        most = max(most, len(running))
        await anyio.sleep(1)
        running.discard(event.dialog_id)
        log.append((event.dialog_id, int(event.text)))

    await run(h, stream(portal), limit=4)
    assert most == 4
    assert len(log) == 30
    for chat in range(6):
        numbers = [number for dialog, number in log if dialog == f"chat{chat}"]
        assert numbers == sorted(numbers)


async def test_nothing_is_confirmed_above_what_is_still_handled():
    portal, h = FakePortal(), Handlers()
    portal.is_subscribed = True
    slow = portal.write(1, "slow")
    quick = [portal.write(number, "quick") for number in range(2, 8)]

    @h.on(MessageAdded)
    async def handle(event):
        await anyio.sleep(20 if event.text == "slow" else 0)
        assert not portal.deleted

    await run(h, stream(portal), seconds=25)
    assert portal.deleted == {slow, *quick}


async def test_a_function_that_fails_is_tried_again_and_its_replies_are_the_same():
    portal, attempts, h = portal_with("one", "two"), [], Handlers()

    @h.on(MessageAdded)
    async def handle(event):
        attempts.append(event.text)
        await event.reply(f"seen {event.text}")
        if len(attempts) < 3:
            raise ZeroDivisionError

    await run(h, stream(portal))
    assert attempts == ["one", "one", "one", "two"]
    assert [text for _, _, text in portal.sent.values()] == ["seen one", "seen two"]


async def test_what_fails_for_good_goes_to_on_error_and_is_confirmed(caplog):
    portal, failed, h = portal_with("bad", "good"), [], Handlers()

    @h.on(MessageAdded)
    async def handle(event):
        if event.text == "bad":
            raise ZeroDivisionError

    await run(h, stream(portal_with("bad")), attempts=2)
    assert "could not be handled" in caplog.text

    @h.on_error
    async def on_error(event, error):
        failed.append((event.text, type(error)))

    await run(h, stream(portal), attempts=2)
    assert failed == [("bad", ZeroDivisionError)]
    assert portal.ids() == []


async def test_an_error_of_on_error_ends_the_run_bare_and_confirms_nothing_of_it():
    portal, h = portal_with("good", "bad"), Handlers()

    @h.on(MessageAdded, when=lambda event: event.text == "bad")
    async def handle(event):
        raise ZeroDivisionError

    @h.on_error
    async def on_error(event, error):
        raise error

    with pytest.raises(ZeroDivisionError):
        await h.run(stream(portal), attempts=1)
    assert len(portal.ids()) == 1


async def test_an_error_of_the_stream_ends_the_run_bare_after_what_runs_is_finished():
    portal, finished, h = portal_with("one"), [], Handlers()

    @h.on(MessageAdded)
    async def handle(event):
        await anyio.sleep(10)
        finished.append(event.text)

    with pytest.raises(TransportError):
        await h.run(stream(Broken(portal, after=2)))
    assert finished == ["one"]


async def test_on_stop_what_runs_is_finished_and_the_rest_comes_again():
    portal, finished, h = portal_with("one", "two"), [], Handlers()
    portal.write(6, "other")

    @h.on(MessageAdded)
    async def handle(event):
        await anyio.sleep(10)
        finished.append(event.text)

    async with stream(portal) as events:
        await run(h, events, seconds=5)
        assert sorted(finished) == ["one", "other"]
        assert len(portal.deleted) == 1, "two stands between them"
        await run(h, events, seconds=5)
        assert finished[2:] == ["two"]
    assert portal.ids() == []


async def test_stop_does_not_wait_for_another_attempt():
    portal, h = portal_with("bad"), Handlers()

    @h.on(MessageAdded)
    async def handle(event):
        raise ZeroDivisionError

    started = portal.now
    await run(h, stream(portal), seconds=3, attempts=50)
    assert portal.now - started < 6
    assert len(portal.ids()) == 1


@pytest.mark.parametrize("options", [{"limit": 0}, {"attempts": 0}, {"limit": True}, {"attempts": 1.5}])
async def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match="whole number from 1"):
        await Handlers().run(stream(FakePortal()), **options)


def test_a_plain_function_is_refused():
    plain: Any = len
    for register in (Handlers().on(Event), Handlers().command("x"), Handlers().on_error):
        with pytest.raises(TypeError, match="async def"):
            register(plain)


async def test_what_was_answered_is_answered_once_whatever_dies():
    """12 dialogs, faults, and a process that is killed 15 times while up to 16 dialogs are being answered."""
    portal, mark, random = FakePortal(5, faults=0.15, late=0.5), MemoryMark(), Random(6)
    portal.is_subscribed = True

    async def serve(process):
        h = Handlers()

        @h.on(MessageAdded)
        async def answer(event):
            await anyio.sleep(random.choice([0, 0.1, 2]))
            await event.reply(f"{event.text}: one")
            await event.reply(f"{event.text}: two")

        with process.scope:
            try:
                await h.run(stream(process, mark=mark))
            except* Killed:
                pass

    async with anyio.create_task_group() as group:

        async def write():
            for number in range(300):
                portal.write(random.randint(1, 12), str(number))
                await anyio.sleep(random.choice([0, 0, 0.5, 1]))

        group.start_soon(write)
        for life in range(16):
            process = Process(portal)
            group.start_soon(serve, process)
            await anyio.sleep(random.uniform(0, 20) if life < 15 else 600)
            process.kill()
            await anyio.sleep(0)
    said = [(dialog, text) for _, dialog, text in portal.sent.values()]
    assert sorted(text for _, text in said) == sorted(f"{n}: {part}" for n in range(300) for part in ("one", "two"))
    for chat in range(1, 13):
        numbers = [int(text.split(":")[0]) for dialog, text in said if dialog == f"chat{chat}"]
        assert numbers == sorted(numbers)


@pytest.fixture(autouse=True)
def _warnings(caplog):
    caplog.set_level(logging.WARNING)
