"""What happens in a portal, as it happens: events, the marks that remember how far they are handled, and handlers."""

from .event import Event
from .handlers import Handlers
from .marks import FileMark, Mark, MemoryMark
from .stream import EventStream
from .types import (
    BotDeleted,
    BotJoined,
    CommandCalled,
    ContextOpened,
    MessageAdded,
    MessageDeleted,
    MessageUpdated,
    ReactionChanged,
    UserJoined,
)

__all__ = [
    "BotDeleted",
    "BotJoined",
    "CommandCalled",
    "ContextOpened",
    "Event",
    "EventStream",
    "FileMark",
    "Handlers",
    "Mark",
    "MemoryMark",
    "MessageAdded",
    "MessageDeleted",
    "MessageUpdated",
    "ReactionChanged",
    "UserJoined",
]
