"""Who leaves next: three lanes, served in turn. Sans-I/O.

What must travel alone, what may share, and the suspects of a batch that failed: none of them waits for all of another.
Of those who may share the oldest always leaves; with it go those whose caller has little time, then single calls, then
the windows of walks.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from itertools import chain

from ..rest.batch import MAX_COMMANDS
from .company import company, in_time
from .doubt import Doubt
from .estimates import Estimates
from .unit import Unit, number_of

_HURRY = 30.0  # seconds: who has less goes before those who have more


class Lane:
    """Lines of units, each in the order of their numbers."""

    def __init__(self, *lines: list[Unit]) -> None:
        self.lines = lines
        self.turn = 0  # when it was last served while another lane waited; 0: not since one did

    def __bool__(self) -> bool:
        return any(self.lines)


class Queue:
    """The waiting units, in the order in which they leave."""

    def __init__(self, estimates: Estimates, doubt: Doubt) -> None:
        self._estimates = estimates
        self._doubt = doubt
        self._hurried: list[Unit] = []
        self._singles: list[Unit] = []
        self._windows: list[Unit] = []
        self._sharing = Lane(self._hurried, self._singles, self._windows)
        self._suspects = Lane([])
        self._alone = Lane([])
        self._lanes = (self._sharing, self._suspects, self._alone)
        self._late: list[Unit] = []  # whose answer would come too late: they only wait for the end of their time
        self._lines = (
            self._hurried,
            self._singles,
            self._windows,
            *self._suspects.lines,
            *self._alone.lines,
            self._late,
        )
        self._turns = 0

    def __len__(self) -> int:
        return sum(map(len, self._lines))

    def __bool__(self) -> bool:
        return any(self._lines)

    def __iter__(self) -> Iterator[Unit]:
        return chain(*self._lines)

    def join(self, unit: Unit, now: float) -> None:
        """Wait at the place of its number: behind all who came before, in front of all who came after."""
        line = unit.line = self._line(unit, now)
        if not line or line[-1].number < unit.number:
            line.append(unit)
        else:
            insort(line, unit, key=number_of)

    def _line(self, unit: Unit, now: float) -> list[Unit]:
        if not unit.may_share or unit.trials.most == 1:
            return self._alone.lines[0]
        if unit.trials.strikes:
            return self._suspects.lines[0]
        if len(unit.calls) > 1:
            return self._windows
        return self._hurried if min(unit.deadline, unit.until) < now + _HURRY else self._singles

    def leave(self, unit: Unit) -> None:
        """Wait no more."""
        if unit.line is not None:
            del unit.line[bisect_left(unit.line, unit.number, key=number_of)]
            unit.line = None

    def pardon(self, now: float) -> None:
        """Nothing is known against any unit: the portal was down."""
        for unit in [unit for unit in chain(*self._suspects.lines, *self._alone.lines) if unit.trials.strikes]:
            self.leave(unit)
            unit.trials.strikes, unit.trials.most = 0, MAX_COMMANDS
            self.join(unit, now)

    def take(
        self, now: float, gap: float, fits: Callable[[Unit], bool], may_batch: Callable[[float], bool]
    ) -> list[Unit]:
        """Who leaves now, of those that *fits* lets through; *gap* seconds before the next request may.

        Where *may_batch* says no, everybody goes alone; so does who looks whether the portal is back, or whether it
        was the batch that failed.
        """
        if len(self) == 1 and (lone := next(iter(self))).is_single and not self._is_late(lone, now):
            if not fits(lone):  # most calls find nobody else waiting, and a free slot
                return []
            self.leave(lone)
            return [lone]
        fronts = {lane: found for lane in self._lanes if lane and (found := self._fronts(lane, now, fits))}
        if self._doubt.is_down and len(fronts) > 1:  # what looks should be harmless to repeat
            fronts.pop(self._alone, None)
        if not fronts:
            return []
        heads = {lane: min((front[0] for front in found), key=number_of) for lane, found in fronts.items()}
        lane = min(heads, key=lambda lane: (lane.turn, heads[lane].number))
        self._note_turn(lane)
        is_suspect, batches = lane is self._suspects and self._doubt.is_any, may_batch(now)
        if not batches or lane is self._alone or self._doubt.is_down or is_suspect:
            taken = [heads[lane]]
            if not batches or lane is self._alone:
                del taken[0].calls[1:]
        else:
            singles = len(self._hurried) + len(self._singles)
            taken = company(heads[lane], chain(*fronts[lane]), singles, self._estimates)
        taken = in_time(taken, now, gap, self._estimates)
        for unit in taken:
            self.leave(unit)
        return taken

    def _note_turn(self, lane: Lane) -> None:
        """Lanes take turns while they wait for each other; else it is the oldest who goes first."""
        if sum(map(bool, self._lanes)) > 1:
            self._turns += 1
            lane.turn = self._turns
        else:
            for each in self._lanes:
                each.turn = 0

    def _fronts(self, lane: Lane, now: float, fits: Callable[[Unit], bool]) -> list[list[Unit]]:
        """The next of each line. Whose answer would come too late is not among them."""
        fronts = []
        for line in lane.lines:
            front = line[:MAX_COMMANDS]
            for unit in [unit for unit in front if unit.deadline < math.inf and self._is_late(unit, now)]:
                self.leave(unit)
                unit.line = self._late
                insort(self._late, unit, key=number_of)
                self._estimates.doubt(unit.calls[0].method)
                front.remove(unit)
            if front := [unit for unit in front if fits(unit)]:
                fronts.append(front)
        return fronts

    def _is_late(self, unit: Unit, now: float) -> bool:
        return now + self._estimates.least(unit.calls[0].method) > unit.deadline
