"""Units whose method is out of operating time: out of the queue until some comes back. Sans-I/O."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator
from itertools import chain

from .budgets import Shortage
from .unit import Unit, number_of


class Parked:
    """A line for each method; only as many go back to the queue as there is time for."""

    def __init__(self) -> None:
        self._lines: dict[Shortage, list[Unit]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def __iter__(self) -> Iterator[Unit]:
        return chain(*self._lines.values())

    def add(self, unit: Unit, why: Shortage) -> None:
        """*unit* waits for what it lacks."""
        unit.line = self._lines.setdefault(why, [])
        insort(unit.line, unit, key=number_of)

    def release(self, now: float) -> list[Unit]:
        """Those who may go back, in order; they wait here no more."""
        free: list[Unit] = []
        for why, line in list(self._lines.items()):
            room = why.room(now)
            count = len(line) if room >= len(line) else int(room)
            free += line[:count]
            del line[:count]
            if not line:
                del self._lines[why]
        for unit in free:
            unit.line = None
        return free

    def delay(self, now: float) -> float:
        """Seconds until somebody may go back."""
        return min((why.delay(now) for why, line in self._lines.items() if line), default=math.inf)
