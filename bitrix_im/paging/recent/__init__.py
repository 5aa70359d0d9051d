"""The recent list (``im.recent.list``): a list that moves while it is read, read whole.

- `order`: where a dialog stands in the list;
- `seam`: did anything slip through between this page and the last one?
- `catch_up`: did anything rise past us while we read?
- `standstill`: does the portal keep answering the same page?
- `by_offset`, `by_date`: the two ways to ask, each made of the pieces above.
"""

from .base import MAX_LIMIT
from .by_date import RecentByDate
from .by_offset import RecentByOffset

__all__ = ["MAX_LIMIT", "RecentByDate", "RecentByOffset"]
