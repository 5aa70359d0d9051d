"""A web service of several processes: one limit and one pair of tokens for all of them.

It is told by its environment where the portal is and where the processes meet (`Settings`); then::

    uvicorn --workers 4 examples.workers:app

Whoever reaches the service acts as the application: put it behind your own log-in.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import attrs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bitrix_im import BitrixIM, JSONFileTokenStore, OAuth, RedisTokenStore, SharedLimits, Tokens, TokenStore
from bitrix_im.auth.oauth import SERVER

DEADLINE = 20.0  # seconds that a caller waits for an answer, the portal's limits included


@attrs.frozen
class Settings:
    """BITRIX_… of the environment."""

    portal: str
    """``https://acme.bitrix24.com/rest/``"""
    app: str
    secret: str
    access: str
    refresh: str
    """The pair that the installation gave; from the first refresh on, the newest stands in the store."""
    shared: str
    """Where the processes meet: ``redis://cache:6379/0``, or a folder of this host."""
    tokens_key: str | None = None
    """Encrypts the tokens in Redis."""
    auth_server: str = SERVER

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Read them; what is missing is a `TypeError` that names it."""
        names = {f"BITRIX_{field.name.upper()}": field.name for field in attrs.fields(cls)}
        return cls(**{field: environment[name] for name, field in names.items() if name in environment})


def connect() -> BitrixIM:
    """Make the client of one process, which shares limits and tokens with those of the others."""
    told = Settings.of(os.environ)
    store: TokenStore
    if "://" in told.shared:
        limits, store = SharedLimits(told.shared), RedisTokenStore(told.shared, encryption=told.tokens_key)
    else:
        folder = Path(told.shared)
        limits, store = SharedLimits(folder / "limits.db"), JSONFileTokenStore(folder / "tokens.json")
    tokens = Tokens(told.access, told.refresh)
    application = OAuth(told.portal, tokens, told.app, told.secret, store=store, server=told.auth_server)
    return BitrixIM(application, limits=limits)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """One client for the life of each process, made inside its event loop: nothing is shared by forking."""
    async with connect() as im:
        app.state.im = im
        yield


async def dialogs(request: Request) -> Response:
    """The first page of the chat list."""
    with anyio.fail_after(DEADLINE):
        page = await request.app.state.im.recent.list(page_size=30).pages().__anext__()
    return JSONResponse({"worker": os.getpid(), "titles": [dialog.title for dialog in page.items]})


async def say(request: Request) -> Response:
    """Send a message; with an ``Idempotency-Key``, sending it twice says it once."""
    text, key = (await request.body()).decode(), request.headers.get("idempotency-key")
    with anyio.fail_after(DEADLINE):
        message_id = await request.app.state.im.messages.send(request.path_params["dialog_id"], text, key=key)
    return JSONResponse({"worker": os.getpid(), "message_id": message_id})


app = Starlette(
    routes=[Route("/dialogs", dialogs), Route("/dialogs/{dialog_id}", say, methods=["POST"])], lifespan=lifespan
)
