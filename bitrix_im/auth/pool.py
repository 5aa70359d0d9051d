"""What httpx does not say of its connection pool, and httpcore does not clean up in it.

The attributes are httpcore's own; where a version has others, or the transport is another one, nothing is known and
nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import anyio
import httpx


def connections_of(http: httpx.AsyncClient | None) -> int | None:
    """How many connections the pool of *http* may have; None where nobody can tell."""
    pool = getattr(getattr(http, "_transport", None), "_pool", None)
    most = getattr(pool, "_max_connections", None)
    return most if isinstance(most, int) else None


async def reclaim(http: httpx.AsyncClient) -> None:
    """Close the connections that a cancelled request has left behind, which nobody would ever use or close.

    A request that is cancelled just before or just after its connection is made leaves it in the pool, neither idle nor
    in use, and takes its place away for good (encode/httpcore#1093).
    """
    for pool in _pools(http):
        for connection in _left_behind(pool):
            pool._connections.remove(connection)
            with anyio.CancelScope(shield=True), suppress(Exception):  # given up all the same
                await connection.aclose()


def _pools(http: httpx.AsyncClient) -> Iterator[Any]:
    for transport in [getattr(http, "_transport", None), *getattr(http, "_mounts", {}).values()]:
        pool = getattr(transport, "_pool", None)
        if isinstance(getattr(pool, "_connections", None), list) and isinstance(getattr(pool, "_requests", None), list):
            yield pool


def _left_behind(pool: Any) -> list[Any]:
    used = {id(getattr(request, "connection", None)) for request in pool._requests}
    return [
        connection
        for connection in pool._connections
        if id(connection) not in used
        and not (connection.is_idle() or connection.is_available() or connection.is_closed())
    ]
