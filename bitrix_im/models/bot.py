"""People, chats and messages as bots and events tell of them: the same, spelled in camelCase."""

from __future__ import annotations

from typing import Any

import attrs

from ..convert import camel_case
from .chat import Chat
from .message import Message
from .user import User

_FALSE_OR_MORE = frozenset({"idle", "absent", "lastActivityDate", "mobileLastDate", "desktopLastDate", "phones"})


@attrs.frozen(kw_only=True, repr=False)
class BotUser(User):
    """A user in an event or an answer to a bot. Of somebody deleted only the id is told."""

    _spelled = staticmethod(camel_case)

    @staticmethod
    def _prepare(data: Any) -> Any:
        """``"0"`` is how a form spells the ``false`` of a date that is not there (docs/portal.md#webhook-scalars)."""
        if not isinstance(data, dict) or "0" not in data.values():
            return data
        return {key: False if value == "0" and key in _FALSE_OR_MORE else value for key, value in data.items()}


@attrs.frozen(kw_only=True, repr=False)
class BotChat(Chat):
    """A chat in an event or an answer to a bot. An event's is as it was when the event was written."""

    _spelled = staticmethod(camel_case)


@attrs.frozen(kw_only=True, repr=False)
class BotMessage(Message):
    """A message in an event or an answer to a bot."""

    _spelled = staticmethod(camel_case)
