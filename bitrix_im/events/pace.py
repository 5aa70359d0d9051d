"""How often to look: often while something happens, seldom while nothing does. Pure."""

from __future__ import annotations

from math import isfinite
from numbers import Real
from typing import Any

LAG = 1.0
"""Seconds in which an id that was given is surely committed (docs/portal.md#event-late-ids)."""

INTERVAL = (2.0, 15.0)
"""Seconds between two looks: when something happens, and when nothing does."""

_GROWTH = 1.5  # of the pause, with every look that finds nothing
_PATIENCE = 5  # looks at the shortest pause after the last news: people pause before they answer


class Pace:
    """The pause between two looks, in seconds: from the shortest to the longest of *interval*."""

    def __init__(self, interval: tuple[float, float]) -> None:
        self._shortest, self._longest = interval
        self._pause = self._shortest
        self._patience = 0

    def wait(self, last: float, now: float) -> float:
        """Seconds until the next look is due, after one at *last*; 0: it is."""
        return max(0.0, last + self._pause - now)

    def busy(self) -> None:
        """There was news."""
        self._pause, self._patience = self._shortest, _PATIENCE

    def hurry(self) -> None:
        """There is more to be had at once."""
        self._pause = 0.0

    def calm(self) -> None:
        """There was nothing."""
        if self._patience:
            self._pause, self._patience = self._shortest, self._patience - 1
        else:
            self._pause = min(self._longest, max(self._shortest, self._pause) * _GROWTH)


def check_interval(interval: tuple[float, float] | None) -> tuple[float, float]:
    """The shortest and the longest pause. Raises `ValueError` for anything else."""
    given: Any = INTERVAL if interval is None else interval
    are_two = isinstance(given, tuple | list) and len(given) == 2 and all(map(_is_number, given))
    if not (are_two and 0 < given[0] <= given[1]):
        raise ValueError(f"expected interval to be (shortest, longest) seconds above 0, like (2, 15), got {interval!r}")
    return float(given[0]), float(given[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
