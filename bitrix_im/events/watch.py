"""New messages on every portal and for any number of watchers: the list of what changed, then walks backwards.

docs/portal.md#watching. The event queue is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import anyio

from ..methods import _parameters as check
from ..paging import Caller
from ..rest.call import Call
from .changes import Changes, lasts, messages_of, server_time
from .event import Event, read_event
from .marks import Mark, MemoryMark
from .pace import Pace, check_interval
from .replies import Listener, Voice
from .stream import EventStream
from .watching import Watching

_MEMORY = 6.5 * 86400  # seconds that a look may lie back: the server goes back 7 days
_MOST = 1000  # messages that are held unhandled before another look
_UNIT = 25  # dialogs that are walked in one request


class Watch(EventStream):
    """New messages of some dialogs, or of all; its mark is the id below which all is handed out."""

    def __init__(
        self,
        caller: Caller,
        listener: Listener | None,
        voice: Voice,
        dialogs: Iterable[str | int] | str | int | None = None,
        *,
        mark: Mark | None = None,
        interval: tuple[float, float] | None = None,
    ) -> None:
        super().__init__()
        self._caller = caller
        self._changes = Changes(caller)
        self._listener = listener
        self._voice = voice
        self._wanted = None if dialogs is None else _dialog_ids(dialogs)
        self._mark = mark if mark is not None else MemoryMark()
        self._interval = check_interval(interval)
        self._pace = Pace(self._interval)
        self._rules = Watching(0)
        self._events: dict[int, Event] = {}
        self._saved: int | None = None
        self._since: datetime | None = None  # by the server's clock; None: everything
        self._looked: float | None = None

    async def _open(self) -> None:
        if self._listener is None:
            reply = await self._caller.call(Call("im.user.get"))
            self._listener = Listener("user", int(reply.result["id"]))
        self._saved = await self._mark.load()
        if not self._saved:
            items, reply = await self._changes.recent()
            if not items:  # all dialogs rest for a month: their old messages must not pass for new
                items, _ = await self._changes.page(0)
            await self._save(max([1, *(last for _, last in lasts(items))]))  # 0 would be no mark
            self._since = server_time(reply)
            self._looked = anyio.current_time()
        self._rules = Watching(self._saved or 0)

    async def _take(self) -> Event:
        while True:
            now = anyio.current_time()
            pause = 0.0 if self._looked is None else self._pace.wait(self._looked, now)
            if not pause and self._rules.held < _MOST:
                await self._look()
            if (number := self._rules.take()) is not None:
                return self._returned.pop(number, None) or self._events[number]
            await anyio.sleep(self._pace.wait(self._looked or now, anyio.current_time()) or self._interval[0])

    async def _confirm(self, *, wait: bool) -> None:
        pause = self._rules.until_proven(anyio.current_time())
        if pause is not None and (wait or not pause):
            await anyio.sleep(pause)
            await self._look()
        await self._save(self._rules.remember())

    def _done(self, number: int) -> None:
        self._rules.done(number)
        self._events.pop(number, None)

    def _give_back(self, number: int) -> bool:
        return self._rules.give_back(number)

    async def _save(self, mark: int) -> None:
        if mark != self._saved:
            await self._mark.save(mark)
            self._saved = mark

    # --- looking ------------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        """See what changed, walk that, and save how far all is handled."""
        begun = anyio.current_time()
        is_long_ago = self._looked is not None and begun - self._looked > _MEMORY
        items, since = await self._changes.changed(self._rules.mark, None if is_long_ago else self._since)
        self._looked = begun
        raw = {_dialog_id(item): item for item in items}
        walks = self._rules.looked([(name, last) for name, last in lasts(items) if self._is_wanted(name)], begun)
        is_news = False
        for place in range(0, len(walks), _UNIT):
            found = await self._changes.walk(walks[place : place + _UNIT])
            for name, pages in found.items():
                if pages is None:
                    self._rules.gone(name)
                    continue
                messages = {int(message["id"]): (message, page) for page in pages for message in messages_of(page)}
                for number in self._rules.walked(name, messages, begun, anyio.current_time()):
                    self._events[number] = self._event(name, raw.get(name, {}), *messages[number])
                    is_news = True
        self._since = since
        (self._pace.busy if is_news else self._pace.calm)()
        await self._save(self._rules.finished(begun, anyio.current_time()))

    def _is_wanted(self, name: str) -> bool:
        return self._wanted is None or name in self._wanted

    def _event(self, name: str, item: Mapping[str, Any], message: Mapping[str, Any], page: Mapping[str, Any]) -> Event:
        """A message as an event has it."""
        number, author = int(message["id"]), message.get("author_id")
        people = page.get("users") or []
        user = next((one for one in people if isinstance(one, dict) and one.get("id") == author), {"id": author or 0})
        told = item.get("chat")
        chat = {
            **(told if isinstance(told, dict) else {}),
            "id": page.get("chat_id") or 0,
            "dialog_id": name,
            "name": item.get("title") or "",
        }
        data = {"message": {**message, "is_system": not author}, "chat": chat, "user": user}
        raw = {
            "eventId": number,
            "type": "ONIMV2MESSAGEADD",
            "date": message.get("date"),
            "data": {part: {_camel(key): value for key, value in whole.items()} for part, whole in data.items()},
        }
        return read_event(raw, self._listener, self._voice, cause=f"{self._listener}/message{number}")

    def __repr__(self) -> str:
        return f"<watch of {self._listener or 'somebody'}>"


def _dialog_ids(dialogs: Any) -> frozenset[str]:
    """The ids of several dialogs, or of one that stands by itself: a text would be taken for its letters."""
    is_one = isinstance(dialogs, str | bytes) or not isinstance(dialogs, Iterable)
    return frozenset(map(check.dialog_id, [dialogs] if is_one else dialogs))


def _dialog_id(item: Mapping[str, Any]) -> str:
    return str(item.get("id"))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
