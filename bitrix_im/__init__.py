"""Bitrix24 chats as async iterators: typed, complete, polite, fast."""

from . import errors
from .auth import JSONFileTokenStore, MemoryTokenStore, OAuth, Tokens, TokenStore, Webhook
from .client import BitrixIM
from .errors import (
    AccessError,
    ApiError,
    AuthError,
    BatchError,
    BitrixError,
    DuplicateMessage,
    ExpiredToken,
    InvalidCursor,
    InvalidParameter,
    MethodNotFound,
    OperationTimeLimit,
    OverloadLimit,
    PortalGone,
    QueryLimitExceeded,
    ServerError,
    TransportError,
    UnexpectedResponse,
    WalkStalled,
)
from .limits import Limits
from .models import Chat, File, Message, RecentItem, User
from .paging import Page, Pager
from .rest.call import Call, Reply, Time
from .session import Retry, Stats

__version__ = "0.1.0"

__all__ = [
    "AccessError",
    "ApiError",
    "AuthError",
    "BatchError",
    "BitrixError",
    "BitrixIM",
    "Call",
    "Chat",
    "DuplicateMessage",
    "ExpiredToken",
    "File",
    "InvalidCursor",
    "InvalidParameter",
    "JSONFileTokenStore",
    "Limits",
    "MemoryTokenStore",
    "Message",
    "MethodNotFound",
    "OAuth",
    "OperationTimeLimit",
    "OverloadLimit",
    "Page",
    "Pager",
    "PortalGone",
    "QueryLimitExceeded",
    "RecentItem",
    "Reply",
    "Retry",
    "ServerError",
    "Stats",
    "Time",
    "TokenStore",
    "Tokens",
    "TransportError",
    "UnexpectedResponse",
    "User",
    "WalkStalled",
    "Webhook",
    "errors",
]


def __dir__() -> list[str]:
    """The public names, not the rooms that they come from."""
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
