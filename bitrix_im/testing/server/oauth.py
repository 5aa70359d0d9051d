"""OAuth: access tokens for the REST path, and the authorization server's token endpoint."""

from random import Random
from typing import Any

import attrs

from ..rest.calls import RestError
from ..world.clock import ServerClock

TOKEN_HOSTS = frozenset({"oauth.bitrix.info", "oauth.bitrix24.tech"})
_REFRESH_LIVES = 180 * 86_400


@attrs.define
class _Grant:
    client_id: str
    user_id: int
    expires: float


class OAuthServer:
    """The applications of a portal and the tokens given to them."""

    def __init__(self, clock: ServerClock, host: str, user_id: int, seed: int) -> None:
        self.client_endpoint = f"https://{host}/rest/"
        """What a token answer says about where REST calls go."""
        self.domain = "oauth.bitrix.info"
        self.refreshes = 0
        """Successful refreshes so far."""
        self.attempts = 0
        """Requests to the token endpoint so far."""
        self.failing: tuple[str, int] | None = None
        """An error code and its HTTP status that every refresh answers meanwhile (``("PAYMENT_REQUIRED", 401)``)."""
        self._clock = clock
        self._user_id = user_id
        self._random = Random(f"oauth {seed}")
        self._apps: dict[str, str] = {}
        self._access: dict[str, _Grant] = {}
        self._refresh: dict[str, _Grant] = {}
        self._codes: dict[str, _Grant] = {}

    def register(self, client_id: str, client_secret: str) -> None:
        """Make an application known."""
        self._apps[client_id] = client_secret

    def issue(self, client_id: str | None = None, expires_in: int = 3600, user_id: int | None = None) -> dict[str, Any]:
        """Give out a new pair of tokens, as the token endpoint would answer it."""
        client_id, user_id = client_id or self._first(), user_id or self._user_id
        access, refresh = self._secret(), self._secret()
        expires = self._clock.now() + expires_in
        self._access[access] = _Grant(client_id, user_id, expires)
        self._refresh[refresh] = _Grant(client_id, user_id, self._clock.now() + _REFRESH_LIVES)
        return {
            "access_token": access,
            "expires": int(expires),
            "expires_in": expires_in,
            "scope": "im",
            "domain": self.domain,
            "server_endpoint": f"https://{self.domain}/rest/",
            "status": "L",
            "client_endpoint": self.client_endpoint,
            "member_id": f"{self._user_id:032x}",
            "user_id": user_id,
            "refresh_token": refresh,
        }

    def expire(self, access_token: str | None = None) -> None:
        """Let an access token expire now, or all of them."""
        for token, grant in self._access.items():
            if access_token in (None, token):
                grant.expires = self._clock.now()

    def revoke(self, refresh_token: str | None = None) -> None:
        """Make a refresh token useless, or all of them: the application was uninstalled."""
        for token in list(self._refresh) if refresh_token is None else [refresh_token]:
            self._refresh.pop(token, None)

    def check(self, access_token: str) -> tuple[str, int]:
        """The application and the user that a token belongs to; NO_AUTH_FOUND, invalid_token or expired_token."""
        if not access_token:
            raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
        grant = self._access.get(access_token)
        if grant is None:
            raise RestError("invalid_token", "Unable to get application by token", 401)
        if grant.expires <= self._clock.now():
            raise RestError("expired_token", "The access token provided has expired.", 401)
        return grant.client_id, grant.user_id

    def authorize(self, client_id: str | None = None, user_id: int | None = None) -> str:
        """A code, as a user's browser brings it back: good once, for 30 seconds."""
        code = self._secret()[:40]
        self._codes[code] = _Grant(client_id or self._first(), user_id or self._user_id, self._clock.now() + 30)
        return code

    def grant(self, form: dict[Any, Any]) -> dict[str, Any]:
        """Exchange a refresh token or a code for a new pair; the old one is spent.

        The client is looked at first, then the kind of grant, then the grant.
        """
        self.attempts += 1
        if self.failing is not None:
            raise RestError(self.failing[0], "Refused", self.failing[1])
        client_id, secret = form.get("client_id"), form.get("client_secret")
        if client_id not in self._apps:
            raise RestError("wrong_client", "Wrong client", 200)  # the one error that looks like a success
        if self._apps[client_id] != secret:
            raise RestError("invalid_client", "Invalid client", 400)
        kind = form.get("grant_type")
        given = form.get({"refresh_token": "refresh_token", "authorization_code": "code"}.get(str(kind), ""))
        if not isinstance(given, str) or not given:
            raise RestError("invalid_request", "Invalid request", 400)
        grants = self._refresh if kind == "refresh_token" else self._codes
        grant = grants.get(given)
        if grant is None or grant.client_id != client_id or grant.expires <= self._clock.now():
            raise RestError("invalid_grant", "Invalid grant", 400)
        del grants[given]
        if kind == "refresh_token":
            self.refreshes += 1
        return self.issue(grant.client_id, user_id=grant.user_id)

    def _first(self) -> str:
        return next(iter(self._apps), "local.app")

    def _secret(self) -> str:
        return f"{self._random.getrandbits(280):070x}"
