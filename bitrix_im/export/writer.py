"""The writer: piles go to the target in a worker thread, while the next ones are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import anyio
import anyio.to_thread

from .pile import Pile
from .targets.base import Target

T = TypeVar("T")

_LONGEST = 10.0  # seconds that what was read may wait to be written


class Writer:
    """Writes piles one after the other. At most one waits while one is written: then the reader waits, too.

    What fails is raised where the next pile is given. One that does not write drops them.
    """

    def __init__(self, target: Target, *, writes: bool = True) -> None:
        self._writes = writes
        self.pile = Pile()
        """What is added next."""
        self._target = target
        self._threads = anyio.CapacityLimiter(1)
        self._full, self._empty = anyio.create_memory_object_stream[Pile](0)
        self._failure: Exception | None = None
        self._flushed = anyio.current_time()

    async def ask(self, work: Callable[[], T]) -> T:
        """Let the target do something else in between."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    async def run(self) -> None:
        """Write what comes, until `flush` is told that nothing more does."""
        with self._empty:
            async for pile in self._empty:
                if not pile:
                    continue
                try:
                    await self.ask(lambda pile=pile: pile.write(self._target, datetime.now(UTC)))  # type: ignore[misc]
                except Exception as error:  # noqa: BLE001 - raised where the next pile is given
                    self._failure = error
                    return

    async def passed(self) -> None:
        """Hand the pile over where it is large or old enough."""
        is_old = anyio.current_time() - self._flushed > _LONGEST
        if len(self.pile) >= self._target.rows_a_batch or (is_old and self.pile):
            await self.flush()

    async def flush(self) -> None:
        """Hand the pile over, however small."""
        pile, self.pile = self.pile, Pile()
        self._flushed = anyio.current_time()
        if pile and self._writes:
            await self._send(pile)

    async def _send(self, pile: Pile) -> None:
        try:
            await self._full.send(pile)
        except anyio.BrokenResourceError:
            raise self._failure or RuntimeError("the writer has ended") from None

    async def settle(self) -> None:
        """Wait until all that was handed over is written."""
        await self.flush()
        await self._send(Pile())  # it is taken when the one before is written

    def end(self) -> None:
        """Nothing more comes."""
        self._full.close()

    def close(self) -> None:
        """Let go of everything, also where nothing was ever written."""
        self._full.close()
        self._empty.close()

    def raise_failure(self) -> None:
        """Raise what the last piles met."""
        if self._failure is not None:
            raise self._failure
