"""One GET of a file over HTTP, without credentials or cookies, whatever the http client would add by itself.

The address is a secret: it holds the portal's token for one use, and with a webhook the webhook's secret
(docs/portal.md#file-download). It stands in no error, and goes to no other host while it holds one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

import anyio
import attrs
import httpx

from ...auth import causes
from ...auth.pool import reclaim
from ...auth.tokens import Unpicklable
from ...auth.webhook import is_loopback
from ...errors import ApiError, AuthError, BitrixError, TransportError, UnexpectedResponse
from ...redact import redact
from ...rest import decode

_MOST_REDIRECTS = 5
_LONGEST_ERROR = 64 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})

Receiver: TypeAlias = Callable[[bytes, int], Awaitable[None]]
"""Takes the next bytes of a file, and the size of all of it (0 where the server does not tell)."""


@attrs.frozen
class Address(Unpicklable):
    """Where a file is fetched. Does not show it."""

    url: str = attrs.field(repr=False)

    def problem(self, host: str) -> str | None:
        """Why it must not be asked by a client of the portal at *host*; None where it may."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            parts = urlsplit("")
        name = parts.hostname or ""
        if not name or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(name))):
            return "expected an https:// address of the file, got another one"
        if name != urlsplit(f"//{host}").hostname and redact(self.url) != self.url:
            return f"refused to go to {name}, another host, with credentials in the address"
        return None

    def behind(self, response: httpx.Response) -> Address:
        """Where a redirect leads."""
        try:
            return Address(urljoin(self.url, response.headers.get("location", "")))
        except ValueError:
            return Address("")


async def fetch(
    http: httpx.AsyncClient, address: Address, host: str, receive: Receiver, within: float, what: str
) -> int:
    """Hand a file's bytes to *receive*, chunk by chunk, and return how many they were.

    Nothing may take longer than *within* seconds to come; *what* is fetched, for errors; *host* is the portal's. Raises
    `TransportError` where the connection breaks off, `UnexpectedResponse` for an address that must not be asked or
    for bytes that cannot be unpacked, `ApiError` for what the portal answers instead of a file.
    """
    failure: Exception
    try:
        for _ in range(_MOST_REDIRECTS):
            if (problem := address.problem(host)) is not None:
                raise UnexpectedResponse(f"{what}: {problem}")
            async with _answer(http, address, within, what) as response:
                if response.status_code not in _MOVED:
                    return await _receive(response, receive, within, what)
                address = address.behind(response)
        failure = UnexpectedResponse(f"{what}: expected a file, got {_MOST_REDIRECTS} redirects")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        progress = causes.Progress(is_connected=True, is_sent=True)
        failure = causes.failed(error, progress, host, within, what, trusts_environment=http.trust_env)
    # Raised out here, so that not even __context__ leads to httpx's error, which holds the address.
    raise failure


@asynccontextmanager
async def _answer(http: httpx.AsyncClient, address: Address, within: float, what: str) -> AsyncIterator[httpx.Response]:
    response = None
    try:
        with anyio.move_on_after(within):
            response = await _send(http, address, within)
    finally:
        if response is None:
            await reclaim(http)
    if response is None:
        raise _silence(what, within)
    try:
        yield response
    finally:
        with anyio.CancelScope(shield=True):
            await response.aclose()


def _silence(what: str, within: float) -> TransportError:
    return TransportError(f"{what}: nothing came for {within:g} s", sent=True)


async def _send(http: httpx.AsyncClient, address: Address, within: float) -> httpx.Response:
    # No local holds the request: a cancellation shows the locals of the frames that it passes.
    return await http.send(_request(http, address, within), stream=True, auth=_Nobody(), follow_redirects=False)


def _request(http: httpx.AsyncClient, address: Address, within: float) -> httpx.Request:
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    request = http.build_request("GET", address.url, headers=headers, timeout=httpx.Timeout(within))
    for name in ("Cookie", "Authorization"):
        request.headers.pop(name, None)
    return request


class _Nobody(httpx.Auth):
    """No credentials, neither the client's own nor any out of a .netrc file."""


async def _receive(response: httpx.Response, receive: Receiver, within: float, what: str) -> int:
    if response.status_code != 200 or _is_error(response):
        raise await _refusal(response, what)
    told = response.headers.get("content-length", "")
    size, promised = 0, int(told) if told.isdecimal() else 0
    chunks = response.aiter_bytes()
    while chunk := await _next(chunks, within, what):
        size += len(chunk)
        await receive(chunk, promised)
    came = response.num_bytes_downloaded or size  # as they travelled; a transport that reads ahead counts none
    if told and promised != came:
        text = f"{what}: the connection broke off after {came:,} of {promised:,} bytes"
        raise TransportError(text, sent=True)
    return size


async def _next(chunks: AsyncIterator[bytes], within: float, what: str) -> bytes:
    """The next bytes, empty at the end."""
    with anyio.move_on_after(within):
        async for chunk in chunks:
            if chunk:
                return chunk
        return b""
    raise _silence(what, within)


def _is_error(response: httpx.Response) -> bool:
    """Whether an answer with status 200 is an error: JSON that does not say that it is a file."""
    headers = response.headers
    return "json" in headers.get("content-type", "") and "content-disposition" not in headers


async def _refusal(response: httpx.Response, what: str) -> BitrixError:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _LONGEST_ERROR:
            break
    answer = decode.decode(what, response.status_code, response.headers, content)
    if isinstance(answer, AuthError):  # of the address: other credentials would not help
        return ApiError(answer.code, answer.description, answer.status, what)
    if isinstance(answer, BitrixError):
        return answer
    return UnexpectedResponse(f"{what}: expected a file, got JSON", status=response.status_code)
