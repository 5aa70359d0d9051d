"""Operating time: seconds that each method may run within the window."""

from __future__ import annotations

import math
from typing import Protocol

import attrs

from ..rest.catalog import look_up
from .allowance import Limits

_LATE = 0.05  # seconds after a told reset: clocks differ a little, and asking too early is refused
_ROUNDED_UP = 1.0  # seconds: the told reset is a whole second, so up to one later than the true one
_PROBE = 2.0  # seconds that one call may take to find out how much came back, before another may try
_SOON, _SOON_AT_MOST = 0.1, 1.0  # seconds until a call in flight is asked for what it found out
_NEWS = 0.3  # what the last call says of a method's cost; the rest stays as it was
_BASKETS = 10  # a window's parts expire one by one
_WORTH_TELLING = 1 / 4  # of the limit: what is used below concerns no other process
_ROUNDING = 1e-9  # of a call


class Others(Protocol):
    """The processes whose calls are counted with ours."""

    @property
    def processes(self) -> int:
        """How many there are, this one included."""
        ...

    def tell(
        self, method: str, used: float | None, resets_in: float, reset_at: float | None, cost: float, now: float
    ) -> None:
        """Tell them what the server said of *method*: seconds used, when some come back, and what a call costs."""
        ...


class Nobody:
    """No other process."""

    processes = 1

    def tell(
        self, method: str, used: float | None, resets_in: float, reset_at: float | None, cost: float, now: float
    ) -> None:
        """Nobody to tell."""


@attrs.define
class _Cost:
    """What one call of a method has cost lately, on whichever road it went."""

    seconds: float = 0.0


@attrs.define
class _Method:
    """What is known of one method's operating time."""

    cost: _Cost

    used: float | None = None
    """Seconds used in the window, as the server last said; None where it has said nothing yet, or does not count."""
    resets_at: float = 0.0
    """When part of it comes back (the caller's clock)."""
    reset_at: float | None = None
    """The same as the server said it (Unix seconds)."""
    flying: int = 0
    opened_at: float = 0.0
    """When the first answer of this window came."""
    left_at: float = 0.0
    """When the last call left."""
    is_told: bool = False
    """Whether others know of it."""


class OperatingBudget:
    """Which methods still have operating time, each on its own (docs/portal.md#operating-time).

    ``operating`` is cumulative, so the last answer counts and nothing is added up; what is added is a guess for the
    calls in flight. The call that passes the limit still runs: a method may go as long as it is below.
    """

    def __init__(self, limits: Limits, alike: OperatingBudget | None = None) -> None:
        """Start with nothing used; calls cost here what they cost in *alike*, and the other way round."""
        self._costs: dict[str, _Cost] = alike._costs if alike is not None else {}
        self._limit = limits.operating
        self._window = limits.window
        self._step = limits.window / _BASKETS
        self._methods: dict[str, _Method] = {}
        self.others: Others = Nobody()

    def delay(self, method: str, now: float) -> float:
        """Seconds until *method* may run (0: now)."""
        state = self._of(method)
        if self._room(state, now) > 0:
            return 0.0
        is_guess = state.used is not None and state.used < self._limit  # only calls in flight may use up the rest
        if now < state.resets_at and not is_guess:
            return state.resets_at - now
        return min(max(state.cost.seconds, _SOON), _SOON_AT_MOST)  # a call in flight is finding out how much there is

    def room(self, method: str, now: float) -> float:
        """How many calls of *method* may run now, those in flight not counted."""
        return self._room(self._of(method), now)

    def reset_at(self, method: str) -> float | None:
        """When the server gives part of the time back (its own clock, Unix seconds), where it said so."""
        return self._of(method).reset_at

    def flying(self, method: str) -> int:
        """How many calls of *method* are under way."""
        return self._of(method).flying

    def started(self, method: str, now: float) -> None:
        """A call of *method* leaves."""
        state = self._of(method)
        state.flying += 1
        state.left_at = now

    def finished(self, method: str) -> None:
        """A call of *method* is back, however it went."""
        self._of(method).flying -= 1

    def observe(
        self, method: str, operating: float | None, reset_at: float | None, server_now: float, now: float
    ) -> None:
        """The server said how much *method* has used, and when part of it comes back."""
        state = self._of(method)
        if operating is None or self._limit == math.inf:
            # Not limited (any more), whatever refused it once.
            state.used, state.resets_at, state.cost.seconds = None, 0.0, 0.0
            self._tell(method, now)
            return
        grown = operating - state.used if state.used is not None else 0.0
        if grown > 0:
            state.cost.seconds += (grown - state.cost.seconds) * (_NEWS if state.cost.seconds else 1.0)
        if grown < 0 or state.used is None:
            state.opened_at = now
        state.used = operating
        if reset_at is not None and server_now:
            # No window is longer than the window: milliseconds, or another day's date, block nobody for a day.
            ahead = min(max(0.0, reset_at - server_now), self._window)
            state.reset_at = min(reset_at, server_now + self._window)
            told, counted = now + ahead, state.opened_at + self._window
            # Where our own count says the same but for the rounding, it is the better one.
            state.resets_at = (counted if told - _ROUNDED_UP < counted < told else told) + _LATE
        self._tell(method, now)

    def refused(self, method: str, now: float) -> None:
        """The server refused *method*: its time is used up, whatever was known."""
        state = self._of(method)
        state.used = self._limit
        if state.resets_at <= now:  # unknown, or not true: the next basket expires within a tenth of the window
            state.resets_at, state.reset_at = now + self._step, None
        self._tell(method, now)

    def heard(
        self, method: str, used: float | None, resets_in: float, reset_at: float | None, cost: float, now: float
    ) -> None:
        """Another process was told this by the server; it is news, for the count is one and the same."""
        state = self._of(method)
        if state.used is None or used is None or used < state.used:
            state.opened_at = now
        state.used, state.reset_at, state.is_told = used, reset_at, True
        state.resets_at = now + resets_in if resets_in > 0 else 0.0
        state.cost.seconds = state.cost.seconds or cost

    def _tell(self, method: str, now: float) -> None:
        state = self._of(method)
        is_worth_it = state.used is not None and state.used >= self._limit * _WORTH_TELLING
        if is_worth_it or state.is_told:
            state.is_told = is_worth_it
            name, resets_in = look_up(method).name, max(0.0, state.resets_at - now)
            self.others.tell(name, state.used, resets_in, state.reset_at, state.cost.seconds, now)

    def _room(self, state: _Method, now: float) -> float:
        used, cost = state.used or 0.0, state.cost.seconds
        if used >= self._limit:
            # After a reset one call finds out how much came back; where it takes long, another may.
            is_asking = state.flying > 0 and now - state.left_at < _PROBE
            return 0 if now < state.resets_at or is_asking else 1
        if not cost:
            return math.inf
        # Below the limit one may always go; rounding must not take that one away.
        left = math.ceil((self._limit - used) / cost - _ROUNDING)
        return max(0, max(1, math.ceil(left / self.others.processes)) - state.flying)

    def _of(self, method: str) -> _Method:
        if (known := self._methods.get(method)) is not None:
            return known
        name = look_up(method).name
        if name not in self._methods:
            self._methods[name] = _Method(self._costs.setdefault(name, _Cost()))
        return self._methods[name]
