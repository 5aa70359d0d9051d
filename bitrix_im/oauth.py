"""OAuth as data: tokens, where they are kept, what a refresh sends and what its answer means."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import anyio.to_thread
import attrs

from .auth import own_address
from .errors import AuthError, UnexpectedResponse
from .redact import redact

SERVER = "https://oauth.bitrix.info/oauth/token/"
"""The auth server; portals of ru, by, kz and their neighbours use ``https://oauth.bitrix24.tech/oauth/token/``."""


_WEBHOOK = re.compile(r"/rest/\d+/[^/]")


class _Unpicklable:
    """Holds secrets: a pickle would be a readable copy of them."""

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} holds secrets and is not pickled: keep tokens in a TokenStore")


@attrs.frozen
class Tokens(_Unpicklable):
    """A pair of OAuth tokens, and what the auth server said with them.

    ``expires_at`` is when the access token runs out (aware), where known. ``client_endpoint`` is where the portal's
    REST calls go, ``member_id`` what names the portal for good.
    """

    access_token: str = attrs.field(repr=False)
    refresh_token: str = attrs.field(repr=False)
    expires_at: datetime | None = None
    client_endpoint: str | None = None
    member_id: str | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("access_token", "refresh_token"):
            if not _is_token(getattr(self, name)):
                raise ValueError(f"expected {name} to be a text of printable ASCII characters")


def _is_token(value: object) -> bool:
    """Whether it can travel in a header; what cannot would be shown by the error that says so."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value != ""


@runtime_checkable
class TokenStore(Protocol):
    """Where tokens outlive the process. Called with the newest pair before it is used."""

    async def load(self) -> Tokens | None:
        """The pair saved last, or None."""
        ...

    async def save(self, tokens: Tokens) -> None:
        """Keep this pair: the one before it is spent."""
        ...


class MemoryTokenStore(_Unpicklable):
    """Tokens for as long as the process lives; several clients can share one."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens

    async def load(self) -> Tokens | None:
        """The pair saved last, or None."""
        return self._tokens

    async def save(self, tokens: Tokens) -> None:
        """Keep this pair."""
        self._tokens = tokens


@attrs.frozen
class JSONFileTokenStore:
    """Tokens in a JSON file that only its owner can read (mode 0600), replaced whole or not at all."""

    path: Path = attrs.field(converter=Path)

    async def load(self) -> Tokens | None:
        """The pair in the file, or None where there is no file. Raises `ValueError` for a file of something else."""
        return await anyio.to_thread.run_sync(self._load)

    async def save(self, tokens: Tokens) -> None:
        """Replace the file."""
        await anyio.to_thread.run_sync(self._save, tokens)

    def _load(self) -> Tokens | None:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        tokens = _from_json(content)
        if tokens is None:
            raise ValueError(f"expected tokens saved by JSONFileTokenStore in {self.path}, got something else")
        return tokens

    def _save(self, tokens: Tokens) -> None:
        values = attrs.asdict(tokens)
        values["expires_at"] = tokens.expires_at and tokens.expires_at.isoformat()
        # mkstemp makes the file with mode 0600; in the same folder, so that replacing is one step
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(values, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _from_json(content: bytes) -> Tokens | None:
    # Its errors hold what they could not read, so none of them leaves here, not even as a __context__.
    try:
        values = json.loads(content)
        moment = values["expires_at"]
        return Tokens(
            str(values["access_token"]),
            str(values["refresh_token"]),
            datetime.fromisoformat(moment) if moment else None,
            values.get("client_endpoint"),
            values.get("member_id"),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


@attrs.frozen
class OAuth(_Unpicklable):
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

    def __attrs_post_init__(self) -> None:
        example = "https://acme.bitrix24.com/rest/"
        own_address(self.client_endpoint, "client_endpoint", example)
        if _WEBHOOK.search(self.client_endpoint):
            raise ValueError(f"expected client_endpoint to be an address like {example}, got a webhook's")
        own_address(self.server, "server", SERVER)
        if not isinstance(self.tokens, Tokens):
            raise TypeError(f"expected tokens to be a Tokens, got {type(self.tokens).__name__}")


def refresh_form(oauth: OAuth, tokens: Tokens) -> dict[str, str]:
    """What a refresh sends. In a POST body: a URL would end up in logs."""
    return {
        "grant_type": "refresh_token",
        "client_id": oauth.client_id,
        "client_secret": oauth.client_secret,
        "refresh_token": tokens.refresh_token,
    }


def read_refresh(status: int, answer: Any, old: Tokens, now: datetime) -> Tokens:
    """The new pair out of the auth server's answer. Raises `AuthError`, also for errors that come with HTTP 200."""
    if isinstance(answer, Mapping) and answer.get("error"):
        code, said = (redact(str(answer.get(name) or "")) for name in ("error", "error_description"))
        raise AuthError(code, said, status, "the token refresh")
    pair = [answer.get(name) if isinstance(answer, Mapping) else None for name in ("access_token", "refresh_token")]
    access, refresh = pair
    if not isinstance(answer, Mapping) or not _is_token(access) or not _is_token(refresh):
        raise UnexpectedResponse("the token refresh: expected access_token and refresh_token at $", status=status)
    lifetime, endpoint, member = (answer.get(name) for name in ("expires_in", "client_endpoint", "member_id"))
    return Tokens(
        str(access),
        str(refresh),
        _later(now, lifetime),
        endpoint if isinstance(endpoint, str) else old.client_endpoint,
        member if isinstance(member, str) else old.member_id,
    )


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
    try:
        own_address(named, "client_endpoint", "")
    except ValueError:
        return oauth.client_endpoint
    told, given = urlsplit(named), urlsplit(oauth.client_endpoint)
    # The auth server knows a renamed portal by its member_id; without one, only the same host is the same portal.
    member_is_known = oauth.tokens.member_id is not None and oauth.tokens.member_id == tokens.member_id
    is_same = (told.hostname, told.port) == (given.hostname, given.port) or member_is_known
    return named if is_same else oauth.client_endpoint


def utc_now() -> datetime:
    """The wall clock, for ``expires_at`` alone: it informs people, no decision reads it."""
    return datetime.now(UTC)
