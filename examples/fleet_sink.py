"""What happens on many portals, as entries of one Redis Stream: one worker of a fleet.

Start as many as you like, on any number of hosts; each portal is heard by one of them:

    python examples/fleet_sink.py redis://cache:6379/0 webhooks.json        # {"acme": "https://acme.bitrix24.com/rest/…"}

At least once: after a crash an entry may come twice, with the same `key`. So a consumer keeps the keys that it has seen
(`SET seen:KEY 1 NX EX 86400`), or writes to a table with a unique key. Another broker takes another `put`.
"""

import json
import sys
from pathlib import Path

import anyio
import anyio.to_thread
from redis import Redis

from bitrix_im import BitrixIM, Event, Fleet, Mine

STREAM = "bitrix-im:events"
KEPT = 1_000_000  # entries, about


class RedisMark:
    """How far the events of a portal are confirmed: where the next owner, on whatever host, goes on."""

    def __init__(self, redis: Redis, portal: str) -> None:
        self._redis = redis
        self._key = f"bitrix-im:mark:{portal}"

    async def load(self) -> int | None:
        """What was saved last."""
        found = await anyio.to_thread.run_sync(self._redis.get, self._key)
        return None if found is None else int(str(found))

    async def save(self, offset: int) -> None:
        """Keep it."""
        await anyio.to_thread.run_sync(self._redis.set, self._key, offset)


class Sink:
    """One worker: it hears the portals that are its own."""

    def __init__(self, server: str, webhooks: dict[str, str]) -> None:
        self._webhooks = webhooks
        self._redis: Redis = Redis.from_url(server, decode_responses=True)

    async def hear(self, mine: Mine) -> None:
        """Hear one portal, for as long as it is this worker's."""
        mark = RedisMark(self._redis, mine.portal)
        async with mine, BitrixIM(self._webhooks[mine.portal]) as im, im.events(mark=mark) as events:
            async for event in events:  # asking for the next one confirms the one before: that is in the stream by now
                await anyio.to_thread.run_sync(self.put, mine.portal, event)

    def put(self, portal: str, event: Event) -> None:
        """Append one event."""
        self._redis.xadd(
            STREAM,
            {
                "key": f"{portal}:{event.event_id}",
                "portal": portal,
                "type": event.type,
                "date": event.date.isoformat() if event.date else "",
                "data": json.dumps(event.data, ensure_ascii=False),
            },
            maxlen=KEPT,
            approximate=True,
        )

    def close(self) -> None:
        """Close the connections to Redis."""
        self._redis.close()


async def main(server: str, webhooks: dict[str, str], lease: float = 10.0) -> None:
    """Hear this worker's part of the portals, until it is cancelled."""
    sink = Sink(server, webhooks)
    try:
        async with Fleet(server, webhooks, lease, name="events") as fleet, anyio.create_task_group() as tasks:
            async for mine in fleet:
                tasks.start_soon(sink.hear, mine)
    finally:
        sink.close()


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8")))
