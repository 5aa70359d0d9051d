"""What a session asks of whoever calls, a webhook or an OAuth application: one protocol for both."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, Hashable, Mapping
from typing import Protocol

import attrs
import httpx

from ..errors import AuthError
from .tokens import Unpicklable

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "Accept": "application/json"}


def account_of(identity: str) -> str:
    """A name for what operating time is counted by: a hash."""
    return hashlib.sha256(f"bitrix-im {identity}".encode()).hexdigest()[:20]


@attrs.frozen
class Envelope(Unpicklable):
    """One request as it leaves: where to, with which headers and body. Shows nothing of them, for all hold secrets."""

    host: str
    url: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes | AsyncIterable[bytes] = attrs.field(repr=False)
    edition: int
    """Which of the credentials it carries: `Credentials.recover` is told when they were refused."""


class Credentials(Protocol):
    """Who calls a portal."""

    @property
    def host(self) -> str:
        """The portal's host, and its port where that is not the scheme's own."""
        ...

    @property
    def identity(self) -> Hashable:
        """What the portal counts operating time by: equal for clients that share it. Holds secrets."""
        ...

    @property
    def account(self) -> str:
        """The same as a name that every process gives it, and that tells nothing of it."""
        ...

    @property
    def is_plain(self) -> bool:
        """Whether all traffic goes to this machine without TLS, so that neither proxies nor certificates matter."""
        ...

    @property
    def counts_batches_apart(self) -> bool:
        """Whether the portal counts the operating time of calls in a batch apart from that of direct ones."""
        ...

    @property
    def is_renewing(self) -> bool:
        """Whether newer ones are being fetched: those known are refused."""
        ...

    @property
    def refreshes(self) -> int:
        """How many times new credentials were fetched."""
        ...

    async def seal(self, method: str, content: bytes) -> Envelope:
        """The request that calls *method* with the JSON *content*, by the newest credentials known."""
        ...

    async def recover(self, error: AuthError, http: httpx.AsyncClient) -> bool:
        """Have better credentials than those that *error* refused (`AuthError.edition`).

        Returns whether they are the best there can be: when these are refused as well, asking again is useless.
        Raises *error* itself where nothing better can be had, and what failed while fetching.
        """
        ...

    async def aclose(self) -> None:
        """Wait for what must not be broken off."""
        ...
