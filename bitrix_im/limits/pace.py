"""One pace for all clients of one portal on one event loop, whether they know of each other or not."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from .allowance import Limits
from .bucket import LeakyBucket
from .gate import Waiter
from .operating import OperatingBudget


class Pace:
    """The portal's bucket, and the line of those who wait for it: clients go in turn, one request each (a `Gate`).

    Where clients were told different limits, the stricter ones count, for as long as their client is there.
    """

    def __init__(self) -> None:
        self._bucket = LeakyBucket(Limits.unlimited())
        self._told: WeakKeyDictionary[Waiter, Limits] = WeakKeyDictionary()
        self._line: list[Waiter] = []
        self.gap = 0.0

    def join(self, who: Waiter, limits: Limits) -> None:
        """From now on *who* sends, too, and was told *limits*."""
        self._told[who] = limits
        self._settle()

    async def part(self, who: Waiter) -> None:
        """*who* sends no more."""
        self.leave(who)
        self._told.pop(who, None)
        if self._told:  # the last one's stay: the next client of this portal finds what has been sent
            self._settle()

    def share(self, account: str, budget: OperatingBudget) -> None:
        """Nobody else counts it: the clients of one event loop have the same budget."""

    def _settle(self) -> None:
        told = list(self._told.values())
        strictest = Limits(rate=min(limits.rate for limits in told), burst=min(limits.burst for limits in told))
        self._bucket.limit(strictest)
        self.gap = 1 / strictest.rate

    def delay(self, who: Waiter, now: float) -> float:
        """Seconds until *who* may send; it stands in line from now on, until it takes its turn or leaves."""
        if who not in self._line:
            self._line.append(who)
        return self._bucket.delay(now, 1 + self._line.index(who))

    def take(self, who: Waiter, now: float) -> None:
        """A request of *who* leaves."""
        self.leave(who)
        self._bucket.take(now)

    def leave(self, who: Waiter) -> None:
        """*who* has nothing to send just now; who stood behind may go earlier."""
        if who in self._line:
            place = self._line.index(who)
            del self._line[place]
            for other in self._line[place:]:
                other.wake()

    def refused(self, now: float, wait: float = 0.0) -> None:
        """The portal refused a request: everybody waits, once for all, *wait* seconds at least."""
        self._bucket.refused(now, wait)

    def stopped(self, now: float, wait: float = 0.0) -> None:
        """Something in front of the portal refused a request: everybody waits, *wait* seconds at least."""
        self._bucket.stopped(now, wait)

    def answered(self, sent: float, now: float) -> None:
        """A request that left at *sent* got through."""
        if self._bucket.answered(sent, now):
            for who in self._line:
                who.wake()
