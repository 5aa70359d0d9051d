"""Where a dialog stands in the list: pinned first, then newest activity first (docs/portal.md#recent-list-order).

Activity is known to the second, and dialogs of one second have no order among themselves: they may swap places from
page to page. So only a dialog *strictly* above another proves anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...models import RecentItem
from ...rest.call import Reply


class Place(NamedTuple):
    """A dialog's place. The list is sorted by it, largest first."""

    pinned: bool
    second: int


TOP = Place(True, 2**53)
"""Above every dialog: where a page ends that shows none, and so proves nothing."""


def place_of(item: RecentItem) -> Place | None:
    """An item's place; None where the portal gives no date."""
    if item.date_last_activity is None:
        return None
    return Place(item.pinned, math.floor(item.date_last_activity.timestamp()))


def places(items: Sequence[RecentItem]) -> list[Place]:
    """The places of a page's dialogs."""
    return [place for place in map(place_of, items) if place is not None]


def is_queued(item: RecentItem) -> bool:
    """Whether it is an open line of the queue, which every page repeats (docs/portal.md#recent-queue-lines)."""
    return item.date_last_activity is None and item.lines is not None


def above(page: Sequence[Place], place: Place) -> int:
    """How many of a page's dialogs stand strictly above *place*."""
    return sum(other > place for other in page)


def below(page: Sequence[Place], place: Place) -> int:
    """How many of a page's dialogs stand strictly below *place*."""
    return sum(other < place for other in page)


def second_lowest(page: Sequence[Place]) -> Place | None:
    """Where a page ends. Not the very lowest: one dialog out of order must not move the seam."""
    return sorted(page)[:2][-1] if page else None


def server_second(reply: Reply, page: Sequence[Place]) -> int:
    """The server's clock; where it gives none, the newest activity: whatever rises later is not older."""
    if reply.time is not None and reply.time.date_start is not None:
        return math.floor(reply.time.date_start.timestamp())
    return max((place.second for place in page), default=0)


def to_place(value: Any) -> Place | None:
    """Read a place out of a cursor. Raises `TypeError` or `ValueError`."""
    if value is None:
        return None
    pinned, second = value
    if not isinstance(pinned, bool) or isinstance(second, bool) or not isinstance(second, int):
        raise TypeError(value)
    return Place(pinned, second)
