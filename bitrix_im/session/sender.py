"""One request over HTTP: seal, post, decode. It neither waits for limits nor tries again."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy

import anyio
import attrs
import httpx

from ..auth.causes import no_client
from ..auth.credentials import Credentials, Envelope
from ..auth.pool import connections_of
from ..auth.post import post
from ..auth.tls import shared_context
from ..errors import AuthError, BitrixError
from ..redact import guard_logs
from ..rest import decode
from ..rest.call import Reply
from ..rest.inline import Attachment
from .transfer.fetch import Address, Receiver, fetch


class Sender:
    """The connections to one portal, and the credentials that open it."""

    def __init__(self, credentials: Credentials, http: httpx.AsyncClient | None, connections: int) -> None:
        guard_logs()
        self.credentials = credentials
        self._connections = connections
        self._http = http
        self._owns_http = http is None

    async def send(
        self,
        method: str,
        content: bytes,
        within: float,
        file: Attachment | None = None,
        scope: anyio.CancelScope | None = None,
    ) -> Reply:
        """Call *method* with the JSON *content*, and return the answer; *within* seconds. Raises what failed.

        A *file* goes where its mark stands in the content. Cancelling *scope* gives the request up, as its time does.

        An `AuthError` may be good for one more try: hand it to `recover`.
        """
        envelope = await self.credentials.seal(method, content)
        del content  # a bot's token may stand in it, and a traceback shows locals
        if file is not None:
            envelope = _with(file, envelope)
        response = await post(self._client(method), envelope, within, method, scope)
        outcome = decode.decode(method, response.status_code, response.headers, response.content, envelope.host)
        if isinstance(outcome, AuthError):
            outcome.edition = envelope.edition
        if isinstance(outcome, BitrixError):
            raise outcome
        return outcome

    async def fetch(self, address: Address, receive: Receiver, within: float, what: str) -> int:
        """Fetch a file by the same connections, but without credentials, and return its size; see `fetch`."""
        return await fetch(self._client(what), address, self.credentials.host, receive, within, what)

    async def recover(self, error: AuthError) -> bool:
        """Have better credentials than those that *error* refused, or raise; see `Credentials.recover`."""
        return await self.credentials.recover(error, self._client("the token refresh"))

    def _client(self, what: str) -> httpx.AsyncClient:
        if self._http is None:
            self._http = self._own_client(what)
        return self._http

    def _own_client(self, what: str) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
        # To this machine neither a proxy nor TLS is needed, whose set-up takes longer than many calls.
        is_plain = self.credentials.is_plain
        try:
            verify = shared_context(is_plain=is_plain)
            http = httpx.AsyncClient(limits=limits, trust_env=not is_plain, verify=verify)
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            failure = no_client(error, what)
        else:
            http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
            return http
        raise failure  # out here: httpx's own error shows the proxy's address

    @property
    def is_open(self) -> bool:
        """Whether there are connections of its own to close."""
        return self._owns_http and self._http is not None and not self._http.is_closed

    async def aclose(self) -> None:
        """Close the connections, unless they are the caller's own."""
        await self.credentials.aclose()
        if self._owns_http and self._http is not None:
            await self._http.aclose()

    @property
    def connections(self) -> int:
        """How many requests can be under way: with more, they wait inside the pool, where a cancelled one stays."""
        theirs = connections_of(self._http)
        return self._connections if theirs is None else max(1, min(self._connections, theirs))

    def __repr__(self) -> str:
        return repr(self.credentials)


def _with(file: Attachment, envelope: Envelope) -> Envelope:
    """The request with a file in its body."""
    length, content = file.into(envelope.content) if isinstance(envelope.content, bytes) else (0, envelope.content)
    return attrs.evolve(envelope, headers={**envelope.headers, "Content-Length": str(length)}, content=content)
