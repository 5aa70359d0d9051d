"""Operating time: seconds that each method may run within the window."""

from __future__ import annotations

import math

import attrs

from ..rest.catalog import look_up
from .allowance import Limits

_LATE = 0.05  # seconds after a told reset: clocks differ a little, and asking too early is refused
_PROBE = 2.0  # seconds
_ROUNDING = 1e-9  # of a call


@attrs.define
class _Method:
    """What is known of one method's operating time."""

    used: float | None = None
    """Seconds used in the window, as the server last said; None right after a reset, when part of it came back."""
    resets_at: float = 0.0
    """When part of it comes back (the caller's clock)."""
    reset_at: float | None = None
    """The same as the server said it (Unix seconds)."""
    cost: float = 0.0
    """What one call has cost lately."""
    flying: int = 0
    opened_at: float = 0.0
    """When the first answer of this window came."""
    left_at: float = 0.0
    """When the last call left."""


class OperatingBudget:
    """Which methods still have operating time, each on its own (BITRIX24.md §2).

    ``operating`` is cumulative, so the last answer counts and nothing is added up; what is added is a guess for the
    calls in flight. The call that passes the limit still runs: a method may go as long as it is below.
    """

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.operating
        self._window = limits.window
        self._step = limits.window / 10  # the window's parts expire one by one: ten baskets
        self._methods: dict[str, _Method] = {}

    def delay(self, method: str, now: float) -> float:
        """Seconds until *method* may run (0: now)."""
        state = self._methods.get(look_up(method).name)
        if state is None or self._room(state, now) > 0:
            return 0.0
        is_guess = state.used is not None and state.used < self._limit  # only calls in flight may use up the rest
        if now < state.resets_at and not is_guess:
            return state.resets_at - now
        return min(max(state.cost, 0.1), 1.0)  # a call in flight is finding out how much there is

    def room(self, method: str, now: float) -> float:
        """How many calls of *method* may run now, those in flight not counted."""
        state = self._methods.get(look_up(method).name)
        return math.inf if state is None else self._room(state, now)

    def reset_at(self, method: str) -> float | None:
        """When the server gives part of the time back (its own clock, Unix seconds), where it said so."""
        state = self._methods.get(look_up(method).name)
        return state.reset_at if state else None

    def started(self, method: str, now: float) -> None:
        """A call of *method* leaves."""
        state = self._methods.setdefault(look_up(method).name, _Method())
        state.flying += 1
        state.left_at = now

    def finished(self, method: str) -> None:
        """A call of *method* is back, however it went."""
        self._methods[look_up(method).name].flying -= 1

    def observe(
        self, method: str, operating: float | None, reset_at: float | None, server_now: float, now: float
    ) -> None:
        """The server said how much *method* has used, and when part of it comes back."""
        state = self._methods.setdefault(look_up(method).name, _Method())
        if operating is None or self._limit == math.inf:
            state.used, state.resets_at = None, 0.0  # not limited (any more), whatever refused it once
            return
        grown = operating - state.used if state.used is not None else 0.0
        if grown > 0:
            state.cost = grown if not state.cost else 0.7 * state.cost + 0.3 * grown
        if grown < 0 or state.used is None:
            state.opened_at = now
        state.used = operating
        if reset_at is not None and server_now:
            state.reset_at = reset_at
            told, counted = now + max(0.0, reset_at - server_now), state.opened_at + self._window
            # The told second is rounded up; where ours is the same but for that, it is the better one.
            state.resets_at = (counted if told - 1 < counted < told else told) + _LATE

    def refused(self, method: str, now: float) -> None:
        """The server refused *method*: its time is used up, whatever was known."""
        state = self._methods.setdefault(look_up(method).name, _Method())
        state.used = self._limit
        if state.resets_at <= now:  # unknown, or not true: the next basket expires within a tenth of the window
            state.resets_at, state.reset_at = now + self._step, None

    def _room(self, state: _Method, now: float) -> float:
        if state.used is not None and state.used >= self._limit and now >= state.resets_at:
            state.used = None
        if state.used is None:
            if not state.resets_at:
                return math.inf
            # One call finds out how much came back; where it takes long, another may.
            return 0 if state.flying and now - state.left_at < _PROBE else 1
        if state.used >= self._limit:
            return 0
        # Below the limit one may always go; rounding must not take that one away.
        room = max(1, math.ceil((self._limit - state.used) / state.cost - _ROUNDING)) if state.cost else math.inf
        return max(0, room - state.flying)
