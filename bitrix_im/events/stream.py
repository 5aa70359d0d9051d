"""A queue of events as an async iterator: it asks, hands out, and confirms what was handled."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

import anyio

from ..errors import BitrixError, api_error
from ..paging import Caller
from ..rest.call import Call
from .claims import Claim
from .event import Event, entries_of, read_event
from .marks import Mark, MemoryMark
from .poll import Poll, check_interval
from .replies import Listener, Voice
from .types import BotDeleted

log = logging.getLogger("bitrix_im")

_GRACE = 10.0  # seconds that leaving may take to confirm what was handled
_HASTE = 2.0  # the same, where the task is cancelled
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


class EventStream:
    """``async with … as events: async for event in events``: what happens, as it happens, at least once.

    Asking for the next event says that the one before is handled; `done` says so of any. Leaving confirms what was
    handled, saves the mark and drops the rest, which comes again the next time. An error of the portal's comes out of
    the ``async for`` once the client's retries gave up; asking again goes on from there.

    One task at a time may ask. Several dialogs at once: `Handlers`.
    """

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
        self._caller = caller
        self._queue = queue
        self._mark = mark if mark is not None else MemoryMark()
        self._interval = check_interval(interval)
        self._claim = Claim(owner, name)
        self._listener: Listener | None = None
        self._poll: Poll | None = None
        self._raw: dict[int, Mapping[str, Any]] = {}
        self._returned: dict[int, Event] = {}
        self._current: int | None = None
        self._saved: int | None = None
        self._heard = 0.0  # when something came last, or was subscribed to
        self._asking = False
        self._is_open = False
        self._warned = False
        self._end: BitrixError | None = None

    # --- entering and leaving -----------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        if self._poll is not None:
            raise RuntimeError("this stream was entered before: make a new one")
        self._claim.take()
        try:
            offset = await self._mark.load()
            self._listener = await self._queue.open()
        except BaseException:
            self._claim.drop()
            raise
        self._saved = offset
        self._heard = anyio.current_time()
        self._poll = Poll(offset, self._interval)
        self._is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._claim.drop()
        self._is_open = False
        is_cancelled = error is not None and not isinstance(error, Exception)
        try:
            await self._settle(is_cancelled=is_cancelled)
        except Exception as problem:
            if error is None:
                raise
            log.warning("the mark could not be saved: %s", problem)  # the error inside comes out, and bare

    async def confirm(self) -> None:
        """Confirm what is handled by now, as leaving does: within seconds, or it comes again."""
        await self._settle(is_cancelled=False)

    async def _settle(self, *, is_cancelled: bool) -> None:
        lost = "what was handled last could not be confirmed, and will come again: %s"
        try:
            with anyio.move_on_after(_HASTE if is_cancelled else _GRACE, shield=is_cancelled) as scope:
                await self._confirm(wait=not is_cancelled)
        except BitrixError as problem:
            log.warning(lost, problem)
        else:
            if scope.cancelled_caught:
                log.warning(lost, "the portal took too long")

    async def _confirm(self, *, wait: bool) -> None:
        """Prove by one more read what was handled, then confirm it by another."""
        rules = self._rules
        pause = rules.until_proven(anyio.current_time())
        if pause is not None and (wait or not pause):
            await anyio.sleep(pause)
            await self._read()
        if rules.has_to_confirm:
            await self._read(limit=1)

    @property
    def is_open(self) -> bool:
        """Whether it is entered, and not left."""
        return self._is_open

    # --- iterating ----------------------------------------------------------------------------------------------------

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._current is not None:
            self._rules.done(self._current)
            self._current = None
        event = await self.take()
        self._current = event.event_id
        return event

    async def take(self) -> Event:
        """The next event, without a word on the ones before: say `done` of each when it is handled."""
        if self._asking:
            raise RuntimeError("another task asks this stream already: one asks, or use Handlers")
        self._asking = True
        try:
            return await self._take()
        finally:
            self._asking = False

    def done(self, event: Event) -> None:
        """Say that *event* is handled, whatever became of those before it."""
        if event.event_id is not None:
            self._rules.done(event.event_id)

    def give_back(self, event: Event) -> None:
        """Hand *event* out again: it was taken, and not handled."""
        if event.event_id is not None and self._rules.give_back(event.event_id):
            self._returned[event.event_id] = event

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
        assert self._listener is not None  # noqa: S101 - it was entered
        if number in self._returned:
            return self._returned.pop(number).again()
        event = read_event(self._raw.pop(number), self._listener, self._queue.voice)
        if isinstance(event, BotDeleted):
            self._end = api_error("BOT_NOT_FOUND", "the bot was deleted: nothing will come any more")
        return event

    # --- asking -------------------------------------------------------------------------------------------------------

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

    @property
    def _rules(self) -> Poll:
        if self._poll is None:
            raise RuntimeError("expected 'async with … as events': a stream is entered before it is read")
        return self._poll

    def __repr__(self) -> str:
        return f"EventStream({self._listener or 'not entered'})"
