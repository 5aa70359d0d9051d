"""Operating time that is counted for several processes together: told, and heard. Sans-I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from ...limits import OperatingBudget
from ...limits.turns import Answer
from .letters import Letters


@attrs.frozen
class Account:
    """The other processes that call with the same credentials, for a budget (`limits.operating.Others`)."""

    name: str
    letters: Letters
    look: Callable[[], None]
    """Called when there is something to tell."""

    @property
    def processes(self) -> int:
        """How many there are, this one included."""
        return self.letters.processes

    def tell(
        self, method: str, used: float | None, resets_in: float, reset_at: float | None, cost: float, now: float
    ) -> None:
        """Tell them with the next exchange."""
        self.letters.add(now, ("operating", f"{self.name} {method}", used, resets_in, reset_at, cost))
        self.look()


def heard_of(answer: Answer, budgets: Mapping[str, OperatingBudget], now: float) -> bool:
    """Tell the budgets what others have been told; whether there was anything."""
    for name, used, resets_in, reset_at, cost in answer.operating:
        account, _, method = name.partition(" ")
        if (budget := budgets.get(account)) is not None:
            budget.heard(method, used, resets_in, reset_at, cost, now)
    return bool(answer.operating)
