"""The example that puts events of many portals into a Redis Stream, against real servers."""

import threading
import time
from contextlib import ExitStack, closing

import anyio
import pytest

from bitrix_im.testing import Portal
from examples.fleet_sink import STREAM, main

PATIENCE = 60.0
pytestmark = [pytest.mark.slow, pytest.mark.redis]


def until(what):
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


class Running:
    """A worker in a thread, on an event loop of its own."""

    def __init__(self, server, webhooks, backend):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: anyio.run(self._run, server, webhooks, backend=backend))
        self._thread.start()

    async def _run(self, server, webhooks):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(main, server, webhooks, 0.5)
            while not self._stop.is_set():
                await anyio.sleep(0.05)
            tasks.cancel_scope.cancel()

    def close(self):
        self._stop.set()
        self._thread.join(PATIENCE)


def test_each_event_of_each_portal_comes_into_the_stream_and_the_next_worker_goes_on_where_the_last_one_was(
    redis_server,
):
    portals = {name: Portal(seed=number, limited=False) for number, name in enumerate(("acme", "zeta"))}
    chats = {name: portal.add_chat("Work") for name, portal in portals.items()}
    with closing(redis_server.client()) as redis, ExitStack() as stack:
        webhooks = {name: stack.enter_context(portal.serving()) for name, portal in portals.items()}

        def write(text):
            for name, portal in portals.items():
                portal.person(1).write(chats[name], text)

        def entries():
            return [fields for _, fields in redis.xrange(STREAM)]

        first = stack.enter_context(closing(Running(redis_server.url, webhooks, "asyncio")))
        until(lambda: all("im.v2.event.get" in [entry.method for entry in each.log] for each in portals.values()))
        write("one")
        until(lambda: len(entries()) >= 2)
        first.close()
        write("two")
        stack.enter_context(closing(Running(redis_server.url, webhooks, "trio")))
        until(lambda: len({fields["key"] for fields in entries()}) >= 4)

        until(lambda: all(redis.get(f"bitrix-im:mark:{name}") for name in portals))
        found = {fields["key"]: fields for fields in entries()}
        assert len(found) == 4
        for name in portals:
            texts = [fields["data"] for fields in found.values() if fields["portal"] == name]
            assert len(texts) == 2
            assert "one" in texts[0]
            assert "two" in texts[1]
        assert {fields["type"] for fields in found.values()} == {"ONIMV2MESSAGEADD"}
