"""``im.counters.*``: how much is unread."""

from __future__ import annotations

import attrs

from ..models import Counters as UnreadCounters
from ._group import Group


@attrs.frozen
class Counters(Group):
    """Unread messages of the user who calls."""

    async def get(self) -> UnreadCounters:
        """Unread messages in sum, and of each dialog that has some (``im.counters.get``)."""
        return await self._ask(UnreadCounters, "im.counters.get")
