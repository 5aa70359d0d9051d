"""Requests a second: a leaky bucket that is never ahead of the server's."""

from __future__ import annotations

import math

from .allowance import Limits

_LEAST_SHARE = 1 / 8
_ROUNDING = 1e-9  # of a request: less is no reason to wait, and could be a wait too short for the clock to move


class LeakyBucket:
    """When the next request may leave so that the server's own bucket never runs over.

    The server's level falls by ``rate`` once a second, in steps: a client that counts continuously is never ahead of
    it as long as its burst is smaller by one step. One more request is kept back for answers that overtake each other
    on the network, and the rate is taken a little lower so that a second never holds one request too many.
    """

    def __init__(self, limits: Limits) -> None:
        # Without room for a second's requests on top, one that is late meets those of the next second: more distance.
        self._rate = limits.rate * (0.98 if limits.burst >= 2 * limits.rate else 0.85)
        self._capacity = max(1.0, limits.burst - limits.rate - 1) if math.isfinite(limits.burst) else math.inf
        self._level = 0.0
        self._updated = -math.inf
        self._share = 1.0  # of the rate; less after a refusal
        self._refused_at = -math.inf

    def reserve(self, now: float) -> float:
        """Take the next turn; return the seconds until it comes (0: now). Each caller gets a time of its own."""
        delay = self.delay(now)
        self._level += 1
        return delay

    def delay(self, now: float) -> float:
        """Seconds until a turn taken now would come."""
        self._leak(now)
        over = self._level + 1 - self._capacity
        return over / (self._rate * self._share) if over > _ROUNDING else 0.0

    def refused(self, now: float) -> None:
        """The server refused a request: its bucket is fuller than ours, since others share the address.

        Nobody leaves before something has drained; the rate is halved, and an eighth of it comes back every second.
        """
        self._leak(now)
        self._level = max(self._level, self._capacity)
        if now - self._refused_at >= 1.0:  # requests that were in flight together are refused together: once
            self._share = max(_LEAST_SHARE, self._share / 2)
            self._refused_at = now

    def _leak(self, now: float) -> None:
        elapsed = now - self._updated if self._updated > -math.inf else 0.0
        self._updated = max(now, self._updated)
        while elapsed > 0 and self._share < 1:
            step = min(elapsed, 1.0)
            self._level = max(0.0, self._level - step * self._rate * self._share)
            self._share = min(1.0, self._share + step / 8)
            elapsed -= step
        if elapsed > 0 and self._level:
            self._level = max(0.0, self._level - elapsed * self._rate)
