"""The only module that sends: limits -> auth -> httpx -> decode -> retry."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any

import anyio
import attrs
import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception
from tenacity.stop import stop_after_attempt
from tenacity.wait import wait_random_exponential

from . import wire
from .auth import Webhook
from .errors import BitrixError, QueryLimitExceeded, TransportError
from .limits import LeakyBucket, Limits
from .retry import Retry, verdict
from .wire import Call, Reply

log = logging.getLogger("bitrix_im")

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
# httpx slows down with many connections in flight, and the portal lets 2 requests a second through.
_CONNECTIONS = httpx.Limits(max_connections=10, max_keepalive_connections=10)


@attrs.frozen
class Options:
    """What `with_options` changes for some calls: the seconds one request may take, and how long to keep trying."""

    timeout: float
    retry: Retry


@attrs.frozen
class Stats:
    """What a client has done so far.

    ``requests``: HTTP requests sent; ``commands``: REST calls run by them; ``retries``: requests that repeated an
    earlier one; ``limit_hits``: requests that the portal refused for their rate; ``waited``: seconds that calls slept
    for the limits, added up.
    """

    requests: int = 0
    commands: int = 0
    retries: int = 0
    limit_hits: int = 0
    waited: float = 0.0


class Session:
    """One portal, one set of limits, one pool of connections; shared by everything that a client hands out."""

    def __init__(self, auth: Webhook, limits: Limits, http: httpx.AsyncClient | None) -> None:
        self._auth = auth
        self._bucket = LeakyBucket(limits)
        self._turn = anyio.Lock()  # first come, first served
        self._http = http
        self._owns_http = http is None
        self._closed = False
        self.stats = Stats()

    async def call(self, call: Call, options: Options) -> Reply:
        """Make *call*, waiting for the limits and trying again where that is harmless."""
        started = anyio.current_time()
        # A fresh object for every call: tenacity keeps its state on the object, and tasks must not share it.
        retrying = AsyncRetrying(
            sleep=anyio.sleep,
            retry=retry_if_exception(lambda error: isinstance(error, BitrixError) and verdict(error, call)),
            wait=wait_random_exponential(multiplier=0.5, max=options.retry.max_delay),
            stop=stop_after_attempt(options.retry.attempts) | _out_of_time(started, options.retry),
            before_sleep=self._count_retry,
            reraise=True,
        )
        try:
            return await retrying(self._send, call, options)
        except BitrixError as error:
            error.attempts = retrying.statistics.get("attempt_number", 1)
            error.elapsed = anyio.current_time() - started
            raise

    async def _send(self, call: Call, options: Options) -> Reply:
        if self._closed:
            raise RuntimeError("this BitrixIM is closed: make a new one")
        await self._wait_for_turn()
        self._count(requests=1, commands=1)
        try:
            return await self._post(call, options)
        except QueryLimitExceeded:
            self._count(limit_hits=1)
            raise

    async def _wait_for_turn(self) -> None:
        async with self._turn:
            delay = self._bucket.reserve(anyio.current_time())
            if delay > 0:
                self._count(waited=delay)
                await anyio.sleep(delay)

    async def _post(self, call: Call, options: Options) -> Reply:
        try:
            # httpx's own timeouts begin anew with every chunk, and a transport may have none at all.
            with anyio.fail_after(options.timeout):
                response = await self._client().post(
                    self._auth.url(call.method),
                    content=wire.body(call.params),
                    headers=_HEADERS,
                    timeout=options.timeout,
                    follow_redirects=False,
                )
        except TimeoutError:
            message = f"{call.method}: no answer from {self._auth.host} within {options.timeout:g} s"
            raise TransportError(message) from None
        except httpx.HTTPError as error:
            # Not chained: httpx's errors hold the request, and its URL holds the webhook's secret.
            raise _transport_error(error, call, self._auth.host) from None
        return wire.decode(call.method, response.status_code, response.headers, response.content)

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(limits=_CONNECTIONS)
        return self._http

    def _count_retry(self, state: RetryCallState) -> None:
        self._count(retries=1)
        log.debug("trying again: attempt %d failed", state.attempt_number)

    def _count(self, **more: Any) -> None:
        self.stats = attrs.evolve(self.stats, **{name: getattr(self.stats, name) + by for name, by in more.items()})

    async def aclose(self) -> None:
        """Close the connections, unless they are the caller's own."""
        self._closed = True
        if self._owns_http and self._http is not None:
            await self._http.aclose()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _out_of_time(started: float, retry: Retry) -> Any:
    """Stop when the next wait would end too late, by anyio's clock (tenacity's own reads another one)."""

    def stop(state: RetryCallState) -> bool:
        return anyio.current_time() - started + state.upcoming_sleep > retry.max_elapsed

    return stop


def _transport_error(error: httpx.HTTPError, call: Call, host: str) -> TransportError:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return TransportError(f"{call.method}: cannot connect to {host}: check the address and the network", sent=False)
    if isinstance(error, httpx.TimeoutException):
        return TransportError(f"{call.method}: no answer from {host} in time")
    return TransportError(f"{call.method}: the connection to {host} broke ({type(error).__name__})")
