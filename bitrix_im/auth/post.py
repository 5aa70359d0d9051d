"""One POST over HTTP, and what became of it: an answer, or an error that says how far it came and why it ended.

No error of httpx leaves here: it holds the request, and that the address, the headers and the body.
"""

from __future__ import annotations

import traceback
from typing import Any

import anyio
import httpx

from . import causes
from .credentials import Envelope
from .pool import reclaim


async def post(
    http: httpx.AsyncClient, envelope: Envelope, within: float, what: str, scope: anyio.CancelScope | None = None
) -> httpx.Response:
    """Post *envelope*, *within* seconds in all; *what* is called, for errors. Follows no redirect, keeps no cookie.

    *scope*, where it is given, is entered here, and ends it as its time does.

    Raises `TransportError`, and `UnexpectedResponse` for a body that cannot be unpacked. What else a transport of the
    caller's raises is raised as it is, but without its traceback, whose frames would show the request.
    """
    progress = _Progress()
    failure: Exception
    try:
        # httpx's own timeouts begin anew with every chunk, and a transport may have none at all.
        if scope is None:
            scope = anyio.CancelScope()
        with scope:
            scope.deadline = anyio.current_time() + within
            return await _send(http, envelope, within, progress)
        await reclaim(http)
        failure = causes.too_late(progress, envelope.host, within, what)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        failure = causes.failed(error, progress, envelope.host, within, what, trusts_environment=http.trust_env)
    except Exception as error:  # noqa: BLE001 - raised below
        failure = _bare(error)
    except anyio.get_cancelled_exc_class():
        await reclaim(http)
        raise
    # Raised out here, so that not even __context__ leads to httpx's error.
    raise failure


async def _send(http: httpx.AsyncClient, envelope: Envelope, within: float, progress: _Progress) -> httpx.Response:
    # No local holds the request: a cancellation shows the locals of the frames that it passes.
    # A little earlier than the whole, so that waiting for a free connection is told as such.
    timeout = httpx.Timeout(within, pool=0.9 * within)
    response = await http.send(_request(http, envelope, timeout, progress), follow_redirects=False)
    # httpx's stream and its response hold each other: a body of megabytes would wait for the garbage collector.
    response.stream = httpx.ByteStream(b"")
    return response


def _request(http: httpx.AsyncClient, envelope: Envelope, timeout: httpx.Timeout, progress: _Progress) -> httpx.Request:
    request = http.build_request(
        "POST",
        envelope.url,
        content=envelope.content,
        headers=envelope.headers,
        timeout=timeout,
        extensions={"trace": progress},
    )
    # A session's cookie would make the portal see a user who is logged in, beside the credentials.
    request.headers.pop("Cookie", None)
    return request


def _bare(error: Exception) -> Exception:
    last = traceback.extract_tb(error.__traceback__)[-1]
    error.__traceback__ = error.__cause__ = error.__context__ = None
    error.add_note(f"raised by the http client's transport, at {last.filename}, line {last.lineno}, in {last.name}")
    return error


class _Progress(causes.Progress):
    """How far a request has come, as httpcore's trace extension tells it."""

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        """Note an *event*. Other transports than httpx's tell none."""
        if event.endswith("connect_tcp.started"):
            self.connecting_to = str(info["host"])
        elif event.endswith("start_tls.started"):
            self.is_connected = True
        elif event.endswith("send_request_headers.started"):
            self.is_connected = True
            # To a proxy, CONNECT only opens the tunnel.
            self.is_sent = info["request"].method != b"CONNECT"
