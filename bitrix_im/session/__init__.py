"""One portal's calls: queued, limited, sent, decoded, made again where that is harmless."""

from .retry import Retry
from .stats import Stats

__all__ = ["Retry", "Stats"]
