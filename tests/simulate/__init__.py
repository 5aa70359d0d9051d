"""Client and portal together, for simulated days in real seconds, from one seed.

Users walk, send, call, give up and come back, many of them under deadlines shorter than the answers. The portal moves,
limits, shows what happened in one second in any order, fails every fifth request, and now and then all of them for
minutes; another program takes all that drains. Processes end in the middle of what they do, begin anew, and go on from
the cursors and tokens that were kept. Several times a day a consumer of events, a watcher and a bot hear what people
write and press: they are killed again and again, and go on from their marks. What must hold is checked at every step,
and at the end of each shift by the portal's own record. The same seed plays the same trace, an even one on asyncio, an
odd one on trio::

    python -m tests.simulate --seed 7 --hours 24
"""

from .run import Outcome, simulate

__all__ = ["Outcome", "simulate"]
