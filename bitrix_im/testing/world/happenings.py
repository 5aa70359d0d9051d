"""What happens in a world, told to whoever listens: users' event queues, bots."""

from typing import Literal

import attrs

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
