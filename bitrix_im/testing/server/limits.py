"""What the server allows: requests by a leaky bucket, operating time by baskets of a minute."""

from math import ceil, floor

import attrs


class LeakyBucket:
    """One level per source IP: a request adds one, every whole *interval* takes ``rate * interval`` away at once.

    A request is refused that would lift it above *burst*. It drains in steps, so whoever refills continuously with
    all of *burst* is sometimes refused.
    """

    def __init__(self, rate: float, burst: int, interval: float) -> None:
        self._drained = rate * interval
        self._burst = burst
        self._interval = interval
        self._levels: dict[str, tuple[float, int]] = {}

    def admit(self, source: str, now: float) -> bool:
        """Count a request at *now* (seconds of a clock that began with 0), or refuse it, uncounted."""
        level = self.level(source, now)
        if level + 1 > self._burst:
            return False
        self._levels[source] = level + 1, floor(now / self._interval)
        return True

    def level(self, source: str, now: float) -> float:
        """How full the bucket of *source* is."""
        level, step = self._levels.get(source, (0.0, 0))
        return max(0.0, level - (floor(now / self._interval) - step) * self._drained)

    def fill(self, source: str, now: float) -> None:
        """Fill the bucket of *source*."""
        self._levels[source] = self._burst, floor(now / self._interval)


_FREE = 0.1
"""Seconds that a call may take without being counted (docs/portal.md#operating-threshold)."""


@attrs.define
class _Basket:
    started: float
    spent: float = 0.0


class OperatingTime:
    """Seconds that each (application, method) used, in ten baskets that expire one *window* after their first call."""

    def __init__(self, limit: float, window: float) -> None:
        self.limit = limit
        self.window = window
        self._baskets: dict[tuple[str, str], list[_Basket]] = {}

    def spent(self, key: tuple[str, str], now: float) -> float:
        """Seconds used in the window."""
        return sum(basket.spent for basket in self._live(key, now))

    def blocked(self, key: tuple[str, str], now: float) -> bool:
        """Whether the next call is refused: above the limit, not at it; the one that passed the limit still ran."""
        return self.spent(key, now) > self.limit

    def charge(self, key: tuple[str, str], seconds: float, now: float) -> tuple[float, int]:
        """Add *seconds*; what ``operating`` and ``operating_reset_at`` then say."""
        baskets = self._live(key, now)
        if not baskets or now - baskets[-1].started >= self.window / 10:
            baskets.append(_Basket(now))
        if seconds > _FREE:
            baskets[-1].spent += seconds
        self._baskets[key] = baskets
        return sum(basket.spent for basket in baskets), ceil(baskets[0].started + self.window)

    def _live(self, key: tuple[str, str], now: float) -> list[_Basket]:
        return [basket for basket in self._baskets.get(key, ()) if basket.started + self.window > now]
