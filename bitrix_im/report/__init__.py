"""One page about a portal, out of an exported target: who writes, where, when, and how soon others answer."""

from .make import report
from .source import NoExport

__all__ = ["NoExport", "report"]
