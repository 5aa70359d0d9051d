"""The one listener: what leaves and lands, told to limits, pace, estimates and stats. Sans-I/O."""

from __future__ import annotations

from ..errors import CODES, OperationTimeLimit, QueryLimitExceeded, ServerError, TransportError, UnexpectedResponse
from ..limits import Gate
from ..rest import batch
from ..rest.batch import Outcome
from ..rest.call import Call, Reply
from .budgets import BATCH, Budgets
from .estimates import Estimates
from .stats import Counts
from .unit import Flight

_BROKEN = (ServerError, TransportError, UnexpectedResponse)


class Observer:
    """Hears of every request twice, and of every call's outcome once."""

    def __init__(self, gate: Gate, budgets: Budgets, estimates: Estimates, counts: Counts) -> None:
        self._gate = gate
        self._budgets = budgets
        self._estimates = estimates
        self._counts = counts

    def departed(self, flight: Flight, now: float) -> None:
        """A request leaves; its calls have taken their operating time already."""
        self._counts.requests += 1
        for unit, calls in flight.load:
            unit.trials.sent += 1
            self._counts.commands += len(calls)
            self._counts.waited += now - unit.joined

    def ended(self, flight: Flight) -> None:
        """A request is over, however it went."""
        budget = self._budgets.of(in_batch=flight.is_batch)
        for call in flight.calls:
            budget.finished(call.method)

    def landed(
        self, flight: Flight, landed: Reply | Exception, outcomes: list[list[Outcome]] | None, now: float
    ) -> None:
        """A request came back: with *outcomes*, or as a failure of all."""
        calls, took = flight.calls, now - flight.departed
        if isinstance(landed, _BROKEN):
            for call in calls:  # none took longer than that, but all together did
                self._estimates.at_least(call.method, took / len(calls))
        elif flight.is_batch:
            self.observe(BATCH, landed, now)
        if outcomes is None:
            if not flight.is_batch:
                self.observe(calls[0].method, landed, now)
            return
        own = [outcome for each in outcomes for outcome in each]
        for call, outcome in zip(calls, own, strict=True):
            self.observe(call.method, outcome, now, in_batch=flight.is_batch)
        if not flight.is_batch and calls[0].method == BATCH:
            self._look_inside(calls[0], own[0], now)
        if calls[0].road is None:  # how long a file takes says nothing of other calls
            self._estimates.learn_trip(took - sum(o.time.duration for o in own if isinstance(o, Reply) and o.time))

    def answered(self, flight: Flight, now: float) -> None:
        """The portal gave its verdict on a request, good or bad: it got through."""
        self._gate.answered(flight.departed, now)

    def observe(self, method: str, outcome: Outcome | Exception, now: float, *, in_batch: bool = False) -> None:
        """What became of one call of *method*."""
        budget = self._budgets.of(in_batch=in_batch)
        match outcome:
            case Reply(time=time) if time is not None:
                budget.observe(method, time.operating, time.operating_reset_at, time.finish, now)
                if method != BATCH:
                    self._estimates.learn(method, time.duration)
            case QueryLimitExceeded():
                told = self._gate.refused if outcome.code.lower() in CODES else self._gate.stopped
                told(now, outcome.retry_after or 0.0)
                self._counts.limit_hits += 1
            case OperationTimeLimit():
                budget.refused(method, now)
                outcome.reset_at = budget.reset_at(method)
                self._counts.operating_hits += 1

    def _look_inside(self, call: Call, outcome: Outcome, now: float) -> None:
        """A batch that somebody else packed: its commands count all the same."""
        if isinstance(outcome, Reply):
            for method, inner in batch.inside(call, outcome):
                self.observe(method, inner, now, in_batch=True)
