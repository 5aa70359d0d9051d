"""What a client needs of the event loop it lives in: tasks of its own, and what clients of one loop share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from typing import Any, TypeVar

import anyio
from anyio.lowlevel import RunVar, current_token

T = TypeVar("T")

_KEPT: set[asyncio.Task[None]] = set()  # asyncio itself keeps only weak references
_SHARED: RunVar[dict[Hashable, Any]] = RunVar("bitrix_im.shared")


def running() -> object:
    """The event loop that runs here; the same object every time."""
    return _asyncio_loop() or current_token().native_token


def clock() -> Callable[[], float]:
    """What tells the time of the event loop that runs here; the same as `anyio.current_time`, without asking which."""
    loop = _asyncio_loop()
    return loop.time if loop is not None else anyio.current_time


def start(function: Callable[..., Awaitable[None]], *arguments: Any, context: Context) -> None:
    """Run *function* beside everything else, in *context*: it goes on when the caller that started it gives up.

    It must not raise: nobody would hear it, and trio calls that an internal error.
    """
    loop = _asyncio_loop()
    if loop is not None:
        task: asyncio.Task[None] = loop.create_task(function(*arguments), context=context)  # type: ignore[arg-type]
        _KEPT.add(task)
        task.add_done_callback(_KEPT.discard)
    else:
        import trio

        trio.lowlevel.spawn_system_task(function, *arguments, context=context)


def _asyncio_loop() -> asyncio.AbstractEventLoop | None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return loop if asyncio.current_task(loop) is not None else None  # trio may be the guest of an asyncio loop


def shared(key: Hashable, make: Callable[[], T]) -> T:
    """The one object of this event loop under *key*; made by who asks first."""
    try:
        known = _SHARED.get()
    except LookupError:
        known = {}
        _SHARED.set(known)
    if key not in known:
        known[key] = make()
    found: T = known[key]
    return found
