"""One portal, as its callers see it.

A call's way, from above to below: `Session.unit` freezes it → `Dispatcher.run` waits → `Queue` says who leaves with
whom, a `Gate` and the `Budgets` say when → `Sender` posts → `Landing` says what that means for each → back here,
`_again` makes it once more where that is harmless.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Coroutine, Sequence
from typing import Any

import anyio
import attrs
import httpx
from tenacity import AsyncRetrying, RetryCallState

from ..auth.credentials import Credentials
from ..errors import BitrixError
from ..limits import Limits, OperatingBudget, SharedLimits
from ..rest.batch import Outcome
from ..rest.call import Call, Reply
from .budgets import Budgets
from .dispatch import Dispatcher
from .flights import SLOTS, SPARE
from .loop import running, shared
from .patience import Stop, Wait, verdict_of
from .retry import Verdict
from .sender import Sender
from .sharing import gate_of
from .stats import Counts, Stats
from .unit import Options, Unit

log = logging.getLogger("bitrix_im")


class Session:
    """One portal, one set of limits, one pool of connections; shared by everything that a client hands out."""

    _closed = True  # until it is made: there may be nothing to close

    def __init__(self, credentials: Credentials, limits: Limits | SharedLimits, http: httpx.AsyncClient | None) -> None:
        if not isinstance(limits, Limits | SharedLimits):
            raise TypeError(f"expected limits to be Limits, got {limits!r}: for example Limits.enterprise()")
        if http is not None and not isinstance(http, httpx.AsyncClient):
            raise TypeError(f"expected http to be an httpx.AsyncClient, got {type(http).__name__}")
        self._sender = Sender(credentials, http, SLOTS + SPARE)
        self._sharing = limits if isinstance(limits, SharedLimits) else None
        self._limits = limits.limits if isinstance(limits, SharedLimits) else limits
        self._counts = Counts()
        self._dispatcher: Dispatcher | None = None
        self._loop: object = None
        self._closed = False

    async def call(self, call: Call, options: Options) -> Reply:
        """Make *call*: alone when nothing waits, else with others in a batch; again where that is harmless."""
        (outcome,) = await self.unit([call], options)
        if isinstance(outcome, BitrixError):
            raise outcome
        return outcome

    async def unit(self, calls: Sequence[Call], options: Options) -> list[Outcome]:
        """Make several calls in one request, and return what became of the first ones that the limits allow.

        Calls may refer to earlier ones by `Ref`. Raises what failed the request as a whole.
        """
        dispatcher = self._here()
        unit = dispatcher.unit(calls, options)
        try:
            return await dispatcher.run(unit)
        except BitrixError as error:
            failure = error
        return await self._again(unit, dispatcher, failure)

    async def _again(self, unit: Unit, dispatcher: Dispatcher, failure: BitrixError | None) -> list[Outcome]:
        """What tenacity makes of a failure: its objects cost more than a whole call, so not before it is needed.

        A fresh one each time: it keeps its state on itself, and tasks must not share it.
        """
        standing = unit.calls[0] if unit.is_single else Call("batch", repeatable=False)

        async def attempt() -> list[Outcome]:
            nonlocal failure
            if failure is not None:
                first, failure = failure, None
                raise first
            return await dispatcher.run(unit)

        retrying = AsyncRetrying(
            sleep=dispatcher.rest,
            retry=lambda state: verdict_of(state, standing) is not Verdict.GIVE_UP,
            wait=Wait(unit),
            stop=Stop(unit),
            before_sleep=self._before_retry,
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except BitrixError as error:
            error.elapsed = anyio.current_time() - unit.made
            if unit.trials.sent:
                error.attempts = unit.trials.sent
            raise

    def _here(self) -> Dispatcher:
        """The dispatcher of this event loop: made at the first call, and no other loop's."""
        if self._closed:
            raise RuntimeError("this BitrixIM is closed: make a new one")
        loop = running()
        if self._dispatcher is None:
            self._loop, self._dispatcher = loop, self._connect()
        if self._loop is not loop:
            raise RuntimeError("this BitrixIM belongs to another event loop, that of its first call: make one per loop")
        return self._dispatcher

    def _connect(self) -> Dispatcher:
        """Share the pace with the other clients of this portal, and operating time with those it is counted for."""
        who, limits = self._sender.credentials, self._limits
        gate = gate_of(who.host, self._sharing)

        def budget(key: object, account: str, alike: OperatingBudget | None = None) -> OperatingBudget:
            place = self._sharing and self._sharing.where
            found = shared(("operating time", place, who.host, key, limits), lambda: OperatingBudget(limits, alike))
            gate.share(account, found)
            return found

        direct = budget(hash(who.identity), who.account)
        batched = budget("batched", "batched", direct) if who.counts_batches_apart else direct
        dispatcher = Dispatcher(self._sender, Budgets(direct, batched), gate, self._counts)
        gate.join(dispatcher, limits)
        return dispatcher

    def _before_retry(self, state: RetryCallState) -> None:
        self._counts.retries += 1
        log.debug("attempt %d failed: %s", state.attempt_number, state.outcome and state.outcome.exception())

    @property
    def limits(self) -> Limits:
        """What the portal allows, as it was told."""
        return self._limits

    @property
    def host(self) -> str:
        """The portal's host, with its port where it has one."""
        return self._sender.credentials.host

    @property
    def stats(self) -> Stats:
        """What has been done so far."""
        queued = len(self._dispatcher) if self._dispatcher else 0
        return Stats(**attrs.asdict(self._counts), refreshes=self._sender.credentials.refreshes, queued=queued)

    async def aclose(self) -> None:
        """End what is under way, and close the connections, unless they are the caller's own.

        Raises `RuntimeError` in another event loop, which can close nothing of this one's.
        """
        if self._dispatcher is not None and self._loop is not running():
            if self._closed:
                return
            raise RuntimeError(
                "this BitrixIM belongs to another event loop, that of its first call: close it there, before it ends"
            )
        self._closed = True
        if self._dispatcher is not None:
            await self._dispatcher.aclose()
        await self._sender.aclose()

    def __del__(self) -> None:
        if not self._closed and self._sender.is_open:
            warnings.warn(
                f"unclosed BitrixIM({self}): use `async with` or `await im.aclose()`", ResourceWarning, 2, self
            )

    def __repr__(self) -> str:
        return repr(self._sender)

    def __reduce__(self) -> Any:
        raise TypeError("a client holds secrets and connections and is not pickled: make one where it is needed")


@attrs.frozen
class BoundSession:
    """A session with the options that some calls are made with."""

    session: Session
    options: Options

    def call(self, call: Call) -> Coroutine[Any, Any, Reply]:
        """Make one call."""
        return self.session.call(call, self.options)

    def unit(self, calls: Sequence[Call]) -> Coroutine[Any, Any, list[Outcome]]:
        """Make several calls in one request, or the first ones of them."""
        return self.session.unit(calls, self.options)
