"""OAuth as data: tokens, what a refresh sends and what its answer means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import attrs

from ..errors import CODES, AccessError, AuthError, BitrixError, InvalidParameter, PortalGone, TransportError
from ..redact import redact
from ..rest import decode
from .credentials import Envelope
from .stores import TokenStore
from .tokens import Tokens, Unpicklable, is_token
from .webhook import is_own_address

SERVER = "https://oauth.bitrix.info/oauth/token/"
"""The auth server; portals of ru, by, kz and their neighbours use ``https://oauth.bitrix24.tech/oauth/token/``."""

REFRESH = "the token refresh"
# What says that the grant or the application is not good (any more), whatever the status.
_VERDICTS = frozenset(
    {
        *("invalid_grant", "invalid_client", "wrong_client", "unauthorized_client", "application_not_found"),
        *("payment_required", "not_installed", "portal_deleted"),
    }
)
# What an auth server says that cannot answer right now (RFC 6749, RFC 8628), or for whatever goes wrong inside it.
_BAD_MINUTES = frozenset({"temporarily_unavailable", "server_error", "slow_down", "error_core"})
_WEBHOOK = re.compile(r"/rest/\d+/[^/]")


@attrs.frozen(init=False)
class OAuth(Unpicklable):
    """An OAuth application.

    *client_endpoint* is the portal's REST address (``https://acme.bitrix24.com/rest/``), *tokens* the pair that the
    installation gave. With a *store* the newest pair is read from it first and saved to it before it is used. Raises
    `ValueError` for an address that is neither https nor loopback.
    """

    client_endpoint: str
    tokens: Tokens
    client_id: str
    client_secret: str = attrs.field(repr=False)
    store: TokenStore | None = attrs.field(default=None, kw_only=True, repr=False)
    server: str = attrs.field(default=SERVER, kw_only=True)

    def __init__(
        self,
        client_endpoint: str,
        tokens: Tokens,
        client_id: str,
        client_secret: str,
        *,
        store: TokenStore | None = None,
        server: str = SERVER,
    ) -> None:
        problem = _problem(client_endpoint, tokens, client_id, client_secret, server)
        if problem is not None:
            del client_endpoint, tokens, client_secret  # a traceback shows locals
            raise problem
        self.__attrs_init__(client_endpoint, tokens, client_id, client_secret, store=store, server=server)


def _problem(client_endpoint: str, tokens: object, client_id: str, client_secret: str, server: str) -> Exception | None:
    example = "https://acme.bitrix24.com/rest/"
    for address, name, like in ((client_endpoint, "client_endpoint", example), (server, "server", SERVER)):
        if not is_own_address(address):
            return ValueError(f"expected {name} to be an https:// address like {like}")
    if _WEBHOOK.search(client_endpoint):
        return ValueError(f"expected client_endpoint to be an address like {example}, got a webhook's")
    if not isinstance(tokens, Tokens):
        return TypeError(f"expected tokens to be a Tokens, got {type(tokens).__name__}")
    for text, name in ((client_id, "client_id"), (client_secret, "client_secret")):
        if not is_token(text):
            return ValueError(f"expected {name} to be a text of printable ASCII characters")
    return None


def refresh_request(oauth: OAuth, tokens: Tokens) -> Envelope:
    """The request of a refresh. Everything goes in a POST body: a URL would end up in logs."""
    form = {
        "grant_type": "refresh_token",
        "client_id": oauth.client_id,
        "client_secret": oauth.client_secret,
        "refresh_token": tokens.refresh_token,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return Envelope(urlsplit(oauth.server).netloc, oauth.server, headers, urlencode(form).encode(), 0)


def read_refresh(status: int, content: bytes, old: Tokens, now: datetime, host: str) -> Tokens | BitrixError:
    """The new pair out of the auth server's answer, or the error that it stands for; *old* is what was sent.

    `AuthError` only for a verdict on the grant or the application, also where it comes with HTTP 200. Anything else is
    a bad minute of the auth server and says nothing of the grant: a `TransportError` that is not sent, since the call
    that needs the tokens did not run. Returned, not raised: the frame here holds the tokens.
    """
    answer = decode.parse(content)
    if isinstance(answer, Mapping) and answer.get("error") and "access_token" not in answer:
        code, said = (redact(str(answer.get(name) or "")) for name in ("error", "error_description"))
        if _is_verdict(code, status):
            return AuthError(code, said, status, REFRESH)
        return _bad_minute(f"{host} answered {code}{said and ': '}{said}", status)
    if status == 429 or status >= 500 or 300 <= status < 400:
        return _bad_minute(f"{host} answered without a verdict", status)
    if answer is decode.NO_JSON:
        return _bad_minute(f"expected JSON from {host}, got something else", status)
    pair = [answer.get(name) if isinstance(answer, Mapping) else None for name in ("access_token", "refresh_token")]
    access, refresh = pair
    if not isinstance(answer, Mapping) or not is_token(access) or not is_token(refresh):
        return _bad_minute(f"expected access_token and refresh_token from {host}, got something else", status)
    lifetime, endpoint, member = (answer.get(name) for name in ("expires_in", "client_endpoint", "member_id"))
    return Tokens(
        str(access),
        str(refresh),
        _later(now, lifetime),
        endpoint if isinstance(endpoint, str) else old.client_endpoint,
        member if isinstance(member, str) else old.member_id,
    )


def _is_verdict(code: str, status: int) -> bool:
    """Whether an error says something of the grant or the application: a few codes do, then the status decides."""
    name = code.lower()
    if name in _VERDICTS:
        return True
    known = CODES.get(name, AuthError)
    if name in _BAD_MINUTES or not issubclass(known, AuthError | AccessError | PortalGone | InvalidParameter):
        return False
    return status != 429 and status < 500


def _bad_minute(why: str, status: int) -> TransportError:
    return TransportError(f"{REFRESH}: {why} [HTTP {status}]", sent=False, phase="refresh")


def _later(now: datetime, seconds: Any) -> datetime | None:
    try:
        return now + timedelta(seconds=seconds)
    except (OverflowError, TypeError, ValueError):
        return None  # it informs people: a pair is not thrown away for it


def endpoint_of(oauth: OAuth, tokens: Tokens) -> str:
    """Where calls go: what the auth server named, if it is safe and the same portal's, else what the user gave."""
    named = tokens.client_endpoint
    if named is None:
        return oauth.client_endpoint
    if not is_own_address(named):
        return oauth.client_endpoint
    told, given = urlsplit(named), urlsplit(oauth.client_endpoint)
    # The auth server knows a renamed portal by its member_id; without one, only the same host is the same portal.
    member_is_known = oauth.tokens.member_id is not None and oauth.tokens.member_id == tokens.member_id
    is_same = (told.hostname, told.port) == (given.hostname, given.port) or member_is_known
    return named if is_same else oauth.client_endpoint


def utc_now() -> datetime:
    """The wall clock, for ``expires_at`` alone: it informs people, no decision reads it."""
    return datetime.now(UTC)
