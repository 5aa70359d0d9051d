"""Where a request waits for its turn: the protocol that every limiter of requests keeps.

A session knows no buckets: it asks a gate. `Pace` is the one for the clients of one event loop; one that shares a limit
between processes or hosts stands in the same place.
"""

from __future__ import annotations

from typing import Protocol

from .allowance import Limits
from .operating import OperatingBudget


class Waiter(Protocol):
    """Who wants to send: one client."""

    def wake(self) -> None:
        """Ask again: the gate knows more than when it last answered."""
        ...


class Gate(Protocol):
    """Who lets requests to one portal through, one at a time.

    No method but the last waits, so that deciding who leaves is one step in which nothing else happens. A gate that
    must ask somewhere else does so in a task of its own: it answers ``inf`` meanwhile, and calls `Waiter.wake` when it
    knows.
    """

    @property
    def gap(self) -> float:
        """Seconds between two requests once the burst is spent."""
        ...

    def delay(self, who: Waiter, now: float) -> float:
        """Seconds until *who* may send (0: now); it stands in line from now on, until it takes its turn or leaves."""
        ...

    def take(self, who: Waiter, now: float) -> None:
        """A request of *who* leaves."""
        ...

    def leave(self, who: Waiter) -> None:
        """*who* has nothing to send just now."""
        ...

    def refused(self, now: float, wait: float = 0.0) -> None:
        """The portal refused a request for its rate: everybody waits, once for all, *wait* seconds at least."""
        ...

    def stopped(self, now: float, wait: float = 0.0) -> None:
        """The same, but something in front of the portal refused, and nobody knows by which rule."""
        ...

    def answered(self, sent: float, now: float) -> None:
        """A request that left at *sent* got through."""
        ...

    def join(self, who: Waiter, limits: Limits) -> None:
        """From now on *who* sends, too, and was told *limits*: the strictest count."""
        ...

    def share(self, account: str, budget: OperatingBudget) -> None:
        """*budget* counts what is charged to *account*, whose name tells nothing of it; so may other processes."""
        ...

    async def part(self, who: Waiter) -> None:
        """*who* is closed: it leaves, and what it was told of the limits holds no more; the last leaves nothing open.

        The only one that may wait.
        """
        ...
