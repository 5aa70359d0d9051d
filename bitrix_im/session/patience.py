"""When tenacity tries again, and when it gives up: `retry.verdict` in its terms, by anyio's clock."""

from __future__ import annotations

import random

import anyio
import attrs
from tenacity import RetryCallState

from ..errors import BitrixError, DuplicateMessage
from ..rest.call import Call
from .retry import Verdict, verdict
from .unit import Unit

_FIRST_WAIT = 0.5  # seconds at most after the first failure; twice as long after each one more


def verdict_of(state: RetryCallState, call: Call) -> Verdict:
    """What `retry.verdict` says of the try that *state* describes."""
    error = state.outcome.exception() if state.outcome else None
    return verdict(error, call) if isinstance(error, BitrixError) else Verdict.GIVE_UP


@attrs.frozen
class Wait:
    """How long until the next try: jittered and growing."""

    unit: Unit

    def __call__(self, state: RetryCallState) -> float:
        """Seconds to sleep."""
        retry = self.unit.options.retry
        longest = min(_FIRST_WAIT * 2.0 ** min(state.attempt_number - 1, 100), retry.max_delay)
        if state.outcome and isinstance(state.outcome.exception(), DuplicateMessage):
            # It is being sent, and nobody else waits for that: jitter could use up the tries before it is done.
            return longest
        chance = retry.random if retry.random is not None else random
        return chance.uniform(0.0, longest)


@attrs.frozen
class Stop:
    """When to give up, by anyio's clock (tenacity's own reads another one)."""

    unit: Unit

    def __call__(self, state: RetryCallState) -> bool:
        """Whether that was the last try."""
        if anyio.current_time() + state.upcoming_sleep > self.unit.until:
            return True
        # A message that is still being sent will be there: that is waited out, whatever the number of tries.
        is_pending = state.outcome is not None and isinstance(state.outcome.exception(), DuplicateMessage)
        most = self.unit.options.retry.attempts
        return most is not None and self.unit.trials.tries >= most and not is_pending
