"""Whether a chat read by im.dialog.messages.search is whole.

Its pages are sorted by date and continued by id, so where the two disagree messages can be missing although every seam
fits (docs/portal.md#message-search-seam). What was read is believed where the portal's own count of the dialog's
messages is the same, and the chat's oldest page, asked for from the other end, holds what was read last.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import attrs

from ...rest.call import Reply
from ...rest.decode import read_count
from ..history.links import count_of

_TRIES = 2  # of comparing with a count while messages arrive


@attrs.define
class Proof:
    """What was read of a chat, and what it is compared with."""

    ids: array[int] = attrs.field(factory=lambda: array("q"))
    """All ids read, in the order of the pages."""
    top: int = 0
    """The highest of them."""
    oldest: Sequence[int] | None = None
    """The chat's oldest ids, ascending by date, as asked for from that end."""
    count: int | None = None
    """How many messages there are, by the portal's count."""
    counted_up_to: int = 0
    """The newest message's id when it counted."""
    newer: int = 0
    """Messages that have arrived above ``top``, as far as was looked."""
    newest: int = 0
    """The highest id known."""
    tries: int = 0

    def take(self, ids: Sequence[int]) -> None:
        """Put down a page."""
        self.ids.extend(ids)
        if not self.top:
            self.top = self.newest = max(ids)

    def take_count(self, reply: Reply) -> None:
        """Put down an answer of im.dialog.get."""
        last = reply.result.get("last_message_id") if isinstance(reply.result, dict) else None
        self.count, self.counted_up_to = count_of(reply), read_count(last) or 0

    def take_newest(self, ids: Sequence[int]) -> None:
        """Put down the newest page as it is now."""
        above = [number for number in ids if number > self.top]
        self.newer = len(above)
        self.newest = max([*above, self.top])

    @property
    def left(self) -> int | None:
        """Messages not read yet, by the portal's count."""
        return None if self.count is None else self.count - self.newer - len(self.ids)

    def verdict(self) -> bool | None:
        """Whether it is whole; None: messages arrived before it was counted, so look at the newest and count again."""
        if self.oldest is None or self.count is None:
            return None
        if self.counted_up_to != self.newest:
            self.tries += 1
            self.count = None
            return None if self.tries <= _TRIES else False
        lowest = self.ids[-len(self.oldest) :] if self.oldest else self.ids
        return self.count == len(self.ids) + self.newer and list(lowest)[::-1] == list(self.oldest)
