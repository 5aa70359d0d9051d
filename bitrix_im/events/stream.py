"""A stream of events as an async iterator: hands out, and confirms what was handled."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

import anyio

from ..errors import BitrixError
from .event import Event

log = logging.getLogger("bitrix_im")

_GRACE = 10.0  # seconds that leaving may take to confirm what was handled
_HASTE = 2.0  # the same, where the task is cancelled


class EventStream(ABC):
    """``async with … as events: async for event in events``: what happens, as it happens, at least once.

    Asking for the next event says that the one before is handled; `done` says so of any. Leaving confirms what was
    handled, saves the mark and drops the rest, which comes again the next time; leaving normally, or by an error, takes
    up to a second for that, since nothing is confirmed that came less than a second ago. An error of the portal's comes
    out of the ``async for`` once the client's retries gave up; asking again goes on from there.

    One task at a time may ask. Several dialogs at once: `Handlers`.
    """

    def __init__(self) -> None:
        self._returned: dict[int, Event] = {}
        self._current: Event | None = None
        self._asking = False
        self._was_entered = False
        self._is_open = False

    # --- what a kind of stream does -----------------------------------------------------------------------------------

    @abstractmethod
    async def _open(self) -> None:
        """Begin: load the mark, and make sure that something will come."""

    @abstractmethod
    async def _take(self) -> Event:
        """The next event, once there is one."""

    @abstractmethod
    async def _confirm(self, *, wait: bool) -> None:
        """Confirm what is handled; without *wait* only what needs none."""

    @abstractmethod
    def _done(self, number: int) -> None:
        """The event with this id is handled."""

    @abstractmethod
    def _give_back(self, number: int) -> bool:
        """The event with this id was taken and not handled. False where it is not known so."""

    def _close(self) -> None:  # noqa: B027 - most have nothing to give up
        """Give up what only an open stream may have."""

    # --- what all have in common --------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        if self._was_entered:
            raise RuntimeError("this stream was entered before: make a new one")
        await self._open()
        self._was_entered = self._is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_open = False
        is_cancelled = error is not None and not isinstance(error, Exception)
        try:
            await self._settle(is_cancelled=is_cancelled)
        except Exception as problem:
            if error is None:
                raise
            log.warning("the mark could not be saved: %s", problem)  # the error inside comes out, and bare
        finally:
            self._close()

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

    @property
    def is_open(self) -> bool:
        """Whether it is entered, and not left."""
        return self._is_open

    @property
    def taken(self) -> int:
        """Events that vanished from the queue before they were confirmed here: another consumer is at work."""
        return 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._current is not None:
            self.done(self._current)
            self._current = None
        self._current = await self.take()
        return self._current

    async def take(self) -> Event:
        """The next event, without a word on the ones before: say `done` of each when it is handled."""
        if not self._is_open:
            raise RuntimeError("expected 'async with … as events': a stream is read inside")
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
            self._done(event.event_id)

    def give_back(self, event: Event) -> None:
        """Hand *event* out again: it was taken, and not handled."""
        if event.event_id is not None and self._give_back(event.event_id):
            self._returned[event.event_id] = event.again()
