"""People, chats and messages as bots and events tell of them: the same, spelled in camelCase."""

from __future__ import annotations

import attrs

from ..convert import camel_case
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
