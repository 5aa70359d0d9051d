"""What becomes of a whole request: one function of how it came back. Sans-I/O."""

from __future__ import annotations

from enum import Enum

from ..errors import (
    ApiError,
    BatchError,
    OperationTimeLimit,
    OverloadLimit,
    PortalGone,
    QueryLimitExceeded,
    ServerError,
    TransportError,
    UnexpectedResponse,
)
from ..rest.call import Reply


class Renewed(Exception):
    """Its credentials were refused, and better ones are there: it did not run."""


class Fate(Enum):
    """What becomes of a request, and of those aboard."""

    ANSWERED = "the portal gave its verdict on it, good or bad: everybody gets his part"
    REFUSED = "it did not run: everybody goes again, in front and at no cost"
    FAILED = "it may have run, and the portal may be down"
    TOO_MUCH = "it did not run as a batch: everybody goes again, in smaller ones"
    BLOCKED = "nobody will be answered: all who wait are told"


def fate_of(landed: Reply | Exception, *, is_batch: bool) -> Fate:
    """What becomes of a request that came back with *landed*."""
    match landed:
        case Reply():
            return Fate.ANSWERED
        case QueryLimitExceeded() | OperationTimeLimit() | Renewed():
            return Fate.REFUSED
        case OverloadLimit() | PortalGone():
            return Fate.BLOCKED
        case BatchError() | ApiError(status=413) if is_batch:
            return Fate.TOO_MUCH
        case ServerError() | TransportError() | UnexpectedResponse():
            return Fate.FAILED
        case _:
            return Fate.ANSWERED
