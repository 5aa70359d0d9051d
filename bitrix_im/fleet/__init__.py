"""Which portals are mine? One owner each, over any number of processes and hosts, by leases."""

from .fleet import Fleet
from .mine import Mine

__all__ = ["Fleet", "Mine"]
