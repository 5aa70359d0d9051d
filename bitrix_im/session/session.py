"""One portal's calls: queue -> limits -> sender -> retry."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

import anyio
import attrs
import httpx
from tenacity import AsyncRetrying, RetryCallState

from ..auth.credentials import Credentials
from ..errors import (
    ApiError,
    AuthError,
    BatchError,
    BitrixError,
    OperationTimeLimit,
    QueryLimitExceeded,
)
from ..limits import LeakyBucket, Limits, OperatingBudget
from ..rest import batch, encode
from ..rest.batch import Outcome
from ..rest.call import Call, Reply
from .patience import Stop, Wait, verdict_of
from .queue import Queue, Unit
from .retry import Retry, Verdict, breaks_up, verdict
from .sender import Sender
from .stats import Counts, Stats

log = logging.getLogger("bitrix_im")

# httpx slows down with many connections in flight, and the portal lets few requests a second through.
_CONNECTIONS = 10


@attrs.frozen
class Options:
    """What `with_options` changes for some calls: the seconds one request may take, and how long to keep trying."""

    timeout: float
    retry: Retry


class Session:
    """One portal, one set of limits, one pool of connections; shared by everything that a client hands out."""

    def __init__(self, credentials: Credentials, limits: Limits, http: httpx.AsyncClient | None) -> None:
        self._sender = Sender(credentials, http, _CONNECTIONS)
        self._queue = Queue()
        self._bucket = LeakyBucket(limits)
        self._budget = OperatingBudget(limits)
        self._slots = anyio.Semaphore(self._sender.connections)
        self._closed = False
        self._counts = Counts()

    async def call(self, call: Call, options: Options) -> Reply:
        """Make *call*: alone when nothing waits, else with others in a batch; again where that is harmless."""
        (outcome,) = await self.unit([call], options)
        if isinstance(outcome, BitrixError):
            raise outcome
        return outcome

    async def unit(self, calls: Sequence[Call], options: Options) -> list[Outcome]:
        """Make several calls in one request, and return what became of the first ones that the limits allow.

        Calls may refer to earlier ones by `batch.Ref`. Raises what failed the request as a whole.
        """
        started = anyio.current_time()
        standing = calls[0] if len(calls) == 1 else Call("batch", repeatable=False)
        if len(calls) > 1 and not all(encode.is_safe_in_batch(call.params) for call in calls):
            calls = calls[:1]  # the others are made when their turn comes
        unit = Unit(list(calls), options.timeout, started + options.retry.max_elapsed)
        failure: BitrixError | None = None
        try:
            return await self._attempt(unit, options, started)
        except BitrixError as error:
            if verdict(error, standing) is Verdict.GIVE_UP or options.retry.attempts == 1:
                error.attempts, error.elapsed = 1 + unit.failures, anyio.current_time() - started
                raise
            failure = error

        # From here on tenacity decides; making its objects costs more than a whole call, so not before it is needed.
        # A fresh one each time: it keeps its state on itself, and tasks must not share it.
        async def again() -> list[Outcome]:
            nonlocal failure
            if failure is not None:
                first, failure = failure, None
                raise first
            return await self._attempt(unit, options, started)

        retrying = AsyncRetrying(
            sleep=anyio.sleep,
            retry=lambda state: verdict_of(state, standing) is not Verdict.GIVE_UP,
            wait=Wait(standing, options.retry),
            stop=Stop(started, options.retry),
            before_sleep=self._before_retry,
            reraise=True,
        )
        try:
            return await retrying(again)
        except BitrixError as error:
            error.attempts = retrying.statistics.get("attempt_number", 1) + unit.failures
            error.elapsed = anyio.current_time() - started
            raise

    async def _attempt(self, unit: Unit, options: Options, started: float) -> list[Outcome]:
        while True:
            # Those of an explicit batch's commands, too; last its own, which is what decides whether it may leave.
            for method in (*(row.name for row in batch.rows_of(unit.calls[0])), unit.calls[0].method):
                await self._wait_for_budget(method, options, started)
            outcomes = await self._depart(unit)
            if outcomes is not None:
                break
        if len(outcomes) == 1 and isinstance(outcomes[0], BitrixError):
            raise outcomes[0]
        return outcomes

    async def _wait_for_budget(self, method: str, options: Options, started: float) -> None:
        while delay := self._budget.delay(method, anyio.current_time()):
            if anyio.current_time() - started + delay > options.retry.max_elapsed:
                text = f"out of operating time for another {delay:.0f} s, longer than Retry.max_elapsed allows to wait"
                error = OperationTimeLimit("OPERATION_TIME_LIMIT", text, 0, method)
                error.reset_at, error.is_final = self._budget.reset_at(method), True
                raise error
            await self._sleep(delay)

    def _admit(self, unit: Unit, now: float) -> bool:
        """Take operating time for the unit's calls, or for as many of the first ones as there is; False: for none."""
        most = 1
        if len(unit.calls) > 1 and not self._budget.delay("batch", now):
            most = self._queue.fitting(unit.calls)
        count = 0
        for call in unit.calls[:most]:
            if self._budget.room(call.method, now) < 1:
                break
            self._budget.started(call.method, now)
            count += 1
        if count:
            del unit.calls[count:]
        return count > 0

    async def _depart(self, unit: Unit) -> list[Outcome] | None:
        """Send the unit, now or in its turn; None when its method ran out of operating time before it left."""
        unit.outcomes, unit.is_gone = None, False
        try:
            now = anyio.current_time()
            if not self._queue and self._slots.value and not self._bucket.delay(now):
                if not self._admit(unit, now):
                    return None
                self._slots.acquire_nowait()
                self._bucket.reserve(now)
                await self._carry([unit])
            if unit.outcomes is None:
                await self._wait_in_queue(unit)
        finally:
            self._queue.leave(unit)
        if isinstance(unit.outcomes, Exception):
            raise unit.outcomes
        return unit.outcomes

    async def _wait_in_queue(self, unit: Unit) -> None:
        if unit not in self._queue:
            batch.pack([unit.calls])  # what cannot be encoded fails here, in its own caller's task, not in the leader's
            self._queue.join(unit)
        while unit.outcomes is None:
            if self._queue.head is not unit:
                unit.event = anyio.Event()
                await unit.event.wait()
                continue
            await self._slots.acquire()
            try:
                # Only the head waits for the bucket, so that a refusal meanwhile delays everybody behind it.
                while self._queue.head is unit and (delay := self._bucket.delay(anyio.current_time())):
                    await self._sleep(delay)
            except BaseException:
                self._slots.release()
                raise
            if self._queue.head is not unit:  # taken along by another, or passengers came back in front of it
                self._slots.release()
                continue
            self._queue.shorten_head()
            now = anyio.current_time()
            if not self._admit(unit, now):
                self._slots.release()
                return
            self._bucket.reserve(now)
            # Where batch itself is charged and its time used up, everybody goes alone.
            alone = self._budget.delay("batch", now) > 0
            await self._carry(self._queue.take(partial(self._admit, now=now), alone=alone))

    async def _carry(self, units: list[Unit]) -> None:
        """Send what the units hold in one request, and give each its outcomes; the slot is released."""
        try:
            if len(units) == 1 and len(units[0].calls) == 1:
                call = units[0].calls[0]
                reply = await self._request(call, units[0].timeout)
                units[0].outcomes = [reply]
                if call.row.name == "batch":  # the caller's own: its commands count all the same
                    for method, outcome in batch.inside(call, reply):
                        self._observe(method, outcome)
                return
            calls = [unit.calls for unit in units]
            reply = await self._request(batch.pack(calls), max(unit.timeout for unit in units), calls)
            self._share_out(units, batch.unpack(reply, calls))
        except Exception as error:  # noqa: BLE001 - each gets it, and raises it: a token store may raise anything
            self._share_failure(units, error)
        finally:
            self._slots.release()
            for unit in units:
                for call in unit.calls:
                    self._budget.finished(call.method)
            # Cancelled on the way, or to be sent again in smaller parts: back in front of the queue.
            self._queue.give_back(unit for unit in units if unit.outcomes is None)
            for unit in units:
                unit.wake()

    def _share_out(self, units: list[Unit], outcomes: list[list[Outcome]]) -> None:
        for unit, own in zip(units, outcomes, strict=True):
            for call, outcome in zip(unit.calls, own, strict=True):
                self._observe(call.method, outcome)
            if unit.most > 1 and any(isinstance(outcome, BatchError) for outcome in own):
                unit.most = 1  # refused by batch itself, so it goes alone
            else:
                unit.outcomes = own

    def _share_failure(self, units: list[Unit], error: Exception) -> None:
        commands, now = sum(len(unit.calls) for unit in units), anyio.current_time()
        for unit in units:
            if len(units) > 1 and isinstance(error, BitrixError) and breaks_up(error) and now < unit.deadline:
                unit.most = max(1, commands // 4)  # one bad command must not sink the others
                unit.failures += 1
            elif unit is units[0] or not isinstance(error, BitrixError):
                unit.outcomes = error
            else:
                unit.outcomes = error.again()

    async def _request(self, call: Call, within: float, commands: Sequence[Sequence[Call]] = ()) -> Reply:
        """One call over HTTP; once more where its credentials were refused and better ones can be had."""
        content, is_last = encode.body(call.params), False
        while True:
            if self._closed:
                raise RuntimeError("this BitrixIM is closed: make a new one")
            self._counts.requests += 1
            self._counts.commands += sum(map(len, commands)) or 1
            try:
                reply = await self._sender.send(call.method, content, within)
            except AuthError as error:
                self._observe(call.method, error)
                if is_last:
                    raise
                # What another process had stored may have run out as well: only a refresh of ours is the last.
                is_last = await self._sender.recover(error)
            except ApiError as error:
                self._observe(call.method, error)
                raise
            else:
                self._observe(call.method, reply)
                return reply
            if delay := self._bucket.reserve(anyio.current_time()):
                await self._sleep(delay)

    def _observe(self, method: str, outcome: Outcome) -> None:
        now = anyio.current_time()
        match outcome:
            case Reply(time=time) if time is not None:
                self._budget.observe(method, time.operating, time.operating_reset_at, time.finish, now)
                if method != "batch":
                    self._queue.learn(method, time.duration)
            case QueryLimitExceeded():
                self._bucket.refused(now)
                self._counts.limit_hits += 1
            case OperationTimeLimit():
                self._budget.refused(method, now)
                outcome.reset_at = self._budget.reset_at(method)
                self._counts.operating_hits += 1

    async def _sleep(self, delay: float) -> None:
        self._counts.waited += delay
        await anyio.sleep(delay)

    def _before_retry(self, state: RetryCallState) -> None:
        self._counts.retries += 1
        log.debug("attempt %d failed: %s", state.attempt_number, state.outcome and state.outcome.exception())

    @property
    def stats(self) -> Stats:
        """What has been done so far."""
        return Stats(**attrs.asdict(self._counts), refreshes=self._sender.credentials.refreshes)

    async def aclose(self) -> None:
        """Close the connections, unless they are the caller's own."""
        self._closed = True
        await self._sender.aclose()

    def __repr__(self) -> str:
        return repr(self._sender)


@attrs.frozen
class BoundSession:
    """A session with the options that some calls are made with."""

    session: Session
    options: Options

    async def call(self, call: Call) -> Reply:
        """Make one call."""
        return await self.session.call(call, self.options)

    async def unit(self, calls: Sequence[Call]) -> list[Outcome]:
        """Make several calls in one request, or the first ones of them."""
        return await self.session.unit(calls, self.options)
