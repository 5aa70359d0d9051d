"""The method groups: REST names and parameters, nothing else."""

from .chats import Chats
from .counters import Counters
from .departments import Departments
from .dialogs import Dialogs
from .files import Files
from .messages import Messages
from .notifications import Notifications
from .recent import Recent
from .search import Search
from .users import Users

__all__ = [
    "Chats",
    "Counters",
    "Departments",
    "Dialogs",
    "Files",
    "Messages",
    "Notifications",
    "Recent",
    "Search",
    "Users",
]
