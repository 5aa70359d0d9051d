"""What travels: one caller's calls, and the request that carries them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextvars import Context

import anyio
import attrs

from ..errors import BitrixError, QueryLimitExceeded, TransportError
from ..rest import batch, encode
from ..rest.batch import MAX_COMMANDS, Outcome
from ..rest.call import Call, Reply
from .retry import Retry


@attrs.frozen
class Options:
    """What `with_options` changes for some calls: the seconds one request may take, and how long to keep trying."""

    timeout: float = attrs.field()
    retry: Retry = attrs.field()

    @timeout.validator
    def _check_timeout(self, attribute: attrs.Attribute[float], value: object) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise TypeError(f"expected timeout to be a number of seconds, got {value!r}")
        if not value > 0:
            raise ValueError(f"expected timeout to be above 0 seconds, got {value}")

    @retry.validator
    def _check_retry(self, attribute: attrs.Attribute[Retry], value: object) -> None:
        if not isinstance(value, Retry):
            raise TypeError(f"expected retry to be a Retry, got {value!r}: for example Retry(attempts=3)")


@attrs.define
class Trials:
    """What has happened to a unit on its way."""

    sent: int = 0
    """Requests with it."""
    tries: int = 0
    """Those that may have run it, or could not connect; the search for one bad command in a batch counts once."""
    failure: BitrixError | None = None
    """What became of the last one, where it goes again."""
    strikes: int = 0
    """Batches with it that failed, since the portal was last known to be down."""
    most: int = MAX_COMMANDS
    """Commands that a request with it may hold."""
    is_last: bool = False
    """Its credentials are the best there can be: when they are refused as well, that is the answer."""


@attrs.define(eq=False)
class Unit:
    """One caller's calls: one, or several that must travel in one batch.

    It is in one place at a time: in the queue's *line*, on a *flight*, or settled. Its number, given once, is its place
    in the queue for good: whatever comes back comes back in front of all that came later.
    """

    calls: list[Call]
    options: Options
    number: int
    made: float
    is_single: bool
    """Whether it was made of one call, so that this one's error is the unit's."""
    is_here: bool = False
    """Whether its caller's task is the one that runs, and has not begun to wait."""
    context: Context = attrs.field(factory=Context)
    """Its caller's, where he waits: a request that he leads belongs to his traces."""
    trials: Trials = attrs.field(factory=Trials)
    deadline: float = math.inf
    """When its caller will be gone: no answer is of use after that."""
    joined: float = 0.0
    line: list[Unit] | None = None
    flight: Flight | None = None
    due: float = math.inf
    """When its caller gets an error, whatever has become of it by then."""
    shares: bool | None = None
    done: anyio.Event | None = None
    outcome: list[Outcome] | Exception | None = None

    @classmethod
    def of(cls, calls: Sequence[Call], options: Options, number: int, now: float) -> Unit:
        """*calls* as they are now: what their caller changes later changes nothing.

        Raises `TypeError` or `ValueError` for parameters that cannot be sent.
        """
        # attrs.evolve would take longer than all the rest.
        frozen = [Call(c.method, encode.normalise(c.params), c.repeatable, road=c.road) for c in calls]
        return cls(frozen, options, number, now, len(calls) == 1)

    @property
    def may_share(self) -> bool:
        """Whether its calls may travel with others'."""
        if self.shares is None:  # most leave alone, and nobody asks
            self.shares = all(map(_may_share, self.calls))
        return self.shares

    @property
    def until(self) -> float:
        """When its caller's patience (`Retry.max_elapsed`) ends: it does not leave after that."""
        return self.made + self.options.retry.max_elapsed

    @property
    def timeout(self) -> float:
        """Seconds that a request with it may take, for its caller."""
        return self.options.timeout

    def settle(self, outcome: list[Outcome] | Exception) -> None:
        """Give its caller what became of it."""
        self.outcome = outcome
        self.flight = None
        if self.done is not None:
            self.done.set()

    def fail(self, error: BitrixError) -> None:
        """Give its caller an error of its own: an error takes up the frames that it passes."""
        own = error.again()
        own.attempts = self.trials.sent
        self.settle(own)

    def too_late(self, host: str) -> TransportError:
        """The error for a caller who allows less time than those he travels with."""
        return TransportError(f"{self.calls[0].method}: no answer from {host} within {self.timeout:g} s")

    def in_vain(self, why: str) -> QueryLimitExceeded:
        """The error for a caller whose patience ended before his turn came; ``attempts`` says whether it was sent."""
        text = f"not sent within {self.options.retry.max_elapsed:g} s: {why}"
        error = QueryLimitExceeded("QUERY_LIMIT_EXCEEDED", text, 0, self.calls[0].method)
        error.attempts = self.trials.sent
        return error

    def result(self) -> list[Outcome]:
        """What became of the calls, or of the first ones. Raises what failed them all."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        assert self.outcome is not None  # noqa: S101 - asked for when done is set
        if self.is_single and isinstance(self.outcome[0], BitrixError):
            raise self.outcome[0]
        return self.outcome


@attrs.define(eq=False)
class Flight:
    """One request under way: a task of the client's own. Who gives up leaves it; with nobody aboard it is given up."""

    load: list[tuple[Unit, list[Call]]]
    """Who set out, with what. A copy: a unit may fly again, shorter, while this one is late."""
    is_batch: bool
    departed: float
    is_started: bool = False
    """Whether a task makes it; else its only passenger does."""
    aboard: set[Unit] = attrs.field(init=False)
    """Who still waits."""
    calls: list[Call] = attrs.field(init=False)
    """All calls that it makes."""
    within: float = attrs.field(init=False)
    """Seconds it may take: the longest that anybody aboard allows. Who allows less leaves by himself."""
    scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope)
    is_given_up: bool = False

    def __attrs_post_init__(self) -> None:
        self.aboard = {unit for unit, _ in self.load}
        self.calls = [call for _, calls in self.load for call in calls]
        self.within = max([unit.timeout for unit, _ in self.load])

    def request(self) -> Call:
        """The one call that all are packed into; a lone one as it is."""
        return batch.pack([calls for _, calls in self.load]) if self.is_batch else self.load[0][1][0]

    def unpack(self, reply: Reply) -> list[list[Outcome]]:
        """Each unit's outcomes. Raises `UnexpectedResponse` where the answer is no batch's."""
        return batch.unpack(reply, [calls for _, calls in self.load]) if self.is_batch else [[reply]]

    def leave(self, unit: Unit) -> None:
        """*unit* waits no more; nobody is left, and the request is given up."""
        unit.flight = None
        self.aboard.discard(unit)
        if not self.aboard:
            self.give_up()

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        self.is_given_up = True
        self.scope.cancel()


def _may_share(call: Call) -> bool:
    # A batch whose answer is lost is repeated, so everything in it must be repeatable.
    return (
        call.road is None and not call.row.alone and batch.is_repeatable(call) and encode.is_safe_in_batch(call.params)
    )


def number_of(unit: Unit) -> int:
    """Its place among all units."""
    return unit.number
