"""An OAuth application's credentials: the tokens in use, and one refresh for any number of callers."""

from __future__ import annotations

import json
from collections.abc import Hashable
from urllib.parse import urlsplit

import anyio
import httpx

from ..errors import AuthError, BitrixError, ExpiredToken, TransportError, UnexpectedResponse
from ..redact import Secrets
from .credentials import JSON_HEADERS, Envelope
from .oauth import OAuth, endpoint_of, read_refresh, refresh_form, utc_now
from .tokens import Tokens

_TIMEOUT = 30.0


class _Flight:
    """A refresh under way: whoever comes meanwhile waits for its end, and shares it."""

    def __init__(self) -> None:
        self.landed = anyio.Event()
        self.error: Exception | None = None
        self.is_fresh = False


class TokenKeeper:
    """An OAuth application's credentials: the newest tokens known."""

    is_plain = False  # secrets also go to the auth server, whatever the portal's address is
    counts_batches_apart = False

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth
        self._secrets = Secrets([oauth.client_secret])
        self._loaded = oauth.store is None
        self._loading = anyio.Lock()
        self._flight: _Flight | None = None
        self._unsaved: Tokens | None = None
        self._edition = 0
        self.refreshes = 0
        self._use(oauth.tokens)

    @property
    def host(self) -> str:
        """The portal's host."""
        return urlsplit(self._endpoint).netloc

    @property
    def identity(self) -> Hashable:
        """What the portal counts operating time by: the application."""
        return self.host, self._oauth.client_id

    async def seal(self, method: str, content: bytes) -> Envelope:
        """The request that calls *method*, by the newest tokens known: the store's, where it has any."""
        if not self._loaded:
            await self._load()
        headers = {**JSON_HEADERS, "Authorization": f"Bearer {self._tokens.access_token}"}
        return Envelope(f"{self._endpoint.rstrip('/')}/{method}", headers, content, self._edition)

    async def _load(self) -> None:
        async with self._loading:
            if not self._loaded:
                self._use(await self._stored() or self._tokens)
                self._loaded = True

    async def recover(self, error: AuthError, http: httpx.AsyncClient) -> bool:
        """Have newer tokens than those that had run out; one refresh at a time, shared by all who ask meanwhile.

        Returns whether they are fresh from the auth server: others may have run out as well. Raises what failed the
        refresh; the next call tries anew.
        """
        if not isinstance(error, ExpiredToken):
            raise error
        if self._flight is not None:
            flight = self._flight
            await flight.landed.wait()
            if flight.error is not None:
                raise flight.error.again() if isinstance(flight.error, BitrixError) else flight.error
            return flight.is_fresh
        if self._edition != error.edition:
            return False
        flight = self._flight = _Flight()
        # Not to be cancelled half-way: the old refresh token may be spent already, and the new one not yet saved. In a
        # task of its own, waited for, since asyncio's own cancellation (wait_for, Task.cancel) knows no shield.
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._fly, flight, http)
        finally:  # cancelled before it began, it has not landed by itself
            self._land(flight)
        if flight.error is not None:
            raise flight.error
        return flight.is_fresh

    async def _fly(self, flight: _Flight, http: httpx.AsyncClient) -> None:
        try:
            with anyio.CancelScope(shield=True):
                flight.is_fresh = await self._refresh(http)
        except Exception as error:  # noqa: BLE001 - a store can fail with anything; who asked raises it
            flight.error = error
        finally:
            self._land(flight)

    def _land(self, flight: _Flight) -> None:
        if self._flight is flight:
            self._flight = None
        flight.landed.set()

    async def _refresh(self, http: httpx.AsyncClient) -> bool:
        if self._unsaved is None:
            if await self._use_stored():
                return False
            try:
                self._unsaved = await self._fetch(http)
            except AuthError:
                # Two processes at once: the faster one has spent the refresh token, and saved what it got.
                if await self._use_stored():
                    return False
                raise
        # Kept until it is saved: the pair before it is spent, so without this one the application would be locked out.
        if self._oauth.store is not None:
            await self._oauth.store.save(self._unsaved)
        self._use(self._unsaved)
        self._unsaved = None
        return True

    async def _use_stored(self) -> bool:
        """Use the store's tokens, where another process left newer ones there."""
        stored = await self._stored()
        if stored is None or stored.access_token == self._tokens.access_token:
            return False
        self._use(stored)
        return True

    async def _fetch(self, http: httpx.AsyncClient) -> Tokens:
        status, content = await self._ask(http)
        answer = _parsed(content)
        if answer is None:
            raise UnexpectedResponse("the token refresh: expected JSON, got something else", status=status)
        tokens = read_refresh(status, answer, self._tokens, utc_now())
        self.refreshes += 1
        self._secrets.add(tokens.access_token, tokens.refresh_token)
        return tokens

    async def _ask(self, http: httpx.AsyncClient) -> tuple[int, bytes]:
        host = urlsplit(self._oauth.server).netloc
        try:
            with anyio.fail_after(_TIMEOUT):
                form = refresh_form(self._oauth, self._tokens)
                response = await http.post(self._oauth.server, data=form, timeout=_TIMEOUT, follow_redirects=False)
        # The call that needs the tokens has not run, so it may be made again, whatever it is: not sent.
        except TimeoutError:
            failure = TransportError(f"the token refresh: no answer from {host} within {_TIMEOUT:g} s", sent=False)
        except httpx.HTTPError as error:
            why = f"the connection to {host} broke ({type(error).__name__})"
            failure = TransportError(f"the token refresh: {why}", sent=False)
        else:
            return response.status_code, response.content
        # Raised out here: httpx's error holds the request, and that the secrets.
        raise failure

    async def _stored(self) -> Tokens | None:
        return await self._oauth.store.load() if self._oauth.store is not None else None

    def _use(self, tokens: Tokens) -> None:
        self._secrets.add(tokens.access_token, tokens.refresh_token)
        self._tokens = tokens
        self._edition += 1
        self._endpoint = endpoint_of(self._oauth, tokens)

    async def aclose(self) -> None:
        """Wait for a refresh under way: its new pair must not be lost."""
        if self._flight is not None:
            await self._flight.landed.wait()

    def __repr__(self) -> str:
        return f"OAuth({self._endpoint!r})"


def _parsed(content: bytes) -> object | None:
    try:
        parsed: object = json.loads(content)
    except ValueError:
        return None
    return parsed
