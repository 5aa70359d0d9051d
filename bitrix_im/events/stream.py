"""A queue of events as an async iterator: it asks, hands out, and confirms what was handled."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

import anyio

from ..convert import structure
from ..errors import BitrixError, UnexpectedResponse, api_error
from ..paging import Caller
from ..rest.call import Call, Reply
from .claims import Claim
from .event import Event, read_event
from .marks import Mark, MemoryMark
from .poll import Poll
from .replies import Listener, Voice
from .types import BotDeleted

log = logging.getLogger("bitrix_im")

INTERVAL = (2.0, 15.0)
"""Seconds between two reads: when something happens, and when nothing does."""

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
        self._current: int | None = None
        self._saved: int | None = None
        self._heard = 0.0  # when something came last, or was subscribed to
        self._asking = False
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
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._claim.drop()
        for number in self._rules.drop():
            del self._raw[number]
        is_cancelled = error is not None and not isinstance(error, Exception)
        try:
            with anyio.move_on_after(_HASTE if is_cancelled else _GRACE, shield=is_cancelled) as scope:
                await self._confirm(wait=not is_cancelled)
        except Exception as problem:
            if error is None and not isinstance(problem, BitrixError):
                raise  # a mark that cannot be saved
            log.warning("what was handled last could not be confirmed, and will come again: %s", problem)
        else:
            if scope.cancelled_caught:
                log.warning("what was handled last could not be confirmed in time, and will come again")

    async def _confirm(self, *, wait: bool) -> None:
        """Prove by one more read what was handled, then confirm it by another."""
        rules = self._rules
        pause = rules.until_proven(anyio.current_time())
        if pause is not None and (wait or not pause):
            await anyio.sleep(pause)
            await self._read()
            for number in rules.drop():
                del self._raw[number]
        if rules.has_to_confirm:
            await self._read(limit=1)
            rules.drop()

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
        entries = _entries(reply)
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


def check_interval(interval: tuple[float, float] | None) -> tuple[float, float]:
    """The shortest and the longest time between two reads. Raises `ValueError` for anything else."""
    shortest, longest = INTERVAL if interval is None else interval
    if not 0 < shortest <= longest:
        raise ValueError(f"expected interval to be (shortest, longest) seconds above 0, got {interval!r}")
    return float(shortest), float(longest)


def _entries(reply: Reply) -> dict[int, Mapping[str, Any]]:
    """The entries of a page, by id; what has no id or type is no event."""
    result = reply.result if isinstance(reply.result, dict) else {}
    entries: dict[int, Mapping[str, Any]] = {}
    for entry in structure(result.get("events"), list[Any], at="$.result.events"):
        try:
            entries[structure(entry["eventId"], int)] = {**entry, "type": str(entry["type"])}
        except (UnexpectedResponse, KeyError, TypeError):
            log.warning("an entry without an id or a type is no event")
    return entries
