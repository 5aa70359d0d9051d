"""The way into a portal without a socket: httpx's ASGI transport, with timeouts and cuts as a network has them."""

from collections.abc import Callable

import anyio.lowlevel
import httpx

from .cuts import Cut

_MESSAGES: dict[str, tuple[Callable[..., httpx.TransportError], str]] = {
    "connect": (httpx.ConnectError, "All connection attempts failed"),
    "reset": (httpx.ReadError, ""),
    "disconnect": (httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    "midway": (
        httpx.RemoteProtocolError,
        "peer closed connection without sending complete message body (received 120 bytes, expected 4096)",
    ),
}


class InProcessTransport(httpx.ASGITransport):
    """Hands requests to the portal; a connection it cuts, or a timeout, raises what real httpx raises."""

    def __init__(self, app: Callable[..., object], knows: Callable[[str], bool], source: str) -> None:
        super().__init__(app, client=(source, 50_000))  # type: ignore[arg-type]
        self._knows = knows

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer *request*, or fail as a connection would."""
        if not self._knows(request.url.host):
            raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)
        patience = request.extensions.get("timeout", {}).get("read")
        await anyio.lowlevel.checkpoint()  # others get on meanwhile, as they do while a network is waited for
        try:
            with anyio.fail_after(patience):
                return await super().handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("", request=request) from None
        except Cut as cut:
            kind, message = _MESSAGES[cut.kind]
        raise kind(message, request=request)
