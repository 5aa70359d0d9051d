"""Chat bots 2.0: what they hear and say, their text, buttons and tokens."""

from ..events import (
    BotDeleted,
    BotJoined,
    CommandCalled,
    ContextOpened,
    Event,
    EventStream,
    FileMark,
    Handlers,
    Mark,
    MemoryMark,
    MessageAdded,
    MessageDeleted,
    MessageUpdated,
    ReactionChanged,
    UserJoined,
)
from ..markup import attach, bb, keyboard
from .bot import Bot
from .bots import Bots
from .diagnosis import Finding
from .run import run
from .token import BotToken
from .webhook import parse_webhook

__all__ = [
    "Bot",
    "BotDeleted",
    "BotJoined",
    "BotToken",
    "Bots",
    "CommandCalled",
    "ContextOpened",
    "Event",
    "EventStream",
    "FileMark",
    "Finding",
    "Handlers",
    "Mark",
    "MemoryMark",
    "MessageAdded",
    "MessageDeleted",
    "MessageUpdated",
    "ReactionChanged",
    "UserJoined",
    "attach",
    "bb",
    "keyboard",
    "parse_webhook",
    "run",
]
