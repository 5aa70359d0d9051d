"""Who calls: a webhook, or an application with OAuth tokens."""

from .credentials import Credentials
from .keeper import TokenKeeper
from .oauth import OAuth
from .stores import JSONFileTokenStore, MemoryTokenStore, TokenStore
from .tokens import Tokens
from .webhook import Webhook

__all__ = ["JSONFileTokenStore", "MemoryTokenStore", "OAuth", "TokenStore", "Tokens", "Webhook", "credentials_of"]


def credentials_of(auth: str | Webhook | OAuth) -> Credentials:
    """What a session calls with; a text is a webhook's URL."""
    who = Webhook(auth) if isinstance(auth, str) else auth
    if isinstance(who, Webhook):
        return who
    if isinstance(who, OAuth):
        return TokenKeeper(who)
    raise TypeError(f"expected a webhook's URL, a Webhook or an OAuth, got {type(auth).__name__}")
