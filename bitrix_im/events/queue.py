"""A stream of what stands in an event queue of the portal's: it asks, hands out, and confirms by asking."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

import anyio

from ..errors import BitrixError, api_error
from ..paging import Caller
from ..rest.call import Call
from .claims import Claim
from .event import Event, entries_of, read_event
from .marks import Mark, MemoryMark
from .pace import check_interval
from .poll import Poll
from .replies import Listener, Voice
from .stream import EventStream
from .types import BotDeleted

log = logging.getLogger("bitrix_im")

_SILENCE = 300.0  # seconds without an event after which a queue is subscribed anew


class Queue(Protocol):
    """An event queue of the portal's."""

    async def open(self) -> Listener:
        """Make sure that events arrive in it, and say whose they are."""
        ...

    async def renew(self) -> None:
        """Make sure once more: somebody may have switched it off, and it would only look empty."""
        ...

    def call(self, offset: int, limit: int) -> Call:
        """The call that confirms what lies below *offset*, and reads up to *limit* events from there."""
        ...

    @property
    def voice(self) -> Voice:
        """Who answers its events."""
        ...


class QueueStream(EventStream):
    """Events of a queue; its mark is the offset below which all is confirmed."""

    def __init__(
        self,
        caller: Caller,
        queue: Queue,
        *,
        mark: Mark | None = None,
        interval: tuple[float, float] | None = None,
        owner: object = None,
        name: str = "events",
    ) -> None:
        super().__init__()
        self._caller = caller
        self._queue = queue
        self._mark = mark if mark is not None else MemoryMark()
        self._claim = Claim(owner, name)
        self._listener: Listener | None = None
        self._rules = Poll(None, check_interval(interval))
        self._interval = check_interval(interval)
        self._raw: dict[int, Mapping[str, Any]] = {}
        self._saved: int | None = None
        self._heard = 0.0  # when something came last, or was subscribed to
        self._warned = False
        self._end: BitrixError | None = None

    async def _open(self) -> None:
        self._claim.take()
        try:
            self._saved = await self._mark.load()
            self._listener = await self._queue.open()
        except BaseException:
            self._claim.drop()
            raise
        self._heard = anyio.current_time()
        self._rules = Poll(self._saved, self._interval)

    def _close(self) -> None:
        self._claim.drop()

    async def _confirm(self, *, wait: bool) -> None:
        """Prove by one more read what was handled, then confirm it by another."""
        pause = self._rules.until_proven(anyio.current_time())
        if pause is not None and (wait or not pause):
            await anyio.sleep(pause)
            await self._read()
        if self._rules.has_to_confirm:
            await self._read(limit=1)

    def _done(self, number: int) -> None:
        self._rules.done(number)

    def _give_back(self, number: int) -> bool:
        return self._rules.give_back(number)

    @property
    def taken(self) -> int:
        """Events that vanished from the queue before they were confirmed here: another consumer is at work."""
        return self._rules.taken

    async def _take(self) -> Event:
        rules = self._rules
        while True:
            pause = rules.wait(anyio.current_time())
            if not pause and not rules.is_full and self._end is None:
                await self._read()
            if (number := rules.take()) is not None:
                return self._event(number)
            if self._end is not None:
                raise self._end.again()
            await anyio.sleep(rules.wait(anyio.current_time()) or self._interval[0])

    def _event(self, number: int) -> Event:
        if number in self._returned:
            return self._returned.pop(number)
        event = read_event(self._raw.pop(number), self._listener, self._queue.voice)
        if isinstance(event, BotDeleted):
            self._end = api_error("BOT_NOT_FOUND", "the bot was deleted: nothing will come any more")
        return event

    async def _read(self, limit: int | None = None) -> None:
        rules, now = self._rules, anyio.current_time()
        if now - self._heard > _SILENCE:
            await self._queue.renew()
            self._heard = now
        asked = rules.ask(now, limit=limit)
        if asked.offset > 1 and asked.offset != self._saved:
            await self._mark.save(asked.offset)  # before the portal deletes what lies below
            self._saved = asked.offset
        reply = await self._caller.call(self._queue.call(asked.offset, asked.limit))
        entries = entries_of(reply.result)
        new = rules.read(asked, entries.keys(), anyio.current_time())
        self._raw.update({number: entries[number] for number in new})
        if new:
            self._heard = anyio.current_time()
        if rules.taken and not self._warned:
            self._warned = True
            log.warning(
                "%d events vanished before they were confirmed here: somebody else consumes the queue of %s, "
                "and each loses what the other confirms. One consumer a queue: see Handlers",
                rules.taken,
                self._listener,
            )

    def __repr__(self) -> str:
        return f"<events of {self._listener or 'a stream that was not entered'}>"
