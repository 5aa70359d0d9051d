"""Who calls: a webhook, or an application with OAuth tokens."""

from .credentials import Credentials
from .keeper import TokenKeeper
from .oauth import OAuth
from .redis_store import RedisTokenStore
from .stores import JSONFileTokenStore, MemoryTokenStore, TokenStore
from .tokens import Tokens
from .webhook import Webhook

__all__ = [
    "JSONFileTokenStore",
    "MemoryTokenStore",
    "OAuth",
    "RedisTokenStore",
    "TokenStore",
    "Tokens",
    "Webhook",
    "credentials_of",
]


def credentials_of(auth: str | Webhook | OAuth) -> Credentials:
    """What a session calls with; a text is a webhook's URL."""
    kind = type(auth).__name__
    if isinstance(auth, Webhook):
        return auth
    if isinstance(auth, OAuth):
        return TokenKeeper(auth)
    try:
        if isinstance(auth, str):
            return Webhook(auth)
    finally:
        del auth  # what is no webhook may be a mistyped one, and a traceback shows locals
    raise TypeError(f"expected a webhook's URL, a Webhook or an OAuth, got {kind}")
