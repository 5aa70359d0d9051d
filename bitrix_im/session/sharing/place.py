"""Where processes meet: what its driver does, and how it is asked."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import anyio
import anyio.to_thread

ANSWER_LIMIT = 0.8
"""Seconds that a place may take; who has waited so long goes on alone."""
_THREADS = 4  # that ask at the same time, whatever else runs in threads

Question = TypeVar("Question")
Reply = TypeVar("Reply")
_Question = TypeVar("_Question", contravariant=True)
_Reply = TypeVar("_Reply", covariant=True)


class Blocking(Protocol[_Question, _Reply]):
    """A place as its driver has it: each call blocks, and may come from another thread than the one before."""

    def ask(self, name: str, ask: _Question) -> _Reply:
        """One exchange about *name*: a portal, a fleet. Raises what the driver raises."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Place(Generic[Question, Reply]):
    """One place, for all of an event loop: asked in worker threads, so on asyncio and on trio alike."""

    def __init__(self, driver: Blocking[Question, Reply]) -> None:
        self._driver = driver
        self._threads = anyio.CapacityLimiter(_THREADS)
        self._users = 0
        self.is_away = False
        """Whether it has been told that this place does not answer."""

    def open(self) -> None:
        """One more asks here."""
        self._users += 1

    async def ask(self, name: str, ask: Question, within: float = ANSWER_LIMIT) -> Reply:
        """One exchange. Raises `TimeoutError` where there is no answer in time, and what the driver raises."""
        with anyio.fail_after(within):
            return await anyio.to_thread.run_sync(
                self._driver.ask, name, ask, abandon_on_cancel=True, limiter=self._threads
            )

    async def aclose(self) -> None:
        """One less; the last one closes the connections."""
        self._users -= 1
        if not self._users:
            await anyio.to_thread.run_sync(self._driver.close, abandon_on_cancel=True, limiter=self._threads)
