"""The server's clock: an epoch, moved by the event loop's time, so that virtual time moves the portal too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import lru_cache

import anyio
import anyio.lowlevel


class ServerClock:
    """Seconds since the portal was first asked for the time, and the date and time they stand for."""

    def __init__(self, epoch: datetime, source: Callable[[], float] | None = None) -> None:
        if epoch.tzinfo is None:
            raise ValueError("epoch must be an aware datetime")
        self.zone = timezone(epoch.utcoffset() or epoch.astimezone().utcoffset())  # type: ignore[arg-type]
        self._epoch = epoch.timestamp()
        self._source = source
        self._owner: object = None
        self._base = 0.0
        self._elapsed = 0.0

    def elapsed(self) -> float:
        """Seconds on this clock; outside an event loop those of the last look."""
        reading = self._read()
        if reading is None:
            return self._elapsed
        owner, seconds = reading
        if owner is not self._owner:
            # Another event loop counts from another zero (trio's is random): go on from where the last one stopped.
            self._owner, self._base = owner, seconds - self._elapsed
        self._elapsed = seconds - self._base
        return self._elapsed

    def now(self) -> float:
        """The server's Unix time."""
        return self._epoch + self.elapsed()

    def seconds(self) -> int:
        """The server's Unix time in whole seconds, as it stands in a database row."""
        return int(self.now())

    def iso(self, unix: float) -> str:
        """Write a Unix time as the portal does: whole seconds with the server's offset."""
        return iso(int(unix), self.zone)

    @contextmanager
    def driven_by(self, source: Callable[[], float]) -> Iterator[None]:
        """Count by *source* meanwhile: a served portal lives in another thread, with a loop of its own."""
        before, self._source = self._source, source
        try:
            yield
        finally:
            self.elapsed()
            self._source = before

    def _read(self) -> tuple[object, float] | None:
        if self._source is not None:
            return self._source, self._source()
        try:
            return anyio.lowlevel.current_token().native_token, anyio.current_time()
        except RuntimeError:  # no event loop here: a world is built before the loop starts
            return None


@lru_cache(maxsize=2048)
def iso(unix: int, zone: timezone) -> str:
    """A Unix time as ``YYYY-MM-DDTHH:MM:SS±HH:MM``."""
    return datetime.fromtimestamp(unix, zone).isoformat()
