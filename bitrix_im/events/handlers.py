"""`Handlers`: which function handles which event, several dialogs at once, each in order."""

from __future__ import annotations

import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import anyio
import attrs

from .event import Event
from .stream import EventStream
from .types import CommandCalled

log = logging.getLogger("bitrix_im")

Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])

_FIRST_PAUSE = 0.5  # seconds before the second attempt, doubled with every other
_LONGEST_PAUSE = 30.0


@attrs.frozen
class _Rule:
    kind: type[Event] | tuple[type[Event], ...]
    when: Callable[[Any], object] | None
    function: Callable[[Any], Awaitable[Any]]


class Handlers:
    """A list of (type of event, condition, function): the first that fits an event handles it.

    ::

        h = Handlers()

        @h.command("help")
        async def help(event):
            await event.reply("Ask me anything.")

        @h.on(MessageAdded, when=lambda event: not event.is_mine)
        async def hear(event):
            await event.reply("Seen.", reply_to=event.message.id)

        await h.run(im.events(mark=FileMark("me.mark")))

    No routers, filters, middleware, injection or states: functions, closures and a ``match`` do all that.
    """

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._failed: Callable[[Event, Exception], Awaitable[Any]] | None = None

    def on(
        self, kind: type[Event] | tuple[type[Event], ...] = Event, *, when: Callable[[Any], object] | None = None
    ) -> Callable[[Function], Function]:
        """Let a function handle events of this type (or of one of these), where *when* says so."""

        def register(function: Function) -> Function:
            self._rules.append(_Rule(kind, when, _async(function)))
            return function

        return register

    def command(self, name: str) -> Callable[[Function], Function]:
        """Let a function handle a command that somebody wrote or chose: ``"help"`` for ``/help``."""
        return self.on(
            CommandCalled, when=lambda event: event.by != "keyboard" and event.name == name.removeprefix("/")
        )

    def button(self, name: str) -> Callable[[Function], Function]:
        """Let a function handle a command that somebody pressed."""
        return self.on(
            CommandCalled, when=lambda event: event.by == "keyboard" and event.name == name.removeprefix("/")
        )

    def on_error(self, function: Function) -> Function:
        """Call *function* with an event that could not be handled, and the last error. Without it, that is logged."""
        self._failed = _async(function)
        return function

    async def run(
        self, events: EventStream, limit: int = 16, attempts: int = 3, stop: anyio.Event | None = None
    ) -> None:
        """Handle *events* until *stop* is set: those of one dialog in order, up to *limit* dialogs at once.

        An event is confirmed once it and everything before it is handled. One whose function fails is tried again, up
        to *attempts* times with growing pauses; its replies are keyed, so what was said is not said twice. Then it goes
        to `on_error`, and counts as handled. What no function fits is handled, too.

        On *stop* what runs is finished, what is handled is confirmed, and this returns; the rest comes again. *events*
        may be entered already. Raises what the stream raises, or `on_error`, bare, after what runs is finished.
        """
        for name, value in (("limit", limit), ("attempts", attempts)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"expected {name} to be a whole number from 1, got {value!r}")
        async with AsyncExitStack() as stack:
            if not events.is_open:
                await stack.enter_async_context(events)
            run = _Run(self._handle, events, limit, attempts)
            await run.until(stop)
            await events.confirm()
            if run.failure is not None:
                raise run.failure

    async def _handle(self, event: Event, error: Exception | None) -> None:
        """Handle *event*, or where it failed for good, say so."""
        if error is not None:
            if self._failed is not None:
                await self._failed(event, error)
            else:
                log.error("%r could not be handled", event, exc_info=error)
            return
        for rule in self._rules:
            if isinstance(event, rule.kind) and (rule.when is None or rule.when(event)):
                await rule.function(event)
                return


class _Run:
    """One run: who takes events, and a task for each dialog that has some."""

    def __init__(
        self,
        handle: Callable[[Event, Exception | None], Awaitable[None]],
        events: EventStream,
        limit: int,
        attempts: int,
    ) -> None:
        self.failure: Exception | None = None
        self._handle = handle
        self._events = events
        self._attempts = attempts
        self._limit = anyio.Semaphore(limit)
        self._dialogs: dict[str, deque[Event]] = {}
        self._taking = anyio.CancelScope()
        self._stopping = anyio.Event()

    async def until(self, stop: anyio.Event | None) -> None:
        """Run until *stop* is set or something fails."""
        async with anyio.create_task_group() as group:
            waiting = anyio.CancelScope()

            async def wait() -> None:
                with waiting:
                    await (stop or self._stopping).wait()
                self._stop()

            group.start_soon(wait)
            with self._taking:
                try:
                    while True:
                        event = await self._events.take()
                        if event.order_key in self._dialogs:
                            self._dialogs[event.order_key].append(event)
                        else:
                            self._dialogs[event.order_key] = deque([event])
                            group.start_soon(self._work, event.order_key)
                except Exception as error:  # noqa: BLE001 - raised once what runs is finished
                    self._stop(error)
            waiting.cancel()
        for events in self._dialogs.values():
            for event in events:
                self._events.give_back(event)

    def _stop(self, error: Exception | None = None) -> None:
        self.failure = self.failure or error
        self._stopping.set()
        self._taking.cancel()

    async def _work(self, key: str) -> None:
        """Handle what one dialog has, in order."""
        events = self._dialogs[key]
        while events and not self._stopping.is_set():
            async with self._limit:
                if self._stopping.is_set():
                    return
                try:
                    if not await self._attempt(events[0]):
                        return
                except Exception as error:  # noqa: BLE001 - raised once what runs is finished
                    self._stop(error)
                    return
                self._events.done(events.popleft())
        if not events:
            del self._dialogs[key]

    async def _attempt(self, event: Event) -> bool:
        """Handle one event, or give it up; False where it is left for later."""
        for attempt in range(1, self._attempts + 1):
            try:
                await self._handle(event if attempt == 1 else event.again(), None)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises
                if attempt == self._attempts:
                    await self._handle(event.again(), error)
                    return True
                log.warning("%r failed, attempt %d of %d: %r", event, attempt, self._attempts, error)
                with anyio.move_on_after(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))):
                    await self._stopping.wait()
                    return False
            else:
                return True
        return True


def _async(function: Function) -> Function:
    if not inspect.iscoroutinefunction(function) and not inspect.iscoroutinefunction(type(function).__call__):
        raise TypeError(f"expected an async function, got {function!r}: write 'async def'")
    return function
