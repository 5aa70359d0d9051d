"""When callers must be told something, whatever has become of their calls: one clock for all. Sans-I/O."""

from __future__ import annotations

import math
from heapq import heapify, heappop, heappush

from .unit import Unit

_FEW = 1000  # entries that are not worth clearing up


class Dues:
    """Moments, each with its unit. A timer of its own for each would cost more than the rest of a call."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Unit]] = []  # an entry whose time is no longer its unit's counts for nothing

    def set(self, unit: Unit, due: float) -> None:
        """Name *unit* at *due*, and at no other time."""
        unit.due = due
        if due < math.inf:
            heappush(self._heap, (due, unit.number, unit))

    def expired(self, now: float) -> list[Unit]:
        """Those whose time has come; they are named once."""
        found = []
        while self._heap and (self._heap[0][0] <= now or self._heap[0][0] != self._heap[0][2].due):
            due, _, unit = heappop(self._heap)
            if due == unit.due:
                unit.due = math.inf
                found.append(unit)
        return found

    def next(self, waiting: int) -> float:
        """When the next one's time comes (``inf``: never); *waiting* units are there in all."""
        if len(self._heap) > 2 * waiting + _FEW:  # most of them left long ago
            self._heap = [entry for entry in self._heap if entry[0] == entry[2].due]
            heapify(self._heap)
        return self._heap[0][0] if self._heap else math.inf

    def clear(self) -> None:
        """Nobody waits any more."""
        self._heap.clear()
