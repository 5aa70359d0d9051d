"""The method groups: REST names and parameters, nothing else."""

from .messages import Messages
from .recent import Recent
from .search import Search

__all__ = ["Messages", "Recent", "Search"]
