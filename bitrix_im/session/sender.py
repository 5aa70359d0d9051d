"""One request over HTTP: seal, post, decode. It neither waits for limits nor tries again."""

from __future__ import annotations

import anyio
import httpx

from ..auth.credentials import Credentials, Envelope
from ..errors import AuthError, TransportError
from ..redact import guard_logs
from ..rest import decode
from ..rest.call import Reply


class Sender:
    """The connections to one portal, and the credentials that open it."""

    def __init__(self, credentials: Credentials, http: httpx.AsyncClient | None, connections: int) -> None:
        guard_logs()
        self.credentials = credentials
        self._connections = connections
        self._http = http
        self._owns_http = http is None

    async def send(self, method: str, content: bytes, within: float) -> Reply:
        """Call *method* with the JSON *content*, and return the answer; *within* seconds. Raises what failed.

        An `AuthError` may be good for one more try: hand it to `recover`.
        """
        envelope = await self.credentials.seal(method, content)
        response = await self._post(method, envelope, within)
        try:
            return decode.decode(method, response.status_code, response.headers, response.content)
        except AuthError as error:
            error.edition = envelope.edition
            raise

    async def recover(self, error: AuthError) -> bool:
        """Have better credentials than those that *error* refused, or raise; see `Credentials.recover`."""
        return await self.credentials.recover(error, self._client())

    async def _post(self, method: str, envelope: Envelope, within: float) -> httpx.Response:
        host = self.credentials.host
        failure: TransportError
        try:
            # httpx's own timeouts begin anew with every chunk, and a transport may have none at all.
            with anyio.move_on_after(within):
                return await self._client().post(
                    envelope.url,
                    content=envelope.content,
                    headers=envelope.headers,
                    timeout=within,
                    follow_redirects=False,
                )
            failure = TransportError(f"{method}: no answer from {host} within {within:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _transport_error(error, method, host)
        # Raised out here, so that not even __context__ leads to httpx's error: it holds the request, and that the URL.
        raise failure

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            limits = httpx.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
            # To this machine neither a proxy nor TLS is needed, whose set-up takes longer than many calls.
            is_plain = self.credentials.is_plain
            self._http = httpx.AsyncClient(limits=limits, trust_env=not is_plain, verify=not is_plain)
        return self._http

    async def aclose(self) -> None:
        """Close the connections, unless they are the caller's own."""
        await self.credentials.aclose()
        if self._owns_http and self._http is not None:
            await self._http.aclose()

    def __repr__(self) -> str:
        return repr(self.credentials)


def _transport_error(error: Exception, method: str, host: str) -> TransportError:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return TransportError(f"{method}: cannot connect to {host}: check the address and the network", sent=False)
    if isinstance(error, httpx.TimeoutException):
        return TransportError(f"{method}: no answer from {host} in time")
    return TransportError(f"{method}: the connection to {host} broke ({type(error).__name__})")
