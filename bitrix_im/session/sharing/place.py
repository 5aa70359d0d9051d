"""Where processes meet: what its driver does, and how a gate asks it."""

from __future__ import annotations

from typing import Protocol

import anyio
import anyio.to_thread

from ...limits.turns import Answer, Ask

ANSWER_LIMIT = 0.8
"""Seconds that a place may take; who has waited so long goes on alone."""
_THREADS = 4  # that ask at the same time, whatever else runs in threads


class Blocking(Protocol):
    """A place as its driver has it: each call blocks, and may come from another thread than the one before."""

    def ask(self, portal: str, ask: Ask) -> Answer:
        """One exchange. Raises what the driver raises."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Place:
    """One place, for all gates of an event loop: asked in worker threads, so on asyncio and on trio alike."""

    def __init__(self, driver: Blocking) -> None:
        self._driver = driver
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._users = 0

    def open(self) -> None:
        """One gate more asks here."""
        self._users += 1

    async def ask(self, portal: str, ask: Ask) -> Answer:
        """One exchange. Raises `TimeoutError` where there is no answer in time, and what the driver raises."""
        with anyio.fail_after(ANSWER_LIMIT):
            return await anyio.to_thread.run_sync(
                self._driver.ask, portal, ask, abandon_on_cancel=True, limiter=self._threads
            )

    async def aclose(self) -> None:
        """One gate less; the last one closes the connections."""
        self._users -= 1
        if not self._users:
            await anyio.to_thread.run_sync(self._driver.close, abandon_on_cancel=True, limiter=self._threads)
