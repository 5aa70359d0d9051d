"""Whether a failed call is made again: that depends on whether it ran, and on what a repeat would do.

Pure: one function of the failure and the call, and the schedule's numbers. Sleeping is the session's.
"""

from __future__ import annotations

from enum import Enum
from random import Random

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


def _whole(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError(f"{attribute.name} must be a whole number or None, got {value!r}")
    if value is not None and value < 1:
        raise ValueError(f"{attribute.name} must be at least 1, got {value}: the first try counts")


def _seconds(instance: object, attribute: attrs.Attribute[float], value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{attribute.name} must be a number of seconds, got {value!r}")
    if not value >= 0:
        raise ValueError(f"{attribute.name} must not be below 0, got {value}")


@attrs.frozen
class Retry:
    """How long to keep trying.

    ``attempts`` tries of one call at most (None: as many as ``max_elapsed`` allows); what a limit refused is no try, a
    connection that could not be opened is one. ``max_delay`` is the longest single wait between two tries, and after
    ``max_elapsed``, the time in the queue included, no other begins (one that has begun may take its timeout); both in
    seconds. *random* draws the jitter of those waits: one with a seed makes them the same in every run.
    """

    attempts: int | None = attrs.field(default=8, validator=_whole)
    max_delay: float = attrs.field(default=30.0, validator=_seconds)
    max_elapsed: float = attrs.field(default=600.0, validator=_seconds)
    random: Random | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.instance_of(Random))
    )


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
