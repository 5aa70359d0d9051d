"""How long a request will take: what its calls took before, and the way there and back. Sans-I/O."""

from __future__ import annotations

from collections.abc import Iterable

from ..rest.call import Call

_GUESS = 0.3  # seconds, for a method that has not answered yet
# A guess should hold for nine calls of ten: it follows a longer one much, and a shorter one only a little.
_UP, _DOWN = 0.4, 0.05
_DOUBT = 0.95  # what is left of a guess that kept somebody from being sent: or nobody would ever be sent again


class Estimates:
    """Seconds: about what nine of ten calls stay below."""

    def __init__(self) -> None:
        self._methods: dict[str, float] = {}
        self._trip: float | None = None

    def learn(self, method: str, seconds: float) -> None:
        """A call of *method* took the portal so long."""
        self._methods[method] = _nearer(self._methods.get(method), seconds)

    def learn_trip(self, seconds: float) -> None:
        """A request took so much longer than the work of its calls."""
        self._trip = _nearer(self._trip, max(0.0, seconds))

    def at_least(self, method: str, seconds: float) -> None:
        """A call of *method* did not end within so long."""
        if seconds > self._methods.get(method, 0.0):
            self.learn(method, seconds)

    def doubt(self, method: str) -> None:
        """Somebody was not sent since it would take too long: believe that a little less."""
        if method in self._methods:
            self._methods[method] *= _DOUBT
        if self._trip is not None:
            self._trip *= _DOUBT

    @property
    def trip(self) -> float:
        """What a request takes on top of what the portal works: the way there and back."""
        return self._trip or 0.0

    def known(self, method: str) -> float | None:
        """What one call takes, where any has answered."""
        return self._methods.get(method)

    def least(self, method: str) -> float:
        """What a call of *method* alone would take; only the way where nothing is known of it."""
        return self.trip + self._methods.get(method, 0.0)

    def work(self, calls: Iterable[Call]) -> float:
        """What the portal needs for *calls*, one after the other."""
        return sum([self._methods.get(call.method, _GUESS) for call in calls])


def _nearer(known: float | None, seconds: float) -> float:
    if known is None:
        return seconds
    return known + (seconds - known) * (_UP if seconds > known else _DOWN)
