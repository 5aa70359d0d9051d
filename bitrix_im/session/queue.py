"""Who leaves with the next request: callers that wait for the limits, packed fifty to a batch.

Pure bookkeeping: no waiting and no sending, only the order. The head of the queue leads: it waits for its turn, then
takes along those behind it that may travel in a batch. First come, first served, but for single calls, which go before
the windows of walks.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable

import anyio
import attrs

from ..rest.batch import MAX_COMMANDS, Outcome, is_repeatable
from ..rest.call import Call
from ..rest.encode import is_safe_in_batch

_LONGEST = 25.0  # seconds that a batch's commands may be expected to run: the server cuts a request at 60 s
_HEAD = 25  # commands that a long unit keeps in any case
_GUESS = 0.3  # seconds, for a method that has not answered yet


@attrs.define(eq=False)
class Unit:
    """One caller's calls: one, or several that must travel in one batch."""

    calls: list[Call]
    timeout: float
    deadline: float = math.inf
    """When its caller's patience ends: it is not sent again in smaller parts after that."""
    failures: int = 0
    """How many requests with it have failed as a whole."""
    most: int = MAX_COMMANDS
    """Commands that a request with this unit may hold; lowered when a batch with it failed as a whole."""
    outcomes: list[Outcome] | Exception | None = None
    is_gone: bool = False
    """Its caller was cancelled: nobody waits for it any more."""
    event: anyio.Event | None = None

    @property
    def may_share(self) -> bool:
        """Whether it can travel with others: a batch itself cannot, nor can what must not be repeated."""
        # A batch whose answer is lost is repeated in parts, so everything in it must be repeatable.
        return self.most > 1 and all(_may_share(call) for call in self.calls)

    def wake(self) -> None:
        """Let its caller go on."""
        if self.event is not None:
            self.event.set()


def _may_share(call: Call) -> bool:
    return not call.row.alone and is_repeatable(call) and is_safe_in_batch(call.params)


class Queue:
    """The waiting units, in the order in which they leave."""

    def __init__(self) -> None:
        self._units: deque[Unit] = deque()
        self._seconds: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._units)

    def __contains__(self, unit: Unit) -> bool:
        return unit in self._units

    @property
    def head(self) -> Unit | None:
        """The unit that leads."""
        return self._units[0] if self._units else None

    def join(self, unit: Unit) -> None:
        """Wait behind everybody else; a single call only behind the head and other single calls.

        Windows of a walk are many commands each: whoever has one question must not wait for all of them.
        """
        place = len(self._units)
        if len(unit.calls) == 1:
            while place > 1 and len(self._units[place - 1].calls) > 1:
                place -= 1
        self._units.insert(place, unit)

    def leave(self, unit: Unit) -> None:
        """Wait no more. The next head, if there is a new one, is woken."""
        unit.is_gone = True
        if unit in self._units:
            was_head = self._units[0] is unit
            self._units.remove(unit)
            if was_head:
                self.wake_head()

    def shorten_head(self) -> None:
        """Cut a long head to make room for the single calls that wait behind it."""
        first = self._units[0]
        if len(first.calls) > _HEAD and first.may_share:
            singles = sum(len(unit.calls) == 1 and unit.may_share for unit in self._units)
            del first.calls[max(_HEAD, first.most - singles) :]

    def take(self, admit: Callable[[Unit], bool], *, alone: bool = False) -> list[Unit]:
        """The head, and (unless *alone*) those behind it that fit and are admitted. The next head is woken.

        Single calls are taken along before longer units, so that a call of its own never waits behind an export; the
        head, the oldest, always leaves.
        """
        first = self._units.popleft()
        taken = [first]
        if first.may_share and not alone:
            # One request has one timeout, and nobody may wait longer than his own.
            others = [unit for unit in self._units if unit.may_share and unit.timeout == first.timeout]
            commands, seconds, most = len(first.calls), self._duration(first), first.most
            for unit in sorted(others, key=lambda unit: len(unit.calls) > 1):
                if commands >= most:
                    break
                size, more = len(unit.calls), self._duration(unit)
                if commands + size > min(most, unit.most) or seconds + more > _LONGEST or not admit(unit):
                    continue
                self._units.remove(unit)
                taken.append(unit)
                commands, seconds, most = commands + len(unit.calls), seconds + more, min(most, unit.most)
        self.wake_head()
        return taken

    def give_back(self, units: Iterable[Unit]) -> None:
        """Put units that were taken back in front, in their order; those whose callers are gone are dropped."""
        self._units.extendleft(reversed([unit for unit in units if not unit.is_gone]))
        self.wake_head()

    def wake_head(self) -> None:
        """The first in the queue leads from now on."""
        if self._units:
            self._units[0].wake()

    def learn(self, method: str, seconds: float) -> None:
        """How long *method* took."""
        known = self._seconds.get(method)
        self._seconds[method] = seconds if known is None else 0.7 * known + 0.3 * seconds

    def fitting(self, calls: Iterable[Call]) -> int:
        """How many of the first *calls* one request can be expected to get through with; at least one."""
        seconds = 0.0
        for count, call in enumerate(calls):
            seconds += self._seconds.get(call.method, _GUESS)
            if seconds > _LONGEST and count:
                return count
        return MAX_COMMANDS

    def _duration(self, unit: Unit) -> float:
        return sum(self._seconds.get(call.method, _GUESS) for call in unit.calls)
