"""The dispatcher: who leaves when.

A call joins the queue and waits for its outcome. Whenever something changes (a call joins, a request lands, time
passes), `_depart` sends all that may leave: it is the only door out, and a single step in which nothing else happens.
A caller that gives up takes only itself away; where nobody is left, the request is given up, too.

Every wait has one owner: that for the pace, for a portal that is down and for operating time is the pump's; that
between two attempts is the caller's.

Longer than other modules because joining, leaving and landing change the same state, in single steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextvars import Context, copy_context
from itertools import count

import anyio

from ..errors import BitrixError, OverloadLimit
from ..limits import Gate
from ..rest.batch import Outcome
from ..rest.call import Call, Reply
from .budgets import Budgets
from .doubt import Doubt
from .dues import Dues
from .estimates import Estimates
from .fate import Fate
from .flights import Flights
from .landing import Landing
from .loop import clock, start
from .observer import Observer
from .parked import Parked
from .queue import Queue
from .sender import Sender
from .stats import Counts
from .unit import Flight, Options, Unit

_COOL_DOWN = 60.0  # seconds that a block by hand is believed
_TICK = 0.001  # seconds: a shorter wait may be too short for a clock to move
_MOVED = 0.1  # seconds after a caller's deadline: who still waits then has had it moved


class Dispatcher:
    """Brings calls to the portal, and outcomes back."""

    def __init__(self, sender: Sender, budgets: Budgets, gate: Gate, counts: Counts) -> None:
        self._sender = sender
        self._budgets = budgets
        self._gate = gate
        self._numbers = count()
        self._clock = clock()
        self._doubt = Doubt()
        self._estimates = Estimates()
        self._queue = Queue(self._estimates, self._doubt)
        self._parked = Parked()
        self._dues = Dues()
        self._blocked: tuple[float, BitrixError] | None = None
        self._is_pumping = self._is_closed = False
        self._looks_at = math.inf
        self._news, self._rested, self._recovered = anyio.Event(), anyio.Event(), anyio.Event()
        observer = Observer(gate, budgets, self._estimates, counts)
        self._landing = Landing(self._doubt, observer, counts)
        self._flights = Flights(sender, budgets, self._estimates, observer, self._land)

    def __len__(self) -> int:
        return len(self._queue) + len(self._parked)

    def unit(self, calls: Sequence[Call], options: Options) -> Unit:
        """Calls that want to leave together, as they are now: what their caller changes later changes nothing.

        Raises `TypeError` or `ValueError` for parameters that cannot be sent.
        """
        return Unit.of(calls, options, next(self._numbers), self._clock())

    async def run(self, unit: Unit) -> list[Outcome]:
        """Wait for the outcomes of the unit's calls, or of the first ones. Raises a failure of them all."""
        now = self._clock() if unit.trials.sent else unit.made
        if self._is_closed:
            raise RuntimeError("this BitrixIM is closed: make a new one")
        if self._blocked is not None and now < self._blocked[0]:
            unit.fail(self._blocked[1])
            return unit.result()
        unit.outcome, unit.done, unit.is_here = None, None, True
        unit.deadline = anyio.current_effective_deadline()
        if not self._goes_at_once(unit, now):
            self._join([unit], now)
        unit.is_here = False
        try:
            if unit.flight is not None and not unit.flight.is_started:
                await self._flights.fly(unit.flight)
            if unit.outcome is None:
                unit.context, unit.done = copy_context(), anyio.Event()
                await unit.done.wait()
        finally:
            self._leave(unit)
        return unit.result()

    async def rest(self, delay: float) -> None:
        """Sleep between two attempts; less where the portal was down for all, and is back."""
        with anyio.move_on_after(delay):
            await self._recovered.wait()

    def wake(self) -> None:
        """Something has changed: look who may leave."""
        self._news.set()

    async def aclose(self) -> None:
        """End everything: who waits gets a RuntimeError, requests are given up, and nothing is left over."""
        self._is_closed = True
        for unit in [*self._queue, *self._parked, *self._flights.passengers()]:
            unit.settle(RuntimeError("this BitrixIM was closed meanwhile: make a new one"))
        self.wake()
        await self._flights.aclose()
        with anyio.CancelScope(shield=True):
            while self._is_pumping:
                await self._rested.wait()
        await self._gate.part(self)

    # ---- those who wait

    def _join(self, units: list[Unit], now: float) -> None:
        """Stand in the queue, each at the place of its number, and leave at once where that can be."""
        for unit in units:
            unit.flight, unit.joined = None, now
            self._queue.join(unit, now)
        look_at = math.inf
        if any(map(self._flights.takes, units)):
            look_at = now + self._depart(now)
        for unit in units:
            if unit.flight is None and unit.outcome is None:
                self._dues.set(unit, min(unit.until, unit.deadline + _MOVED))
        look_at = min(look_at, self._dues.next(len(self)))
        if not self._is_pumping and look_at < math.inf:
            self._is_pumping, self._rested = True, anyio.Event()
            start(self._pump, context=Context())
        elif look_at < self._looks_at:
            self.wake()

    def _leave(self, unit: Unit) -> None:
        """Its caller waits no more."""
        self._queue.leave(unit)
        unit.due = math.inf
        if unit.flight is not None:
            unit.flight.leave(unit)

    async def _pump(self) -> None:
        """Look after those who wait, until nobody does."""
        try:
            while not self._is_closed and (self._queue or self._parked or self._flights):
                self._news = anyio.Event()  # before looking: what changes meanwhile must not be missed
                now = self._clock()
                self._tell(now)
                self._looks_at = min(now + self._depart(now), self._dues.next(len(self)))
                with anyio.move_on_after(max(_TICK, self._looks_at - now)):
                    await self._news.wait()
        finally:
            self._dues.clear()
            self._is_pumping = False
            self._rested.set()

    def _tell(self, now: float) -> None:
        """Tell those whose time is up."""
        for unit in self._dues.expired(now):
            if unit.flight is not None:
                unit.flight.leave(unit)
                unit.trials.tries += 1
                unit.settle(unit.too_late(self._sender.credentials.host))
            elif now >= unit.until:
                self._queue.leave(unit)
                why = "the portal does not answer" if self._doubt.is_down else "too many calls wait for the limits"
                if self._sender.credentials.is_renewing:
                    why = "the refresh of the tokens has not ended"
                unit.settle(unit.trials.failure or unit.in_vain(why))
            else:  # not sent since it would have come too late for its caller, who is there all the same
                unit.deadline = math.inf
                self._queue.leave(unit)
                self._queue.join(unit, now)
                self._dues.set(unit, unit.until)

    # ---- those who leave

    def _goes_at_once(self, unit: Unit, now: float) -> bool:
        """Send *unit* past the queue: most calls find nobody waiting, and nothing that would keep them."""
        if not unit.is_single or self._queue or self._parked or not self._flights.takes(unit) or self._delay(now) > 0:
            return False
        if now + self._estimates.least(unit.calls[0].method) > unit.deadline:
            return False
        admitted, _ = self._budgets.start(unit.calls, now, in_batch=False)
        if admitted:
            unit.joined = now
            self._send([unit], now, is_batch=False)
        return admitted > 0

    def _depart(self, now: float) -> float:
        """Send all that may leave now. Seconds until more may, if nothing lands before."""
        for unit in self._parked.release(now) if self._parked else ():
            self._queue.join(unit, now)
        while self._queue:
            if (delay := self._delay(now)) > 0:
                return min(delay, self._parked.delay(now))
            taken = self._queue.take(now, self._gate.gap, self._flights.takes, self._budgets.allows_batches)
            if not taken:
                break
            is_batch = len(taken) > 1 or len(taken[0].calls) > 1
            if units := [unit for unit in taken if self._admit(unit, now, in_batch=is_batch)]:
                self._send(units, now, is_batch=is_batch)
        self._gate.leave(self)
        return self._parked.delay(now)

    def _send(self, units: list[Unit], now: float, *, is_batch: bool) -> None:
        self._gate.take(self, now)
        self._doubt.looked(now)
        flight = self._flights.send(units, now, is_batch=is_batch)
        for unit in units:  # who allows less than the longest leaves by himself
            self._dues.set(unit, now + unit.timeout if unit.timeout < flight.within else math.inf)

    def _delay(self, now: float) -> float:
        """Seconds until the next request may leave."""
        if self._flights.is_full or self._sender.credentials.is_renewing:
            delay = math.inf
        else:
            if not self._flights:
                self._doubt.forget(now)
            delay = self._doubt.delay(now, len(self._flights))
        if delay > 0:
            self._gate.leave(self)  # who does not want to send must not stand in the portal's line
            return delay
        return self._gate.delay(self, now)

    def _admit(self, unit: Unit, now: float, *, in_batch: bool) -> bool:
        """Take operating time for the unit's calls, or the first ones; where there is none, it must wait."""
        admitted, shortage = self._budgets.start(unit.calls, now, in_batch=in_batch)
        del unit.calls[max(1, admitted) :]
        if not admitted and shortage:
            if now + shortage.delay(now) > unit.until:
                unit.settle(shortage.error(now))
            else:
                self._parked.add(unit, shortage)
        return admitted > 0

    def _land(self, flight: Flight, landed: Reply | Exception | None) -> None:
        """A request is back, or was given up since nobody waited for it any more."""
        if landed is not None and not self._is_closed:
            now, was_down = self._clock(), self._doubt.is_down
            fate, back = self._landing.land(flight, landed, now)
            if fate is Fate.BLOCKED and isinstance(landed, BitrixError):
                self._block(landed, now)
            if self._doubt.is_down and not was_down:
                self._queue.pardon(now)
            if was_down and not self._doubt.is_down:
                self._recovered.set()
                self._recovered = anyio.Event()
            if back:
                self._join(back, now)
        self.wake()

    def _block(self, error: BitrixError, now: float) -> None:
        """Whoever waits waits in vain; so does, for a while, who comes after a block by hand."""
        for unit in [*self._queue, *self._parked]:
            self._leave(unit)
            unit.fail(error)
        if isinstance(error, OverloadLimit):
            self._blocked = now + _COOL_DOWN, error
