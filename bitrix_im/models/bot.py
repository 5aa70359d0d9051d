"""People, chats and messages as bots and events tell of them: the same, spelled in camelCase."""

from __future__ import annotations

from typing import Annotated, Any

import attrs

from ..convert import camel_case, wired
from .chat import Chat
from .message import Message
from .user import User


@attrs.frozen(kw_only=True, repr=False)
class BotUser(User):
    """A user in an event or an answer to a bot. Of somebody deleted only the id is told."""

    _spelled = staticmethod(camel_case)


@attrs.frozen(kw_only=True, repr=False)
class BotChat(Chat):
    """A chat in an event or an answer to a bot. An event's is as it was when the event was written."""

    _spelled = staticmethod(camel_case)


@attrs.frozen(kw_only=True, repr=False)
class BotMessage(Message):
    """A message in an event or an answer to a bot."""

    _spelled = staticmethod(camel_case)

    is_system: bool = False
    """Written by the portal: ``author_id`` is 0."""
    forward: Annotated[Any, wired()] = attrs.field(default=None, hash=False)
    """Where it was forwarded from, as the server tells it; None where it was not."""
    viewed_by_others: bool = False
