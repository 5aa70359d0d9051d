"""Whether a failed call is made again.

Pure: one function of the failure, and the schedule's numbers. Sleeping is the session's.
"""

from __future__ import annotations

import attrs

from .errors import BitrixError, QueryLimitExceeded
from .wire import Call


@attrs.frozen
class Retry:
    """How long to keep trying.

    ``attempts`` tries of one call at most; ``max_delay`` is the longest single wait and ``max_elapsed`` the longest
    time from the first try, in seconds.
    """

    attempts: int = attrs.field(default=8, validator=attrs.validators.ge(1))
    max_delay: float = attrs.field(default=30.0, validator=attrs.validators.ge(0))
    max_elapsed: float = attrs.field(default=600.0, validator=attrs.validators.ge(0))


def verdict(error: BitrixError, call: Call) -> bool:
    """Whether *call* may be made again after *error*."""
    return isinstance(error, QueryLimitExceeded)  # refused before it ran: harmless for any method
