"""Which of the portal's counts of operating time a call is charged to. Sans-I/O."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ..errors import OperationTimeLimit
from ..limits import OperatingBudget
from ..rest.batch import rows_of
from ..rest.call import Call

BATCH = "batch"


@attrs.frozen
class Shortage:
    """A method that has no operating time left."""

    budget: OperatingBudget
    method: str

    def delay(self, now: float) -> float:
        """Seconds until it may run again."""
        return self.budget.delay(self.method, now)

    def room(self, now: float) -> float:
        """How many calls of it may run now."""
        return self.budget.room(self.method, now)

    def error(self, now: float) -> OperationTimeLimit:
        """For a caller whose patience ends before."""
        delay = self.delay(now)
        text = f"out of operating time for another {delay:.0f} s, longer than Retry.max_elapsed allows to wait"
        error = OperationTimeLimit("OPERATION_TIME_LIMIT", text, 0, self.method)
        error.reset_at, error.is_final = self.budget.reset_at(self.method), True
        return error


@attrs.frozen
class Budgets:
    """The two counts of each method: of calls made directly, and of commands in a batch (docs/portal.md#two-budgets).

    For an application they are one.
    """

    direct: OperatingBudget
    batched: OperatingBudget

    def of(self, *, in_batch: bool) -> OperatingBudget:
        """The count that calls are charged to."""
        return self.batched if in_batch else self.direct

    def shortage(self, call: Call, now: float, *, in_batch: bool) -> Shortage | None:
        """What keeps *call* from running now. A batch needs time for each command's method, and for ``batch``."""
        if not in_batch and call.method == BATCH:
            for row in rows_of(call):
                if self.batched.room(row.name, now) < 1:
                    return Shortage(self.batched, row.name)
        budget = self.of(in_batch=in_batch)
        return Shortage(budget, call.method) if budget.room(call.method, now) < 1 else None

    def start(self, calls: Sequence[Call], now: float, *, in_batch: bool) -> tuple[int, Shortage | None]:
        """Take operating time for *calls*, or for the first ones. Returns for how many, and what the next one lacks."""
        budget = self.of(in_batch=in_batch)
        for admitted, call in enumerate(calls):
            if (shortage := self.shortage(call, now, in_batch=in_batch)) is not None:
                return admitted, shortage
            budget.started(call.method, now)
        return len(calls), None

    def flying(self, method: str) -> bool:
        """Whether a call of *method* is under way."""
        return self.direct.flying(method) > 0 or self.batched.flying(method) > 0

    def allows_batches(self, now: float) -> bool:
        """Whether ``batch`` itself has operating time: where it is charged and used up, everybody goes alone."""
        return self.direct.room(BATCH, now) >= 1
