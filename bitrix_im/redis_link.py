"""A connection to a Redis server, for what several processes share. redis-py is imported when one is made.

Its blocking client, used in worker threads: it serves asyncio and trio alike.
"""

from __future__ import annotations

from importlib.util import find_spec
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
