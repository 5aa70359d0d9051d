"""Whether a failed call is made again: that depends on whether it ran, and on what a repeat would do.

Pure: one function of the failure and the call, and the schedule's numbers. Sleeping is the session's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


# Methods that only read, so that a repeat after an unknown outcome changes nothing. im.v2.Event.get is not one of
# them: it deletes the events that it confirms.
REPEATABLE = frozenset(
    {
        "app.info",
        "im.chat.get",
        "im.chat.user.list",
        "im.counters.get",
        "im.department.colleagues.list",
        "im.department.employees.get",
        "im.department.get",
        "im.department.managers.get",
        "im.dialog.get",
        "im.dialog.messages.get",  # creates a missing chat; creating it twice is creating it once
        "im.dialog.messages.search",
        "im.dialog.users.list",
        "im.disk.folder.get",
        "im.notify.get",
        "im.notify.history.search",
        "im.notify.schema.get",
        "im.recent.get",
        "im.recent.list",
        "im.revision.get",
        "im.search.chat.list",
        "im.search.department.list",
        "im.search.last.get",
        "im.search.user.list",
        "im.user.get",
        "im.user.list.get",
        "im.user.status.get",
        "im.v2.file.download",
        "method.get",
        "methods",
        "profile",
        "scope",
        "server.time",
        "user.current",
        "user.get",
    }
)


def is_repeatable(call: Call) -> bool:
    """Whether making *call* twice does no more than making it once; a batch, if that holds for all its commands."""
    if call.repeatable is not None:
        return call.repeatable
    return all(method in REPEATABLE for method in methods_of(call))


def methods_of(call: Call) -> list[str]:
    """The methods that *call* runs, as the server compares them: its own, or those of a batch's commands."""
    method = call.method.lower().removesuffix(".json")
    return [_method_of(command) for command in _commands(call.params)] if method == "batch" else [method]


def verdict(error: BitrixError, call: Call) -> Verdict:
    """Whether, and when, *call* may be made again after *error*."""
    match error:
        case OperationTimeLimit():  # refused before it ran: harmless for any method
            return Verdict.GIVE_UP if error.is_final else Verdict.AT_RESET
        case QueryLimitExceeded():
            return Verdict.AGAIN
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


def _commands(params: Mapping[str, object]) -> Iterable[object]:
    commands = next((value for name, value in params.items() if name.lower() == "cmd"), ())
    if isinstance(commands, Mapping):
        return commands.values()
    return commands if isinstance(commands, list | tuple) else (commands,)


def _method_of(command: object) -> str:
    return str(command).partition("?")[0].lower().removesuffix(".json")
