"""Where several processes meet: a Redis server, and the connection to it, or a file.

redis-py is imported when a connection is made. Its blocking client, used in worker threads: it serves asyncio and trio
alike.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from .redact import Secrets

if TYPE_CHECKING:
    from redis import Redis

_SCHEMES = ("redis://", "rediss://", "unix://")


def is_server(where: str) -> bool:
    """Whether *where* is the address of a Redis server, by how it begins."""
    return where.startswith(_SCHEMES)


def require_redis(what: str) -> None:
    """Raise `ImportError`, with the line to type, where redis-py is missing."""
    if find_spec("redis") is None:
        raise ImportError(f"{what} needs redis-py: pip install 'bitrix-im[redis]'")


def server_name(url: str) -> str:
    """The server in *url*, without user, password and options."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def secrets_of(url: str) -> Secrets:
    """The password in *url*, kept out of logs and errors for as long as what this returns is."""
    user, _, password = url.partition("://")[2].rpartition("@")[0].partition(":")
    return Secrets([password or user])


def meeting_place(where: str | os.PathLike[str], what: str) -> tuple[str, Secrets | None]:
    """Where processes meet: a server's URL and its secrets, or the whole path of a file. *what* wants to know.

    Raises `TypeError` or `ValueError` for what is neither, `ImportError` for a server where redis-py is missing.
    """
    if not isinstance(where, str | os.PathLike) or not os.fspath(where):
        kind = type(where).__name__
        raise TypeError(f"expected where to be the URL of a Redis server or the path of a file, got {kind}")
    place = os.fspath(where)
    if is_server(place):
        require_redis(what)
        return place, secrets_of(place)
    if "://" in place:
        scheme = place.partition("://")[0]
        raise ValueError(f"expected redis://, rediss://, unix:// or the path of a file, got {scheme}://")
    return str(Path(place).expanduser().absolute()), None


def connect(url: str, within: float) -> Redis:
    """A client of the server at *url*; nothing is asked yet. No answer takes longer than *within* seconds.

    A connection that the server has closed meanwhile is made anew, once.
    """
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client: Redis = Redis.from_url(
        url, socket_timeout=within, socket_connect_timeout=within, retry=Retry(NoBackoff(), 1), decode_responses=True
    )
    return client
