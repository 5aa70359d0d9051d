"""What happens in a world, told to whoever listens: users' event queues, bots."""

from typing import Any, Literal

import attrs

from .bots import Bot, CommandCall
from .drafts import Message
from .records import Chat


@attrs.frozen
class Happening:
    """One thing that happened in a chat; *message* is as it was then."""

    kind: Literal["message", "update", "delete", "reaction", "join"]
    chat: Chat
    user_id: int
    """Who did it; 0 is the system."""
    message: Message | None = None
    reaction: str = ""
    added: bool = True
    """A reaction was added, not taken back."""
    before: str = ""
    """What a message said before it was edited or deleted."""


@attrs.frozen
class BotHappening:
    """One thing that concerns one bot only; *chat* is None where the bot is no more."""

    kind: Literal["join", "command", "context", "gone"]
    bot: Bot
    chat: Chat | None
    user_id: int
    """Who did it."""
    message: Message | None = None
    call: CommandCall | None = None
    context: Any = None
    new: bool = False
    """The chat was made by this."""
