"""Watching: new messages on every portal, at least once, in order, once within a run."""

from datetime import timedelta
from random import Random

import anyio
import pytest

from bitrix_im import Limits, Retry
from bitrix_im.events import Handlers, MemoryMark, MessageAdded
from bitrix_im.testing import Fault, Portal

from ..helpers import connected


def portal_with(*titles, **options):
    portal = Portal(seed=2, **options)
    return portal, *(portal.add_chat(title, members=[portal.add_user("Ann")]) for title in titles)


async def heard(events, count):
    with anyio.fail_after(3600):
        return [(event.dialog_id, event.text) for event in [await events.__anext__() for _ in range(count)]]


async def test_new_messages_come_as_events():
    portal, chat, other = portal_with("Notes", "Other")
    portal.post(chat, "before")
    async with connected(portal) as im, im.watch() as events:
        first = portal.post(chat, "one")
        portal.post(other, "two", author_id=portal.user_id)
        portal.post(chat, "[b]three[/b]", author_id=0)
        one, two, three = [await events.__anext__() for _ in range(3)]
    assert all(isinstance(event, MessageAdded) for event in (one, two, three))
    assert (one.event_id, one.message.id, one.dialog_id, one.text, one.chat.name) == (
        first,
        first,
        chat,
        "one",
        "Notes",
    )
    assert one.user.name == "Ann"
    assert [event.is_mine for event in (one, two, three)] == [False, True, False]
    assert (three.text, three.user.id, three.message.is_system) == ("[b]three[/b]", 0, True)


async def test_events_of_a_watch_are_answered_once():
    portal, chat = portal_with("Notes")
    async with connected(portal) as im, im.watch() as events:
        portal.post(chat, "question")
        event = await events.__anext__()
        assert await event.reply("answer") == await event.again().reply("answer")
    assert portal.message_texts(chat).count("answer") == 1


async def test_only_the_dialogs_that_were_asked_for():
    portal, chat, other = portal_with("Notes", "Other")
    async with connected(portal) as im, im.watch([chat]) as events:
        portal.post(other, "no")
        portal.post(chat, "yes")
        portal.post(other, "no")
        assert await heard(events, 1) == [(chat, "yes")]
        with anyio.move_on_after(30) as scope:
            await events.__anext__()
        assert scope.cancelled_caught


async def test_a_single_dialog_needs_no_list():
    portal, chat, other = portal_with("Notes", "Other")
    async with connected(portal) as im, im.watch(chat) as events:
        portal.post(other, "no")
        portal.post(chat, "yes")
        assert await heard(events, 1) == [(chat, "yes")]


@pytest.mark.parametrize("wrong", ["Launch", ["chat1", "Launch"], [None], 0, True, 1.5, b"chat1", "", [["chat1"]]])
async def test_what_is_no_dialog_id_is_refused(wrong):
    async with connected(Portal()) as im:
        with pytest.raises(ValueError, match="expected a dialog id"):
            im.watch(wrong)


async def test_without_a_mark_it_begins_now_and_saves_that_at_once():
    portal, chat = portal_with("Notes")
    last = portal.post(chat, "before")
    mark = MemoryMark()
    async with connected(portal) as im, im.watch(mark=mark):
        assert mark.offset == last


async def test_old_messages_of_a_dialog_that_rested_long_are_not_new():
    portal, chat = portal_with("Notes")
    last = portal.add_history(chat, 70)[-1]
    await anyio.sleep(timedelta(days=40).total_seconds())
    async with connected(portal) as im, im.watch(mark=(mark := MemoryMark())) as events:
        assert mark.offset == last
        portal.post(chat, "new")
        assert await heard(events, 1) == [(chat, "new")]


@pytest.mark.parametrize("days", [0.1, 6, 8, 29, 45])
async def test_after_any_time_off_everything_above_the_mark_comes(days):
    portal, *chats = portal_with(*(f"Chat {number}" for number in range(5)))
    mark = MemoryMark()
    async with connected(portal) as im:
        async with im.watch(mark=mark):
            pass
        for number in range(130):
            portal.post(chats[number % 3], str(number))
        await anyio.sleep(timedelta(days=days).total_seconds())
        portal.post(chats[4], "last")
        async with im.watch(mark=mark) as events:
            got = await heard(events, 131)
    assert got == [*((chats[number % 3], str(number)) for number in range(130)), (chats[4], "last")]


async def test_a_process_that_slept_for_weeks_misses_nothing():
    portal, chat, other = portal_with("Notes", "Other")
    async with connected(portal) as im, im.watch(interval=(2, 10 * 86400)) as events:
        portal.post(chat, "one")
        assert await heard(events, 1) == [(chat, "one")]
        await anyio.sleep(1)
        portal.post(other, "two")
        await anyio.sleep(timedelta(days=9).total_seconds())
        portal.post(chat, "three")
        assert await heard(events, 2) == [(other, "two"), (chat, "three")]


async def test_what_was_not_asked_past_comes_again_and_the_mark_stays_below():
    portal, chat = portal_with("Notes")
    mark = MemoryMark()
    async with connected(portal) as im:
        async with im.watch(mark=mark) as events:
            ids = [portal.post(chat, str(number)) for number in range(4)]
            assert [text for _, text in await heard(events, 3)] == ["0", "1", "2"]
        assert mark.offset == ids[1]
        async with im.watch(mark=mark) as events:
            assert [text for _, text in await heard(events, 2)] == ["2", "3"]


async def test_any_number_of_watchers_hear_everything():
    portal, chat = portal_with("Notes")
    got = []
    async with connected(portal) as im, anyio.create_task_group() as group:

        async def watch():
            async with im.watch() as events:
                got.append([text for _, text in await heard(events, 10)])

        for _ in range(5):
            group.start_soon(watch)
        await anyio.sleep(5)
        for number in range(10):
            portal.post(chat, str(number))
            await anyio.sleep(1)
    assert got == [[str(number) for number in range(10)]] * 5
    assert {exchange.method for exchange in portal.log} <= {"im.recent.get", "im.dialog.messages.get", "batch"}


async def test_an_idle_watch_spends_few_requests_and_a_busy_one_is_quick():
    portal, chat = portal_with("Notes")
    delays = []
    async with connected(portal) as im, im.watch() as events, anyio.create_task_group() as group:

        async def listen():
            async for event in events:
                delays.append(anyio.current_time() - float(event.text))

        group.start_soon(listen)
        await anyio.sleep(60)
        before = portal.requests
        await anyio.sleep(600)
        assert portal.requests - before <= 12 * 10
        for number in range(60):
            portal.post(chat, str(anyio.current_time()))
            await anyio.sleep(number % 5)
        group.cancel_scope.cancel()
    assert len(delays) >= 59
    assert max(delays[10:]) <= 3


async def test_a_dialog_that_is_left_does_not_stop_the_others():
    portal, chat, other = portal_with("Notes", "Other")
    async with connected(portal) as im, im.watch() as events:
        portal.post(chat, "one")
        assert await heard(events, 1) == [(chat, "one")]
        portal.leave(chat)
        portal.post(other, "two")
        assert await heard(events, 1) == [(other, "two")]


async def test_handlers_run_on_a_watch():
    portal, chat = portal_with("Notes")
    h, stop = Handlers(), anyio.Event()

    @h.on(MessageAdded, when=lambda event: not event.is_mine)
    async def answer(event):
        await event.reply(f"seen {event.text}")
        if event.text == "9":
            stop.set()

    async with connected(portal) as im, anyio.create_task_group() as group:

        async def write():
            await anyio.sleep(3)
            for number in range(10):
                portal.post(chat, str(number))

        group.start_soon(write)
        await h.run(im.watch(), stop=stop)
    assert [text for text in portal.message_texts(chat) if text.startswith("seen")] == [f"seen {n}" for n in range(10)]


@pytest.mark.grid(every=2)
async def test_nothing_is_missed_whatever_dies():
    """20 dialogs, faults, and a watcher that is killed 10 times: all at least once, in order, once within a run."""
    portal, *chats = portal_with(*(f"Chat {number}" for number in range(20)), limited=False)
    portal.faults.share(0.15, [Fault.RESET_AFTER, Fault.HTML_502_AFTER, Fault.INTERNAL_500, Fault.TRUNCATED], seed=3)
    mark, random, handled, written = MemoryMark(), Random(8), [], {chat: [] for chat in chats}

    async def consume(life, scope):
        options = {"limits": Limits.unlimited(), "retry": Retry(attempts=30), "timeout": 10}
        with scope:
            async with connected(portal, **options) as im, im.watch(mark=Deadly(mark, scope)) as events:
                async for event in events:
                    await anyio.sleep(random.choice([0, 0.2]))
                    handled.append((life, event.dialog_id, event.text))

    async with anyio.create_task_group() as group:

        async def write():
            for number in range(300):
                chat = random.choice(chats)
                written[chat].append(str(number))
                portal.post(chat, str(number))
                await anyio.sleep(random.choice([0, 0, 0.5, 2]))

        first = anyio.CancelScope()
        group.start_soon(consume, 0, first)
        await anyio.sleep(10)
        group.start_soon(write)
        scope = first
        for life in range(1, 11):
            await anyio.sleep(random.uniform(1, 40))
            scope.cancel()
            scope = anyio.CancelScope()
            group.start_soon(consume, life, scope)
        await anyio.sleep(600)
        scope.cancel()
    for chat, texts in written.items():
        got = [(life, text) for life, dialog, text in handled if dialog == chat]
        assert list(dict.fromkeys(text for _, text in got)) == texts
        assert len(got) == len(set(got)), "within a run each comes once"


class Deadly:
    """A mark that a killed process can save no more."""

    def __init__(self, mark, scope):
        self._mark, self._scope = mark, scope

    async def load(self):
        return await self._mark.load()

    async def save(self, offset):
        if not self._scope.cancel_called:
            await self._mark.save(offset)
