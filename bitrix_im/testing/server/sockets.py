"""A portal on a loopback socket: uvicorn in a thread of its own, so that callers may run on any event loop, or none."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

import anyio
import anyio.to_thread
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from ..world.clock import ServerClock
from .cuts import Cut


class Served(Protocol):
    """What is put on a socket: an ASGI app with a clock and a webhook."""

    clock: ServerClock
    user_id: int
    secret: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI request."""


After = Callable[[], Awaitable[object]]
"""What is done after each request, once at a time, while others are answered."""


@contextmanager
def serving(
    portal: Served, port: int = 0, certificate: tuple[str, str] | None = None, after: After | None = None
) -> Iterator[str]:
    """Serve meanwhile; gives the webhook's URL."""
    app = _Breakable(portal if after is None else _Following(portal, after))
    with portal.clock.driven_by(time.monotonic), socket.create_server(("127.0.0.1", port)) as listener:
        worker = _Server(app, certificate)
        thread = threading.Thread(target=worker.run, args=([listener],), name="bitrix portal", daemon=True)
        thread.start()
        try:
            worker.ready.wait()
            port = listener.getsockname()[1]
            scheme = "https" if certificate else "http"
            yield f"{scheme}://127.0.0.1:{port}/rest/{portal.user_id}/{portal.secret}/"
        finally:
            worker.stop()
            thread.join()


@asynccontextmanager
async def serve(
    portal: Served, port: int = 0, certificate: tuple[str, str] | None = None, after: After | None = None
) -> AsyncIterator[str]:
    """Serve meanwhile, without blocking the caller's event loop."""
    served = serving(portal, port, certificate, after)
    url = await anyio.to_thread.run_sync(served.__enter__)
    try:
        yield url
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(served.__exit__, None, None, None)


class _Server(uvicorn.Server):
    """uvicorn that starts and stops at a word, not by looking at a flag ten times a second."""

    def __init__(self, app: ASGIApp, certificate: tuple[str, str] | None) -> None:
        certfile, keyfile = certificate or (None, None)
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                ssl_certfile=certfile,
                ssl_keyfile=keyfile,
            )
        )
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for `stop`."""
        self._loop = asyncio.get_running_loop()
        self.ready.set()
        await self._end.wait()
        self.should_exit = self.force_exit = True  # requests that stall for a day are not waited for

    def stop(self) -> None:
        """End the server, from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end.set)


class _Following:
    """Does something after each request, which nobody waits for."""

    def __init__(self, app: ASGIApp, after: After) -> None:
        self._app = app
        self._after = after
        self._turn = asyncio.Lock()
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            task = asyncio.create_task(self._follow())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _follow(self) -> None:
        async with self._turn:
            await self._after()


class _Breakable:
    """Turns `Cut` into a connection that is really cut."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = "reset"
        try:
            await self._app(scope, receive, send)
        except Cut as cut:
            kind = cut.kind
        except ClientDisconnect:
            return  # it died while it sent: nobody is there to be answered
        except asyncio.CancelledError:
            pass  # the server ends while a request stalls
        else:
            return
        if kind == "midway":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4096")]})
            await send({"type": "http.response.body", "body": b'{"result":', "more_body": True})
        # uvicorn has no way to say this; its bound method `send` leads to the connection
        transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
        if transport.is_closing():
            pass  # the client went first
        elif kind == "reset":
            _reset_on_close(transport)
            transport.abort()
        else:
            transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


def _reset_on_close(transport: asyncio.Transport) -> None:
    """Let closing send RST, as a connection that is torn down does."""
    linger_at_once = b"\1\0\0\0\0\0\0\0"
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_at_once)
