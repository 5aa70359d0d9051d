"""Pages linked inside one request: ``LAST_ID=$result[…][messages][49][id]`` begins a page where the one before ends.

A link that leads nowhere fails the whole request (docs/portal.md#reference-array-500), so only as many are made as
pages are surely full, by ``message_count`` of ``im.dialog.get`` less a margin.
"""

from __future__ import annotations

from ...rest.call import Call, Ref, Reply
from .base import HistoryWalk, count_of

_MARGIN = 50  # messages that message_count may count too many: deleted, or arrived since


def surely_left(reply: Reply, read: int = 0) -> int:
    """How many messages surely are still to be read, by the portal's count."""
    return count_of(reply) - read - _MARGIN


def linked(walk: HistoryWalk, last_id: int, left: int | None, most: int) -> list[Call]:
    """Pages downwards from *last_id*, each linked to the one before; all but the last of them surely full."""
    pages = min(most, 1 + max(0, left or 0) // walk.limit)
    last = f"[messages][{walk.limit - 1}][id]"
    return [walk.below(last_id), *(walk.below(Ref(index, last)) for index in range(pages - 1))]
