"""Time that passes only while everybody waits: the suite sleeps for hours and takes seconds."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any

import trio.testing
from anyio import run as anyio_run


class _NeverBlocks(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the loop's clock to it."""

    loop: "VirtualTimeLoop"

    def select(self, timeout=None):
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("deadlock: every task waits, and nothing will ever wake one")
        self.loop.virtual_now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer."""

    def __init__(self):
        self.virtual_now = 0.0
        selector = _NeverBlocks()
        selector.loop = self
        super().__init__(selector)
        # a jump must land on the timer, not a rounding error before it
        self._clock_resolution = 1e-9

    def time(self):
        return self.virtual_now


def backend(name: str) -> tuple[str, dict[str, Any]]:
    """The anyio backend of that name, with virtual time."""
    if name == "trio":
        return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}
    return "asyncio", {"loop_factory": VirtualTimeLoop}


def run(function: Callable[..., Awaitable[Any]], *arguments: Any, on: str = "asyncio") -> Any:
    """Run *function* to its end in virtual time."""
    name, options = backend(on)
    return anyio_run(function, *arguments, backend=name, backend_options=options)
