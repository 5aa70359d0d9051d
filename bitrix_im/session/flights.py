"""The requests in flight: they belong to the client, not to the callers whose calls they carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import copy_context

import anyio

from ..errors import AuthError
from ..rest import encode
from ..rest.call import Reply
from .budgets import Budgets
from .estimates import Estimates
from .fate import Renewed
from .loop import start
from .observer import Observer
from .sender import Sender
from .unit import Flight, Unit

SLOTS = 10  # httpx slows down with many connections in flight, and the portal lets few requests a second through
SPARE = 2  # more, for calls that are known to be short, and for the first of a method
_SHORT = 2.0  # seconds


class Flights:
    """Makes requests, and hands what comes back to *landed*; None where a request was given up."""

    def __init__(
        self,
        sender: Sender,
        budgets: Budgets,
        estimates: Estimates,
        observer: Observer,
        landed: Callable[[Flight, Reply | Exception | None], None],
    ) -> None:
        self._sender = sender
        self._budgets = budgets
        self._estimates = estimates
        self._observer = observer
        self._landed = landed
        self._most = sender.connections
        self._slots = max(1, self._most - SPARE)
        self._flights: dict[Flight, None] = {}
        self._ended = anyio.Event()

    def __len__(self) -> int:
        return len(self._flights)

    def passengers(self) -> Iterator[Unit]:
        """Who is under way."""
        return (unit for flight in self._flights for unit in flight.aboard)

    @property
    def is_full(self) -> bool:
        """Whether nobody else may leave now."""
        return len(self._flights) >= self._most

    def takes(self, unit: Unit) -> bool:
        """Whether *unit* may leave now: the last slots are for what is known to be short, or the first of its method.

        So that ten uploads of half a minute do not keep everybody waiting.
        """
        if len(self._flights) < self._slots:
            return True
        if self.is_full:
            return False
        known = [self._estimates.known(call.method) for call in unit.calls]
        if None in known:
            return not any(self._budgets.flying(call.method) for call in unit.calls)
        return sum(filter(None, known)) <= _SHORT

    def send(self, units: list[Unit], now: float, *, is_batch: bool) -> Flight:
        """Make one request with *units*.

        Where nobody else is aboard, and the caller is here to make it himself, that spares a task: when he gives up,
        nobody is left to make it for.
        """
        flight, first = Flight([(unit, list(unit.calls)) for unit in units], is_batch, now), units[0]
        for unit in units:
            unit.flight = flight
        self._flights[flight] = None
        self._observer.departed(flight, now)
        if not (first.is_here and len(units) == 1):
            flight.is_started = True
            # A context that a task has entered cannot be entered again meanwhile.
            start(self.fly, flight, context=copy_context() if first.is_here else first.context.copy())
        return flight

    async def fly(self, flight: Flight) -> None:
        """Make the request; what comes of it is handed over."""
        came: Reply | Exception | None = None
        try:
            came = await self._request(flight)
        except Exception as error:  # noqa: BLE001 - each passenger raises it: a token store may raise anything
            came = None if flight.is_given_up else error
        except anyio.get_cancelled_exc_class() as given_up:
            # In its caller's own task it goes on to his frames: without those of httpx, which hold the address.
            given_up.__context__ = None
            raise given_up.with_traceback(None) from None
        finally:  # nothing waits from here on
            del self._flights[flight]
            self._observer.ended(flight)
            self._landed(flight, came)
            self._ended.set()

    async def _request(self, flight: Flight) -> Reply | None:
        call, scope = flight.request(), flight.scope
        try:
            if call.road is None:
                return await self._sender.send(call.method, encode.body(call.params), flight.within, scope=scope)
            came = None
            with scope:
                came = await call.road.send(self._sender, call, flight.within)
        except AuthError as error:
            if any(unit.trials.is_last for unit, _ in flight.load):
                raise
            refused = error
        else:
            return came
        is_last = await self._recover(flight, refused)
        for unit, _ in flight.load:
            unit.trials.is_last = is_last
        raise Renewed

    async def _recover(self, flight: Flight, error: AuthError) -> bool:
        """Have better credentials, in a task of the client's own: a refresh goes on when its caller gives up."""
        done = anyio.Event()
        outcome: bool | Exception = error

        async def recover() -> None:
            nonlocal outcome
            try:
                outcome = await self._sender.recover(error)
            except Exception as failure:  # noqa: BLE001 - a token store may raise anything
                outcome = failure
            finally:
                done.set()
                self._landed(flight, None)  # who waits for it may leave, even if nobody is left aboard

        start(recover, context=copy_context())
        await done.wait()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def aclose(self) -> None:
        """Give up what is under way, and wait until nothing is left of it."""
        for flight in self._flights:
            flight.give_up()
        with anyio.CancelScope(shield=True):  # a refresh of tokens is not broken off
            while self._flights:
                await self._ended.wait()
                self._ended = anyio.Event()
