"""Walks: a list of the portal's, whole and once, although its pages overlap, lie and move.

Each walk is sans-I/O: it says which call a step makes, and reads the next step from the reply. `Pager` runs it.
"""

from .bulk import BulkPage
from .by_id import MessageSearch, NotificationList, NotificationSearch
from .by_offset import OffsetList
from .history import HistoryDown, HistoryUp
from .pager import Page, Pager
from .recent import RecentByDate, RecentByOffset
from .search import ChatSearch
from .walk import Caller, Found, Walk

__all__ = [
    "BulkPage",
    "Caller",
    "ChatSearch",
    "Found",
    "HistoryDown",
    "HistoryUp",
    "MessageSearch",
    "NotificationList",
    "NotificationSearch",
    "OffsetList",
    "Page",
    "Pager",
    "RecentByDate",
    "RecentByOffset",
    "Walk",
]
