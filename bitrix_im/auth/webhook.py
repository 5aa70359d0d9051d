"""Who calls: a webhook, or (in `oauth`) an application."""

from __future__ import annotations

import re
from collections.abc import Hashable
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from ..errors import AuthError
from ..redact import Secrets
from .credentials import JSON_HEADERS, Envelope, account_of

_WEBHOOK_PATH = re.compile(r"^(?P<base>(?:/[^/]+)*?/rest)/(?P<user>\d+)/(?P<secret>[^/]+)/?$")
_HOST = re.compile(r"[\w.:-]+")
_EXPECTED = "expected a webhook URL like https://acme.bitrix24.com/rest/1/SECRET/"


def is_loopback(host: str | None) -> bool:
    """Whether *host* is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_own_address(url: str) -> bool:
    """Whether secrets may be sent to an address: https, or http to this machine."""
    parts = _split(url) if isinstance(url, str) else None
    if parts is None or not parts.hostname or "@" in parts.netloc or parts.query or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _split(url: str) -> SplitResult | None:
    # A function of its own, so that urllib's error, which quotes the address, is no error's __context__.
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port  # what these cannot read, they raise
    except ValueError:
        return None
    return parts


class Webhook:
    """An incoming webhook: a URL that acts as the user who made it.

    Raises `ValueError` for anything that is not a webhook's URL, and for plain http to another machine: the secret
    would travel readable. The secret shows in no repr and no message.
    """

    __slots__ = ("_endpoint", "_secret", "_secrets", "host", "user_id")

    counts_batches_apart = True
    is_renewing = False
    refreshes = 0

    def __init__(self, url: str) -> None:
        if not isinstance(url, str):
            raise TypeError(f"{_EXPECTED}, got {type(url).__name__}")
        problem = self._read(url.strip())
        del url  # a traceback shows locals, and a mistyped secret is one all the same
        if problem:
            raise ValueError(f"{_EXPECTED}, got {problem}")

    def _read(self, url: str) -> str | None:
        """Take the address apart; what is wrong with it, or None."""
        parts = _split(url)
        if parts is None:
            return "an address that cannot be read"
        host, port = parts.hostname, parts.port
        path = _WEBHOOK_PATH.match(parts.path)
        if not url.isprintable() or (host and not _HOST.fullmatch(host)):
            return "characters that no address has"
        if parts.scheme not in ("https", "http") or not host:
            return "no https:// address"
        if path is None or parts.query or parts.fragment or parts.username or parts.password:
            return f"another path on {host}"
        if parts.scheme == "http" and not is_loopback(host):
            return f"http:// to {host}: the secret would travel readable, use https://"
        netloc = f"[{host}]" if ":" in host else host
        self.host = netloc if port is None else f"{netloc}:{port}"
        self.user_id = int(path["user"])
        self._endpoint = f"{parts.scheme}://{self.host}{path['base']}/{self.user_id}/"
        self._secret = path["secret"]
        self._secrets = Secrets([self._secret])  # hidden from logs and errors for as long as this lives
        return None

    def url(self, method: str) -> str:
        """Where *method* is called. Holds the secret: never log it."""
        return f"{self._endpoint}{self._secret}/{method}"

    @property
    def identity(self) -> Hashable:
        """What the portal counts operating time by. Holds the secret."""
        return self

    @property
    def account(self) -> str:
        """The same as a name that tells nothing of it."""
        return account_of(self.url(""))

    @property
    def is_plain(self) -> bool:
        """Whether it goes to this machine without TLS."""
        return self._endpoint.startswith("http:")

    async def seal(self, method: str, content: bytes) -> Envelope:
        """The request that calls *method* with the JSON *content*."""
        return Envelope(self.host, self.url(method), JSON_HEADERS, content, 0)

    async def recover(self, error: AuthError, http: httpx.AsyncClient) -> bool:
        """Raise *error*: a webhook that was refused stays refused."""
        raise error

    async def aclose(self) -> None:
        """Nothing is under way."""

    def __repr__(self) -> str:
        return f"Webhook('{self._endpoint}***/')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Webhook) and self.url("") == other.url("")

    def __hash__(self) -> int:
        return hash(self.url(""))

    def __reduce__(self) -> Any:
        raise TypeError("a Webhook holds a secret and is not pickled: build it from its URL where it is needed")
