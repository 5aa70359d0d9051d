"""Requests a second: a leaky bucket that is never ahead of the server's."""

from __future__ import annotations

import math

from .allowance import Limits

_SLOWER = 0.98  # of the rate, so that a second never holds one request too many
_MUCH_SLOWER = 0.85  # the same where the burst is no larger than two seconds' requests: no room for one that is late
_OVERTAKING = 1  # kept back of the burst for requests that overtake each other on the network
_LEAST_SHARE = 1 / 8  # of the rate: what refusals leave of it at least
_RECOVERY = 8.0  # seconds in which a rate that refusals have cut comes back
_TOGETHER = 1.0  # seconds: what is refused within so long was in flight together, and counts once
_LONGEST_WAIT = 60.0  # seconds
_PAUSE = 0.5  # seconds after a refusal where no rate is known: two a second is the least that any portal drains
_LONGEST_PAUSE = 8.0  # seconds, for one that is doubled each time that nothing has got through
_REWARD = 1 / 8  # of the rate: what each answer gives back of what refusals have cut
_ROUNDING = 1e-9  # of a request: less is no reason to wait, and could be a wait too short for the clock to move

State = dict[str, float]
"""Where a bucket stands: a number for each of `STATE`; what is missing has never happened."""
STATE = ("level", "updated", "share", "refused_at", "opens_at", "pause", "credit")
CONSTANTS = {
    "LEAST_SHARE": _LEAST_SHARE,
    "RECOVERY": _RECOVERY,
    "TOGETHER": _TOGETHER,
    "LONGEST_WAIT": _LONGEST_WAIT,
    "PAUSE": _PAUSE,
    "LONGEST_PAUSE": _LONGEST_PAUSE,
    "REWARD": _REWARD,
    "ROUNDING": _ROUNDING,
}
"""For the same rules in another language (``turns.lua``)."""


class LeakyBucket:
    """When the next request may leave so that the server's own bucket never runs over.

    The server's level falls by ``rate`` once a second, in steps: a client that counts continuously is never ahead of
    it as long as its burst is smaller by one step.
    """

    def __init__(self, limits: Limits) -> None:
        self._level = 0.0
        self._updated = -math.inf
        self._share = 1.0  # of the rate; less after a refusal
        self._refused_at = self._opens_at = -math.inf
        self._pause = 0.0  # the last one that something in front of the portal has made us take
        self._credit = 0.0  # turns that the next answer gives back after it
        self.limit(limits)

    def limit(self, limits: Limits) -> None:
        """Keep *limits* from now on; what has been sent still counts."""
        self._rate = limits.rate * (_SLOWER if limits.burst >= 2 * limits.rate else _MUCH_SLOWER)
        room = limits.burst - limits.rate - _OVERTAKING
        self._capacity = max(1.0, room) if math.isfinite(limits.burst) else math.inf

    @classmethod
    def of(cls, rate: float, capacity: float, state: State) -> LeakyBucket:
        """The bucket that was left in *state*, from now on drained and filled as told."""
        bucket = cls(Limits.unlimited())
        bucket._rate, bucket._capacity = rate, capacity
        for name, value in state.items():
            setattr(bucket, f"_{name}", value)
        return bucket

    @property
    def state(self) -> State:
        """Where it stands."""
        return {name: value for name in STATE if math.isfinite(value := getattr(self, f"_{name}"))}

    @property
    def rate(self) -> float:
        """Requests a second that it lets through."""
        return self._rate

    @property
    def capacity(self) -> float:
        """Requests that it lets through at once."""
        return self._capacity

    @property
    def is_cut(self) -> bool:
        """Whether an answer would open it further."""
        return bool(self._credit) or self._share < 1

    def fill(self, now: float) -> None:
        """Leave nothing of the burst: what has been sent is not known."""
        self._leak(now)
        if math.isfinite(self._capacity):
            self._level = max(self._level, self._capacity)

    def give_back(self, now: float) -> None:
        """A turn that was taken is not used."""
        self._leak(now)
        self._level = max(0.0, self._level - 1)

    def reserve(self, now: float) -> float:
        """Take the next turn; return the seconds until it comes (0: now). Each caller gets a time of its own."""
        delay = self.delay(now)
        self.take(now)
        return delay

    def take(self, now: float) -> None:
        """Take the next turn, which has come."""
        self._leak(now)
        self._level += 1

    def delay(self, now: float, turns: int = 1) -> float:
        """Seconds until the last of so many *turns*, taken now, would come."""
        self._leak(now)
        over = self._level + turns - self._capacity
        return max(self._opens_at - now, over / (self._rate * self._share) if over > _ROUNDING else 0.0, 0.0)

    def refused(self, now: float, wait: float = 0.0) -> None:
        """The server refused a request: its bucket is fuller than ours, since others share the address.

        Nobody leaves before something has drained; the rate is halved, and comes back bit by bit. *wait* is what the
        server asked for (``Retry-After``), in seconds; of a longer wait than a minute, a minute is waited.
        """
        if self._fill(now, wait if math.isfinite(self._rate) else max(wait, _PAUSE)):
            self._share = max(_LEAST_SHARE, self._share / 2)

    def stopped(self, now: float, wait: float = 0.0) -> None:
        """Something in front of the portal refused a request, by a rule that nobody knows.

        That says nothing of the portal's bucket. After a short pause, or *wait* seconds where these were asked for, one
        request tries; each that gets through lets twice as many follow at once as the one before.
        """
        if self._fill(now, wait):
            self._pause = min(2 * self._pause, _LONGEST_PAUSE) if self._pause else _PAUSE
        self._opens_at = max(self._opens_at, now + self._pause)
        self._credit = 1.0

    def answered(self, sent: float, now: float) -> bool:
        """A request that left at *sent* got through. Returns whether the next may leave earlier than was said."""
        if sent < self._refused_at or not (self._credit or self._share < 1):
            return False
        self._leak(now)
        self._share = min(1.0, self._share + _REWARD)
        self._level = max(0.0, self._level - self._credit)
        self._credit, self._pause = (2 * self._credit if self._level else 0.0), 0.0
        return True

    def _fill(self, now: float, wait: float) -> bool:
        """No burst is left, and nobody leaves for *wait* seconds. Whether that is news: not what was refused before."""
        self._opens_at = max(self._opens_at, now + min(wait, _LONGEST_WAIT))
        self._leak(now)
        if math.isfinite(self._capacity):
            self._level = max(self._level, self._capacity)
        if now - self._refused_at < _TOGETHER:
            return False
        self._refused_at = now
        return True

    def _leak(self, now: float) -> None:
        elapsed = now - self._updated if self._updated > -math.inf else 0.0
        self._updated = max(now, self._updated)
        while elapsed > 0 and self._share < 1:
            step = min(elapsed, 1.0)
            self._level = max(0.0, self._level - step * self._rate * self._share)
            self._share = min(1.0, self._share + step / _RECOVERY)
            elapsed -= step
        if elapsed > 0 and self._level:
            self._level = max(0.0, self._level - elapsed * self._rate)
