"""Whether a failure speaks against the commands of one batch, or against the portal. Sans-I/O.

After one request that failed nobody knows. When something succeeds, the portal is up: a batch that failed holds a bad
command, or had bad luck. When another request fails first, led by another call, the portal is down: then nothing is
known against any command, and only one request at a time looks whether it is back.
"""

from __future__ import annotations

import math

_FIRST_LOOK = 0.5  # seconds after the second failure; twice as long after each one more
_LONGEST_PAUSE = 1.0  # seconds between two looks: whoever waits is served that soon after the portal is back
_SLOW_LOOK = 5.0  # seconds after which a look that has not ended is no reason to wait for it
_GATHER = 0.05  # seconds after the portal came back: those who rested come together, and share requests
_STALE = 10.0  # seconds after which a failure says nothing any more


class Doubt:
    """What the last failures mean."""

    def __init__(self) -> None:
        self._rounds = 0  # of failures since the last success; those that were under way together are one
        self._led_by: int | None = None
        self._failed_at = self._looked_at = self._opens_at = -math.inf
        self._pause = 0.0

    @property
    def is_any(self) -> bool:
        """Whether nothing has succeeded since the last failure."""
        return self._rounds > 0

    @property
    def is_down(self) -> bool:
        """Whether the portal, not a command, is to blame."""
        return self._rounds > 1

    def failed(
        self, leader: int, departed: float, now: float, *, longest: float = math.inf, blames_none: bool = False
    ) -> bool:
        """A request failed, led by the call of that number. Returns whether the portal is down, which is news.

        *longest*: seconds that its caller wants to wait between two tries at most. *blames_none*: it never reached the
        portal, so no command can have done that.
        """
        if departed < self._failed_at:
            return False
        was_down = self.is_down
        if self._rounds == 0 or blames_none or leader != self._led_by or was_down:
            self._rounds += 1
        self._led_by, self._failed_at = leader, now
        self._pause = min(_FIRST_LOOK * 2.0 ** min(self._rounds - 2, 10), _LONGEST_PAUSE, longest)
        return self.is_down and not was_down

    def succeeded(self, now: float) -> None:
        """The portal answered."""
        if self.is_down:
            self._opens_at = now + _GATHER
        self._rounds = 0

    def looked(self, now: float) -> None:
        """A request leaves."""
        self._looked_at = now

    def forget(self, now: float) -> None:
        """Nothing is under way: a failure of long ago is no news."""
        if now > self._failed_at + _STALE:
            self._rounds = 0

    def delay(self, now: float, flying: int) -> float:
        """Seconds until the next request may leave, with so many *flying*."""
        if not self.is_down:
            return max(0.0, self._opens_at - now)
        return max(0.0, (self._looked_at + _SLOW_LOOK if flying else self._failed_at + self._pause) - now)
