"""What the portal allows, kept ahead of time. Sans-I/O: every rule gets *now*, and returns how long to wait."""

from .allowance import Limits
from .bucket import LeakyBucket
from .gate import Gate, Waiter
from .operating import OperatingBudget
from .pace import Pace
from .shared import SharedLimits

__all__ = ["Gate", "LeakyBucket", "Limits", "OperatingBudget", "Pace", "SharedLimits", "Waiter"]
