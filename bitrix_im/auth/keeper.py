"""An OAuth application's credentials: the tokens in use, and one refresh for any number of callers."""

from __future__ import annotations

import json
from collections.abc import Hashable
from urllib.parse import urlsplit

import anyio
import httpx

from ..errors import AuthError, BitrixError, ExpiredToken, TransportError, UnexpectedResponse
from ..redact import Secrets
from .credentials import JSON_HEADERS, Envelope, account_of
from .keeping import Keeping
from .oauth import REFRESH, OAuth, endpoint_of, read_refresh, refresh_request, utc_now
from .pairs import Pairs
from .post import post
from .tokens import Tokens

_TIMEOUT = 30.0
_LOOKS = (0.2, 0.5, 1.0)  # seconds between looks at a store without a lock: another process saves what it was given


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
        self._pairs = Pairs(oauth.tokens)
        self._keeping = Keeping(oauth.store)
        self._is_loaded = oauth.store is None
        self._loading = anyio.Lock()
        self._flight: _Flight | None = None
        self._token_in_body = False
        self._edition = 0
        self.refreshes = 0
        self._note_change()

    @property
    def host(self) -> str:
        """The portal's host."""
        return urlsplit(self._endpoint).netloc

    @property
    def identity(self) -> Hashable:
        """What the portal counts operating time by: the application."""
        return self.host, self._oauth.client_id

    @property
    def is_renewing(self) -> bool:
        """Whether a refresh is under way, or waits for another process's."""
        return self._flight is not None

    @property
    def account(self) -> str:
        """The same as a name that tells nothing of it."""
        return account_of(f"{self.host} {self._oauth.client_id}")

    async def seal(self, method: str, content: bytes) -> Envelope:
        """The request that calls *method*, by the newest tokens known: the store's, where it has any."""
        if not self._is_loaded:
            await self._load()
        await self._keeping.catch_up()
        url, token = f"{self._endpoint.rstrip('/')}/{method}", self._pairs.current.access_token
        if self._token_in_body:
            content = b'{"auth":' + json.dumps(token).encode() + (b"," if content != b"{}" else b"") + content[1:]
            return Envelope(self.host, url, JSON_HEADERS, content, self._edition)
        headers = {**JSON_HEADERS, "Authorization": f"Bearer {token}"}
        return Envelope(self.host, url, headers, content, self._edition)

    async def _load(self) -> None:
        async with self._loading:
            if not self._is_loaded:
                self._adopt(await self._keeping.load())
                self._is_loaded = True

    async def recover(self, error: AuthError, http: httpx.AsyncClient) -> bool:
        """Have newer tokens than those that had run out; one refresh at a time, shared by all who ask meanwhile.

        Where the token did not even arrive (a web server keeps ``Authorization`` to itself), it goes in the body from
        then on (docs/portal.md#authorization-stripped). Returns whether the tokens are fresh from the auth server:
        others may have run out as well. Raises what failed the refresh; the next call tries anew.
        """
        if error.code.upper() == "NO_AUTH_FOUND":
            if error.edition == self._edition:
                if self._token_in_body:
                    raise error
                self._token_in_body = True
                self._edition += 1
            return False
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
        async with self._keeping.lock() as lock:
            if self._adopt(await self._keeping.load()):
                return False
            exchange = await self._exchange(http, may_be_overtaken=self._keeping.exists and not lock.is_held)
            if exchange is None:
                return False
            old, fresh = exchange
            try:
                await self._keeping.save(fresh)
            finally:  # used once it is saved, and where it cannot be saved, all the same: the old one is spent
                self._pairs.exchanged(old, fresh)
                self._note_change()
        return True

    async def _exchange(self, http: httpx.AsyncClient, *, may_be_overtaken: bool) -> tuple[Tokens, Tokens] | None:
        """One of our pairs and the fresh one for it; None where another process has left one in the store meanwhile."""
        refusal: AuthError | None = None
        tried: list[Tokens] = []  # which do not show themselves: a traceback shows locals
        while pair := next((one for one in self._pairs.candidates() if one not in tried), None):
            tried.append(pair)
            try:
                return pair, await self._fetch(http, pair)
            except AuthError as error:
                if error.code.lower() != "invalid_grant":
                    raise
                self._pairs.refused(pair)
                refusal = refusal or error
            # Two processes at once: the faster one has spent the refresh token, and saves what it got.
            if self._adopt(await self._keeping.load()):
                return None
        for pause in _LOOKS if may_be_overtaken else ():
            await anyio.sleep(pause)
            if self._adopt(await self._keeping.load()):
                return None
        assert refusal is not None  # noqa: S101 - there is always the pair in use
        raise refusal

    async def _fetch(self, http: httpx.AsyncClient, pair: Tokens) -> Tokens:
        try:
            response = await post(http, refresh_request(self._oauth, pair), _TIMEOUT, REFRESH)
        except TransportError as error:
            # The call that needs the tokens has not run, so it may be made again, whatever it is: not sent.
            error.sent, error.phase = False, "refresh"
            raise
        except UnexpectedResponse as error:
            raise TransportError(str(error), sent=False, phase="refresh") from None
        outcome = read_refresh(response.status_code, response.content, pair, utc_now(), self.auth_host)
        if isinstance(outcome, BitrixError):
            raise outcome
        self.refreshes += 1
        self._secrets.add(outcome.access_token, outcome.refresh_token)
        return outcome

    @property
    def auth_host(self) -> str:
        """The auth server's host."""
        return urlsplit(self._oauth.server).netloc

    def _adopt(self, stored: Tokens | None) -> bool:
        if stored is not None:
            self._secrets.add(stored.access_token, stored.refresh_token)
        is_changed = self._pairs.adopt(stored)
        if is_changed:
            self._note_change()
        return is_changed

    def _note_change(self) -> None:
        tokens = self._pairs.current
        self._secrets.add(tokens.access_token, tokens.refresh_token)
        self._endpoint = endpoint_of(self._oauth, tokens)
        self._edition += 1

    async def aclose(self) -> None:
        """Wait for a refresh under way, and save what is not saved yet: a new pair must not be lost."""
        if self._flight is not None:
            await self._flight.landed.wait()
        await self._keeping.last_chance()

    def __repr__(self) -> str:
        return f"OAuth({self._endpoint!r})"
