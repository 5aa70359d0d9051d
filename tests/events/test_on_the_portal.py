"""Events end to end: the client, its session and its limits, against the embedded portal and its faults."""

from random import Random

import anyio
import pytest

from bitrix_im import BitrixIM, Limits, Retry
from bitrix_im.events import (
    Handlers,
    MemoryMark,
    MessageAdded,
    MessageDeleted,
    MessageUpdated,
    ReactionChanged,
)
from bitrix_im.testing import Fault, Portal, Quirks

from ..helpers import connected

FAULTS = [
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.HTML_502_AFTER,
    Fault.INTERNAL_500,
    Fault.QUERY_LIMIT,
    Fault.TRUNCATED,
    Fault.EMPTY_BODY,
]


class Process:
    """A client that can be killed: from then on none of its requests leaves, and nothing in it runs on."""

    def __init__(self, portal, **options):
        self.is_dead = False
        self.scope = anyio.CancelScope()
        self.http = portal.http(event_hooks={"request": [self.check]})
        self.im = BitrixIM(portal.webhook, http=self.http, **options)

    async def check(self, _):
        if self.is_dead:
            await anyio.sleep_forever()

    def kill(self):
        self.is_dead = True
        self.scope.cancel()


async def test_what_happens_is_heard_as_what_it_is():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes", members=[portal.add_user("Ann")])
    async with connected(portal) as im, im.events() as events:
        await im.call("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "mine"})
        theirs = portal.post(chat, "hello")
        mine = await events.__anext__()
        hello = await events.__anext__()
        await im.call("im.message.update", {"MESSAGE_ID": mine.message.id, "MESSAGE": "mine, changed"})
        await im.call("im.message.like", {"MESSAGE_ID": theirs, "ACTION": "plus"})
        await im.call("im.message.delete", {"MESSAGE_ID": mine.message.id})
        updated, liked, deleted = [await events.__anext__() for _ in range(3)]
    assert [type(event) for event in (mine, hello, updated, liked, deleted)] == [
        MessageAdded,
        MessageAdded,
        MessageUpdated,
        ReactionChanged,
        MessageDeleted,
    ]
    assert (mine.is_mine, mine.text, mine.dialog_id) == (True, "mine", chat)
    assert (hello.is_mine, hello.user.name, hello.message.id) == (False, "Ann", theirs)
    assert updated.text == "mine, changed"
    assert (liked.reaction, liked.action, liked.message_id, liked.is_mine) == ("like", "add", theirs, True)
    assert deleted.message_id == mine.message.id


async def test_an_answer_is_there_once_although_its_event_is_heard_again():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes", members=[portal.add_user("Ann")])
    async with connected(portal) as im:
        for _ in range(3):
            async with im.events() as events:
                if not portal.message_texts(chat):
                    portal.post(chat, "question")
                event = await events.__anext__()
                await event.reply("answer", reply_to=event.message.id)
                await event.reply_long("word " * 5000)
    texts = portal.message_texts(chat)
    assert texts.count("answer") == 1
    assert len(texts) == 4


async def test_stopping_and_one_consumer():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes", members=[portal.add_user("Ann")])
    async with connected(portal) as im:
        async with im.events():
            pass
        await im.stop_events()
        portal.post(chat, "unheard")
        async with im.events() as events:
            portal.post(chat, "heard")
            assert (await events.__anext__()).text == "heard"


async def test_idle_and_busy():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes", members=[portal.add_user("Ann")])
    delays = []
    async with connected(portal) as im, im.events() as events, anyio.create_task_group() as group:

        async def listen():
            async for event in events:
                delays.append(anyio.current_time() - float(event.text))

        group.start_soon(listen)
        for _ in range(5):
            before = portal.requests
            await anyio.sleep(60)
            assert portal.requests - before <= 12
        for number in range(80):
            portal.post(chat, str(anyio.current_time()))
            await anyio.sleep(number % 7)
        group.cancel_scope.cancel()
    assert len(delays) >= 79
    assert max(delays[10:]) <= 3


@pytest.mark.slow
async def test_a_thousand_events_are_handled_whatever_dies():
    """40 dialogs, every fifth request fails, ids can be read late, and the consumer is killed 20 times."""
    portal = Portal(seed=4, limited=False, quirks=Quirks(late_events=0.2, event_races=0.1))
    ann, random, mark = portal.add_user("Ann"), Random(9), MemoryMark()
    chats = [portal.add_chat(f"Chat {number}", members=[ann]) for number in range(40)]
    portal.faults.share(0.2, FAULTS, seed=5)
    options = {"limits": Limits.unlimited(), "retry": Retry(attempts=40), "timeout": 10}
    written: list[tuple[str, str]] = []
    handled: list[tuple[int, int, str, str]] = []
    life = 0

    async def consume(process, number):
        with process.scope:
            async with process.http, process.im as im, im.events(mark=mark) as events:
                async for event in events:
                    await anyio.sleep(random.choice([0, 0.01, 0.2]))
                    handled.append((number, event.event_id, event.dialog_id, event.text))

    async with anyio.create_task_group() as group:

        async def write():
            await anyio.sleep(5)
            for number in range(1000):
                chat = random.choice(chats)
                written.append((chat, str(number)))
                portal.post(chat, str(number), author_id=ann)
                await anyio.sleep(random.choice([0.1, 0.6, 1.2]))

        group.start_soon(write)
        for life in range(21):
            process = Process(portal, **options)
            group.start_soon(consume, process, life)
            await anyio.sleep(random.uniform(1, 60) if life < 20 else 1500)
            process.kill()
            await anyio.sleep(0)
    queue = portal.feed.queue(portal.user_id)
    assert queue.lost == 0, "nothing was deleted before it could be read"
    left = {event.id for event in queue.get(0, 1000, portal.clock.now())[0]}
    assert left <= {handled[-1][1]}, "nothing is left but what was not asked past"
    assert {(chat, text) for _, _, chat, text in handled} == set(written)
    late = 0
    for chat in chats:
        firsts = list(dict.fromkeys(text for _, _, dialog, text in handled if dialog == chat))
        texts = [text for dialog, text in written if dialog == chat]
        late += firsts != texts
        assert sorted(firsts) == sorted(texts)
    assert late <= 12, "only what the portal showed late came late"
    assert len(handled) < 1300


async def test_handlers_answer_everything_once_whatever_dies():
    portal = Portal(seed=4, limited=False)
    ann, random, mark = portal.add_user("Ann"), Random(9), MemoryMark()
    chats = [portal.add_chat(f"Chat {number}", members=[ann]) for number in range(12)]
    portal.faults.share(0.15, FAULTS, seed=5)
    options = {"limits": Limits.unlimited(), "retry": Retry(attempts=40), "timeout": 10}

    async def serve(process):
        h = Handlers()

        @h.on(MessageAdded, when=lambda event: not event.is_mine)
        async def answer(event):
            await anyio.sleep(random.choice([0, 0.5, 2]))
            await event.reply(f"re {event.text}")

        with process.scope:
            async with process.http, process.im as im:
                await h.run(im.events(mark=mark))

    async with anyio.create_task_group() as group:

        async def write():
            await anyio.sleep(5)
            for number in range(100):
                portal.post(random.choice(chats), str(number), author_id=ann)
                await anyio.sleep(random.choice([0.1, 0.5, 1]))

        group.start_soon(write)
        for life in range(8):
            process = Process(portal, **options)
            group.start_soon(serve, process)
            await anyio.sleep(random.uniform(1, 25) if life < 7 else 300)
            process.kill()
            await anyio.sleep(0)
    texts = [text for chat in chats for text in portal.message_texts(chat)]
    assert sorted(text for text in texts if text.startswith("re ")) == sorted(f"re {number}" for number in range(100))
