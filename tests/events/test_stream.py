"""A stream of events: at least once, in order, confirmed when handled, and politely."""

import logging
from random import Random

import anyio
import pytest

from bitrix_im import MethodNotFound, TransportError
from bitrix_im.events import Event, MemoryMark, MessageAdded, MessageDeleted
from bitrix_im.events.queue import QueueStream
from bitrix_im.events.user import UserQueue

from .fake import ME, Broken, FakePortal, Killed, Process


def stream(caller, **options):
    return QueueStream(caller, UserQueue(caller, ME), **options)


async def heard(events, count):
    """The texts of the next *count* events."""
    return [(await events.__anext__()).text for _ in range(count)]


async def test_events_come_typed_and_in_order():
    portal = FakePortal()
    async with stream(portal) as events:
        portal.write(5, "one")
        portal.write(6, "two", author=ME)
        first, second = await events.__anext__(), await events.__anext__()
    assert isinstance(first, MessageAdded)
    assert (first.text, first.dialog_id, first.user.name, first.is_mine) == ("one", "chat5", "User 2", False)
    assert (second.text, second.is_mine) == ("two", True)


async def test_asking_for_the_next_confirms_the_one_before():
    portal, mark = FakePortal(), MemoryMark()
    async with stream(portal, mark=mark) as events:
        first, second = portal.write(5, "one"), portal.write(5, "two")
        assert await heard(events, 2) == ["one", "two"]
    assert portal.deleted == {first}
    assert portal.ids() == [second]
    assert mark.offset == first + 1


async def test_what_was_not_asked_past_comes_again():
    portal, mark = FakePortal(), MemoryMark()
    async with stream(portal, mark=mark) as events:
        for text in ("one", "two", "three"):
            portal.write(5, text)
        assert await heard(events, 2) == ["one", "two"]
    async with stream(portal, mark=mark) as events:
        assert await heard(events, 2) == ["two", "three"]


async def test_an_event_that_was_said_to_be_done_does_not_come_again():
    portal = FakePortal()
    async with stream(portal) as events:
        portal.write(5, "stop")
        events.done(await events.__anext__())
    assert portal.ids() == []


@pytest.mark.parametrize("how", ["break", "error"])
async def test_leaving_early_confirms_what_was_handled_and_drops_the_rest(how):
    portal, mark = FakePortal(), MemoryMark()

    async def run():
        async with stream(portal, mark=mark) as events:
            ids = [portal.write(5, str(number)) for number in range(5)]
            async for event in events:
                if event.text == "2":
                    if how == "error":
                        raise ZeroDivisionError
                    break
            return ids
        raise AssertionError("unreachable")

    if how == "error":
        with pytest.raises(ZeroDivisionError):
            await run()
    else:
        await run()
    assert len(portal.deleted) == 2
    assert mark.offset == max(portal.deleted) + 1
    assert len(portal.ids()) == 3


async def test_leaving_waits_a_second_at_most():
    portal = FakePortal(latency=0)
    async with stream(portal) as events:
        portal.write(5, "one")
        await heard(events, 1)
        portal.write(5, "two")
        await heard(events, 1)
        left = portal.now
    assert portal.now - left <= 1.0
    assert len(portal.deleted) == 1


async def test_a_cancelled_task_leaves_at_once_and_confirms_what_needs_no_wait():
    portal = FakePortal(latency=0)
    first = None
    with anyio.CancelScope() as scope:
        async with stream(portal) as events:
            first = portal.write(5, "one")
            portal.write(5, "two")
            await heard(events, 2)
            await anyio.sleep(4)
            left = portal.now
            scope.cancel()
            await anyio.sleep(1)
    assert portal.now == left
    assert portal.deleted == {first}


async def test_leaving_an_unreachable_portal_is_no_error_and_takes_seconds(caplog):
    portal = FakePortal()
    portal.is_subscribed = True
    for text in ("one", "two"):
        portal.write(5, text)
    async with stream(Broken(portal, after=2)) as events:
        await heard(events, 2)
    assert portal.deleted == set()
    assert "come again" in caplog.text


async def test_a_mark_that_cannot_be_saved_is_an_error():
    class Full(MemoryMark):
        async def save(self, offset):
            raise OSError("no space left")

    portal = FakePortal()
    with pytest.raises(OSError, match="no space"):
        async with stream(portal, mark=Full()) as events:
            portal.write(5, "one")
            portal.write(5, "two")
            await heard(events, 2)
    assert portal.deleted == set()


async def test_an_error_of_the_portal_comes_out_and_the_stream_goes_on_after_it():
    portal = FakePortal()
    broken = Broken(portal, after=2)
    async with stream(broken) as events:
        portal.write(5, "one")
        assert await heard(events, 1) == ["one"]
        with pytest.raises(TransportError):
            await events.__anext__()
        broken.left = 1000
        portal.write(5, "two")
        assert await heard(events, 1) == ["two"]


async def test_a_new_event_is_heard_although_the_server_remembers_that_there_was_nothing():
    portal = FakePortal()
    async with stream(portal) as events, anyio.create_task_group() as group:

        async def write():
            await anyio.sleep(40)
            late = portal.write(5, "here")
            portal.empty_until = portal.now + 60  # the race: it forgot to forget
            assert late

        group.start_soon(write)
        started = portal.now
        assert await heard(events, 1) == ["here"]
        assert portal.now - started < 40 + 16


async def test_an_idle_stream_spends_few_requests_and_a_busy_one_is_quick():
    portal = FakePortal(latency=0.1)
    delays = []
    async with stream(portal) as events, anyio.create_task_group() as group:

        async def listen():
            async for event in events:
                delays.append(portal.now - float(event.text))

        group.start_soon(listen)
        await anyio.sleep(120)
        before = len(portal.log)
        await anyio.sleep(600)
        assert len(portal.log) - before <= 12 * 10
        for number in range(100):
            portal.write(5, str(portal.now))
            await anyio.sleep(number % 8)
        assert len(delays) == 100
        assert max(delays[:5]) <= 15.3
        assert max(delays[10:]) <= 3
        group.cancel_scope.cancel()


async def test_a_queue_that_somebody_unsubscribed_is_subscribed_again():
    portal = FakePortal()
    async with stream(portal) as events, anyio.create_task_group() as group:
        portal.write(5, "one")
        assert await heard(events, 1) == ["one"]
        portal.is_subscribed = False

        async def write():
            await anyio.sleep(330)
            portal.write(5, "after")

        group.start_soon(write)
        assert await heard(events, 1) == ["after"]


async def test_a_portal_without_events_says_what_to_use():
    portal = FakePortal()
    portal.has_events = False
    with pytest.raises(MethodNotFound) as raised:
        async with stream(portal):
            pass
    assert "im.watch" in "".join(raised.value.__notes__)


async def test_one_consumer_a_queue():
    portal, owner = FakePortal(), FakePortal()
    async with stream(portal, owner=owner):
        with pytest.raises(RuntimeError, match="one consumer a queue"):
            async with stream(portal, owner=owner):
                pass
    async with stream(portal, owner=owner):
        pass


async def test_a_consumer_elsewhere_is_noticed(caplog):
    portal = FakePortal()
    async with stream(portal) as events:
        for number in range(4):
            portal.write(5, str(number))
        await heard(events, 1)
        portal.get(offset=portal.next_id + 1)
        assert await heard(events, 3) == ["1", "2", "3"]
        await anyio.sleep(3)
        portal.write(5, "more")
        assert await heard(events, 1) == ["more"]
        assert events.taken == 4
    assert "somebody else consumes" in caplog.text


async def test_a_stream_says_how_it_is_used():
    portal = FakePortal()
    events = stream(portal)
    with pytest.raises(RuntimeError, match="async with"):
        await events.__anext__()
    async with events, anyio.create_task_group() as group:
        group.start_soon(events.take)
        await anyio.sleep(0.01)
        with pytest.raises(RuntimeError, match="another task"):
            await events.__anext__()
        group.cancel_scope.cancel()
    with pytest.raises(RuntimeError, match="make a new one"):
        async with events:
            pass


@pytest.mark.parametrize(
    "interval",
    [
        (0, 1),
        (5, 2),
        (-1, 5),
        5,
        (2,),
        (1, 2, 3),
        ("a", "b"),
        "25",
        (True, 5),
        (1, float("nan")),
        (1, None),
        {1: 2, 3: 4},
    ],
)
async def test_an_impossible_interval_is_refused(interval):
    with pytest.raises(ValueError, match=r"expected interval to be \(shortest, longest\) seconds"):
        stream(FakePortal(), interval=interval)


async def test_the_mark_is_sent_first_and_never_0():
    portal = FakePortal()
    for mark, offset in ((None, 1), (0, 1), (77, 77)):
        async with stream(portal, mark=MemoryMark(mark)) as events:
            with anyio.move_on_after(1):
                await events.__anext__()
        assert [params["offset"] for _, method, params in portal.log if method == "im.v2.Event.get"][-1] == offset


async def test_what_cannot_be_read_arrives_as_it_came(caplog):
    portal = FakePortal()
    async with stream(portal) as events:
        portal.record("ONIMV2SOMETHINGNEW", {"chat": {"dialogId": "chat9"}, "x": 1})
        portal.record("ONIMV2MESSAGEADD", {"message": {"id": "abc"}, "chat": [], "user": []})
        portal.record("ONIMV2MESSAGEDELETE", {"messageId": "17", "chat": {"id": 4, "dialogId": "chat4"}, "user": []})
        portal.record("ONIMV2MESSAGEADD", [])
        portal.oddities = [{"type": "NOID"}, {"eventId": "?", "type": "X"}, None, [], {"eventId": 5}]
        unknown, broken, deleted, empty = [await events.__anext__() for _ in range(4)]
    assert (type(unknown), unknown.dialog_id, unknown.data["x"]) == (Event, "chat9", 1)
    assert type(broken) is Event
    assert isinstance(deleted, MessageDeleted)
    assert (deleted.message_id, deleted.user.id, deleted.dialog_id) == (17, 0, "chat4")
    assert isinstance(empty, MessageAdded)
    assert (empty.message.id, empty.user.id, empty.chat.id, empty.dialog_id) == (0, 0, 0, "")


async def test_all_events_are_handled_whatever_dies():
    """40 dialogs, every fifth request fails, ids commit late, and the consumer is killed 20 times."""
    portal, mark, random = FakePortal(3, faults=0.2, late=0.9), MemoryMark(), Random(4)
    portal.is_subscribed = True
    written: dict[int, list[str]] = {chat: [] for chat in range(1, 41)}
    handled: list[tuple[int, int, str]] = []
    runs = 0

    async def consume(process):
        with process.scope:
            try:
                async with stream(process, mark=mark) as events:
                    async for event in events:
                        assert portal.deleted <= {number for _, number, _ in handled}
                        await anyio.sleep(random.choice([0, 0.01, 0.3]))
                        handled.append((runs, event.event_id, f"{event.dialog_id} {event.text}"))
            except Killed:
                pass

    async with anyio.create_task_group() as group:

        async def write():
            for number in range(300):
                chat = random.randint(1, 40)
                written[chat].append(str(number))
                portal.write(chat, str(number), late=random.uniform(0, 0.9))
                await anyio.sleep(random.choice([0, 0, 0, 0.5, 2]))

        group.start_soon(write)
        for runs in range(21):
            process = Process(portal)
            group.start_soon(consume, process)
            await anyio.sleep(random.uniform(0, 25) if runs < 20 else 1000)
            process.kill()
            await anyio.sleep(0)
    assert runs == 20
    assert portal.deleted <= {number for _, number, _ in handled}
    assert {text for _, _, text in handled} == {f"chat{c} {text}" for c, texts in written.items() for text in texts}
    for run in range(21):
        ids = [number for at, number, _ in handled if at == run]
        assert len(ids) == len(set(ids)), "within a run each comes once"
    for chat, texts in written.items():
        firsts = list(dict.fromkeys(text.split()[1] for _, _, text in handled if text.startswith(f"chat{chat} ")))
        assert firsts == texts
    assert len(handled) < 300 + 20 * 40


@pytest.fixture(autouse=True)
def _warnings(caplog):
    caplog.set_level(logging.WARNING)
