"""A caller that keeps a user's event queue as the server does (docs/portal.md#event-offset and what follows)."""

from datetime import UTC, datetime, timedelta
from random import Random

import anyio

from bitrix_im.errors import MethodNotFound, TransportError, api_error
from bitrix_im.rest.call import Reply

EPOCH = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
ME = 1
MEMORY = 60.0


class Killed(BaseException):
    """The process is gone: nothing in it runs on."""


class FakePortal:
    """Rows, who subscribed, and what was sent; *late* is the longest time between an id and its commit."""

    def __init__(self, seed=0, *, faults=0.0, late=0.0, latency=0.05):
        self.random = Random(seed)
        self.faults, self.late, self.latency = faults, late, latency
        self.rows = []
        self.committed = {}
        self.oddities = []
        self.deleted = set()
        self.is_subscribed = False
        self.has_events = True
        self.empty_until = 0.0
        self.log = []
        self.sent = {}
        self.next_id = 500

    @property
    def now(self):
        return anyio.current_time()

    def record(self, kind, data, late=None):
        """Record an event; its id is given now, and seen a little later."""
        self.next_id += self.random.choice([1, 1, 2, 7])
        committed = self.now + (self.random.uniform(0, self.late) if late is None else late)
        if isinstance(data, dict) and data.get("chat"):  # what one chat holds is written in turn
            chat_id = data["chat"].get("id")
            committed = self.committed[chat_id] = max(committed, self.committed.get(chat_id, 0))
        row = {
            "eventId": self.next_id,
            "type": kind,
            "date": (EPOCH + timedelta(seconds=int(self.now))).isoformat(),
            "data": data,
        }
        if self.is_subscribed:
            self.rows.append((committed, row))
            self.empty_until = 0.0
        return self.next_id

    def write(self, chat_id, text, author=2, **options):
        data = {
            "message": {
                "id": self.next_id * 10,
                "chatId": chat_id,
                "authorId": author,
                "date": (EPOCH + timedelta(seconds=int(self.now))).isoformat(),
                "text": text,
                "params": [],
            },
            "chat": {"id": chat_id, "dialogId": f"chat{chat_id}", "name": f"Chat {chat_id}", "type": "chat"},
            "user": {"id": author, "name": f"User {author}", "bot": False},
            "language": "en",
        }
        return self.record("ONIMV2MESSAGEADD", data, **options)

    def ids(self):
        return [row["eventId"] for _, row in self.rows]

    def count(self, method):
        return sum(name == method for _, name, _ in self.log)

    async def call(self, call):
        """One call with a session's retries: a fault loses the request or the answer, and it is made again."""
        while True:
            await anyio.sleep(self.latency)
            self.log.append((self.now, call.method, dict(call.params)))
            if self.random.random() < self.faults / 2:
                await anyio.sleep(0.5)
                continue
            result = self.answer(call)
            await anyio.sleep(self.latency)
            if self.random.random() < self.faults / 2:
                await anyio.sleep(0.5)
                continue
            return Reply(result)

    def answer(self, call):
        match call.method:
            case "im.v2.Event.subscribe":
                if not self.has_events:
                    raise MethodNotFound("ERROR_METHOD_NOT_FOUND", "Method not found!", 404, call.method)
                self.is_subscribed = True
                return True
            case "im.v2.Event.unsubscribe":
                self.is_subscribed = False
                return True
            case "im.v2.Event.get":
                return self.get(**call.params)
            case "im.user.get":
                return {"id": ME, "name": "Me"}
            case "im.dialog.writing":
                return True
            case "im.message.add":
                key = call.params["TEMPLATE_ID"] or len(self.sent)
                return self.sent.setdefault(
                    key, (1000 + len(self.sent), call.params["DIALOG_ID"], call.params["MESSAGE"])
                )[0]
        raise api_error("ERROR_METHOD_NOT_FOUND", method=call.method)

    def get(self, offset=0, limit=100):
        limit = min(1000, max(1, limit))
        if offset > 0:
            self.deleted |= {row["eventId"] for _, row in self.rows if row["eventId"] < offset}
            self.rows = [(at, row) for at, row in self.rows if row["eventId"] >= offset]
            self.empty_until = 0.0
        if self.now < self.empty_until:
            return {"events": [], "nextOffset": max(0, offset), "hasMore": False}
        seen = sorted((row for at, row in self.rows if at <= self.now), key=lambda row: row["eventId"])[:limit]
        if not seen:
            self.empty_until = self.now + MEMORY
        return {
            "events": [*seen, *self.oddities],
            "nextOffset": seen[-1]["eventId"] + 1 if seen else max(0, offset),
            "hasMore": len(seen) >= limit,
        }


class Process:
    """A process that can be killed: from then on nothing of it reaches the portal."""

    def __init__(self, portal):
        self.portal = portal
        self.scope = anyio.CancelScope()
        self.is_dead = False

    def kill(self):
        self.is_dead = True
        self.scope.cancel()

    async def call(self, call):
        if self.is_dead:
            raise Killed
        return await self.portal.call(call)

    async def unit(self, calls):
        return [await self.call(call) for call in calls]


class Broken:
    """A portal that cannot be reached, after so many calls."""

    def __init__(self, portal, after):
        self.portal, self.left = portal, after

    async def call(self, call):
        self.left -= 1
        if self.left < 0:
            raise TransportError("no answer")
        return await self.portal.call(call)
