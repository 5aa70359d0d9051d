"""When tenacity tries again, and when it gives up: `retry.verdict` in its terms, by anyio's clock."""

from __future__ import annotations

import anyio
import attrs
from tenacity import RetryCallState
from tenacity.wait import wait_random_exponential

from ..errors import BitrixError, DuplicateMessage
from ..rest.call import Call
from .retry import Retry, Verdict, verdict


def verdict_of(state: RetryCallState, call: Call) -> Verdict:
    """What `retry.verdict` says of the try that *state* describes."""
    error = state.outcome.exception() if state.outcome else None
    return verdict(error, call) if isinstance(error, BitrixError) else Verdict.GIVE_UP


@attrs.frozen
class Wait:
    """How long until the next try: jittered and growing, but none where a limit's own wait comes anyway."""

    call: Call
    retry: Retry

    def __call__(self, state: RetryCallState) -> float:
        """Seconds to sleep."""
        if verdict_of(state, self.call) is Verdict.AT_RESET:
            return 0.0
        if state.outcome and isinstance(state.outcome.exception(), DuplicateMessage):
            # It is being sent, and nobody else waits for that: jitter could use up the tries before it is done.
            return float(min(0.5 * 2 ** (state.attempt_number - 1), self.retry.max_delay))
        return wait_random_exponential(multiplier=0.5, max=self.retry.max_delay)(state)


@attrs.frozen
class Stop:
    """When to give up, by anyio's clock (tenacity's own reads another one)."""

    started: float
    retry: Retry

    def __call__(self, state: RetryCallState) -> bool:
        """Whether that was the last try."""
        if anyio.current_time() - self.started + state.upcoming_sleep > self.retry.max_elapsed:
            return True
        # A message that is still being sent will be there: that is waited out, whatever the number of tries.
        is_pending = state.outcome is not None and isinstance(state.outcome.exception(), DuplicateMessage)
        return state.attempt_number >= self.retry.attempts and not is_pending
