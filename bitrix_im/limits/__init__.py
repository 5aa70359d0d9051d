"""What the portal allows, kept ahead of time. Sans-I/O: every rule gets *now*, and returns how long to wait."""

from .allowance import Limits
from .bucket import LeakyBucket
from .operating import OperatingBudget

__all__ = ["LeakyBucket", "Limits", "OperatingBudget"]
