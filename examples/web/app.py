"""The backend: JSON endpoints over one `BitrixIM`, and the page that uses them.

Run it on a portal of your own::

    BITRIX_IM_WEBHOOK=https://acme.bitrix24.com/rest/1/SECRET/ uvicorn examples.web.app:app

The page has no log-in: whoever reaches it reads and writes as the webhook's user. Put it behind your own.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bitrix_im import BitrixIM, Page, Pager
from bitrix_im.bots import bb

from . import shapes
from .live import Live
from .problems import HANDLERS

T = TypeVar("T")

STATIC = Path(__file__).parent / "static"
DEADLINE = 20.0  # seconds that a browser waits for an answer of ours, the portal's limits included
MISSED = 500  # messages that a page which was away fetches at most before it begins anew


def create_app(connect: Callable[[], BitrixIM]) -> Starlette:
    """The application; *connect* makes its client, once, inside the event loop that serves it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with connect() as im, anyio.create_task_group() as tasks:
            app.state.im, app.state.live = im, Live()
            tasks.start_soon(app.state.live.hear, im)
            yield
            tasks.cancel_scope.cancel()

    routes = [
        Route("/", page),
        Route("/api/me", me),
        Route("/api/dialogs", dialogs),
        Route("/api/dialogs/{dialog_id}/messages", messages, methods=["GET"]),
        Route("/api/dialogs/{dialog_id}/messages", send, methods=["POST"]),
        Route("/api/dialogs/{dialog_id}/read", read, methods=["POST"]),
        Route("/api/live", live),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=HANDLERS)


async def page(_: Request) -> Response:
    """The one page."""
    return FileResponse(STATIC / "index.html")


async def me(request: Request) -> Response:
    """Who the client acts as: the page tells own messages by it."""
    with anyio.fail_after(DEADLINE):
        user = await request.app.state.im.users.get()
    return JSONResponse({"id": user.id, "name": user.name})


async def dialogs(request: Request) -> Response:
    """A page of the chat list, or of what a search finds; ``cursor`` leads to the next."""
    im, find = request.app.state.im, request.query_params.get("find", "").strip()
    if find:
        return await _answer(request, im.search.chats(find, page_size=30), shapes.found)
    return await _answer(request, im.recent.list(page_size=30), shapes.dialog)


async def messages(request: Request) -> Response:
    """A page of a dialog's messages, newest first; with ``after``, what has come since that message, oldest first."""
    im, dialog_id = request.app.state.im, request.path_params["dialog_id"]
    after = request.query_params.get("after")
    if after is None:
        return await _answer(request, im.messages.history(dialog_id), shapes.message)
    with anyio.fail_after(DEADLINE):
        missed = await im.messages.history(dialog_id, after=int(after)).limit(MISSED + 1).collect()
    return JSONResponse({"items": [shapes.message(item) for item in missed[:MISSED]], "more": len(missed) > MISSED})


async def send(request: Request) -> Response:
    """Send a message. The page makes a ``key`` for each, so that sending once more after a lost answer is harmless."""
    body = await request.json()
    text, key = str(body.get("text", "")), str(body.get("key", "")) or None
    with anyio.fail_after(DEADLINE):
        # What a person types is text, not BB code: it stays inert.
        sent = await request.app.state.im.messages.send(request.path_params["dialog_id"], bb.escape(text), key=key)
    return JSONResponse({"id": sent}, 201)


async def read(request: Request) -> Response:
    """Mark a dialog as read."""
    with anyio.fail_after(DEADLINE):
        await request.app.state.im.dialogs.read(request.path_params["dialog_id"])
    return Response(status_code=204)


async def live(request: Request) -> Response:
    """What happens, as it happens, as server-sent events."""
    listening = request.app.state.live.listen(request.headers.get("last-event-id"))
    return EventSourceResponse(listening, ping=15)


async def _answer(request: Request, pager: Pager[T], shape: Callable[[T], dict[str, Any]]) -> Response:
    """One page of a walk, and the cursor that the browser brings back for the next."""
    pager = pager.resume(request.query_params.get("cursor"))
    with anyio.fail_after(DEADLINE):
        found = await _first_page(pager)
    if found is None:
        return JSONResponse({"items": [], "cursor": None})
    return JSONResponse({"items": [shape(item) for item in found.items], "cursor": found.cursor})


async def _first_page(pager: Pager[T]) -> Page[T] | None:
    async for found in pager.pages():
        return found
    return None


def from_environment() -> BitrixIM:
    """A client of the portal that ``BITRIX_IM_WEBHOOK`` names."""
    return BitrixIM(os.environ["BITRIX_IM_WEBHOOK"])


app = create_app(from_environment)
