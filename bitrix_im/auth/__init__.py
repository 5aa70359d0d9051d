"""Who calls: a webhook, or an application with OAuth tokens."""

from .oauth import OAuth
from .stores import JSONFileTokenStore, MemoryTokenStore, TokenStore
from .tokens import Tokens
from .webhook import Webhook

__all__ = ["JSONFileTokenStore", "MemoryTokenStore", "OAuth", "TokenStore", "Tokens", "Webhook"]
