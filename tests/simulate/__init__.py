"""Client and portal together, for simulated days in real seconds, from one seed.

Users walk, send, call, give up and come back; the portal moves, limits, and fails every fifth request. What must hold
is checked at every step. The same seed plays the same trace::

    python -m tests.simulate --seed 7 --hours 24
"""

from .run import Outcome, simulate

__all__ = ["Outcome", "simulate"]
