"""What the portal allows, kept ahead of time: requests a second, operating seconds a method.

Pure: every function gets *now* (seconds of any monotonic clock) and returns how long to wait.
"""

from __future__ import annotations

import math

import attrs


def _positive(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not value > 0:
        raise ValueError(f"{attribute.name} must be above 0, got {value!r}")


@attrs.frozen
class Limits:
    """What the server allows (BITRIX24.md §2).

    ``rate`` requests a second on average and ``burst`` at once; ``operating`` seconds of running time for each method
    within ``window`` seconds. The defaults are those of the cloud; they count for everything that runs on one IP
    address, so a program that shares it with others should take its part of ``rate`` and ``burst``.
    """

    rate: float = attrs.field(default=2.0, validator=_positive)
    burst: float = attrs.field(default=50.0, validator=_positive)
    operating: float = attrs.field(default=480.0, validator=_positive)
    window: float = attrs.field(default=600.0, validator=_positive)

    @classmethod
    def enterprise(cls) -> Limits:
        """The Enterprise plan: 5 requests a second, 250 at once."""
        return cls(rate=5.0, burst=250)

    @classmethod
    def unlimited(cls) -> Limits:
        """No waiting: for a portal on your own server with its limiter off."""
        return cls(rate=math.inf, burst=math.inf, operating=math.inf)


class LeakyBucket:
    """When the next request may leave so that the server's own bucket never runs over.

    The server's level falls by ``rate`` once a second, in steps: a client that counts continuously is never ahead of
    it as long as its burst is smaller by one step. One more request is kept back for answers that overtake each other
    on the network, and the rate is taken 2 % lower so that a second never holds one request too many.
    """

    def __init__(self, limits: Limits) -> None:
        self._rate = limits.rate * 0.98
        self._capacity = max(1.0, limits.burst - limits.rate - 1) if math.isfinite(limits.burst) else math.inf
        self._level = 0.0
        self._updated = -math.inf

    def reserve(self, now: float) -> float:
        """Take the next turn; return the seconds until it comes (0: now). Each caller gets a time of its own."""
        delay = self.delay(now)
        self._level += 1
        return delay

    def delay(self, now: float) -> float:
        """Seconds until a turn taken now would come."""
        self._leak(now)
        over = self._level + 1 - self._capacity
        return over / self._rate if over > 0 else 0.0

    def _leak(self, now: float) -> None:
        if now > self._updated:
            leaked = (now - self._updated) * self._rate if self._level else 0.0
            self._level = max(0.0, self._level - leaked)
            self._updated = now
