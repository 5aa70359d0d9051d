"""Whether a failed call is made again: that depends on whether it ran, and on what a repeat would do.

Pure: one function of the failure and the call, and the schedule's numbers. Sleeping is the session's.
"""

from __future__ import annotations

from enum import Enum

import attrs

from ..errors import (
    ApiError,
    BatchError,
    BitrixError,
    DuplicateMessage,
    OperationTimeLimit,
    QueryLimitExceeded,
    ServerError,
    TransportError,
    UnexpectedResponse,
)
from ..rest.batch import is_repeatable
from ..rest.call import Call


@attrs.frozen
class Retry:
    """How long to keep trying.

    ``attempts`` tries of one call at most; ``max_delay`` is the longest single wait between two, and after
    ``max_elapsed`` no other try begins (one that has begun may take its timeout); both in seconds.
    """

    attempts: int = attrs.field(default=8, validator=attrs.validators.ge(1))
    max_delay: float = attrs.field(default=30.0, validator=attrs.validators.ge(0))
    max_elapsed: float = attrs.field(default=600.0, validator=attrs.validators.ge(0))


class Verdict(Enum):
    """What becomes of a failed call."""

    GIVE_UP = "give up"
    AGAIN = "again, after a jittered delay"
    AT_RESET = "again, as soon as the limit that refused it allows"


def verdict(error: BitrixError, call: Call) -> Verdict:
    """Whether, and when, *call* may be made again after *error*."""
    match error:
        case OperationTimeLimit():  # refused before it ran: harmless for any method
            return Verdict.GIVE_UP if error.is_final else Verdict.AT_RESET
        case QueryLimitExceeded():
            return Verdict.AGAIN
        case TransportError() if error.is_final:
            return Verdict.GIVE_UP
        case TransportError() if not error.sent:
            return Verdict.AGAIN
        case ServerError() | TransportError() | UnexpectedResponse() | DuplicateMessage():
            # It may have run.
            return Verdict.AGAIN if is_repeatable(call) else Verdict.GIVE_UP
        case _:
            # Blocked by hand, no access, a wrong parameter, a code nobody documented: the same call fails again.
            return Verdict.GIVE_UP


def breaks_up(error: BitrixError) -> bool:
    """Whether a batch that failed so as a whole may get through in parts: it broke, or it was too much at once."""
    if isinstance(error, TransportError):
        return error.sent
    if isinstance(error, ApiError) and error.status == 413:
        return True
    return isinstance(error, ServerError | UnexpectedResponse | OperationTimeLimit | BatchError)
