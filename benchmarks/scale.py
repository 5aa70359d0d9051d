"""What which size takes: the table of docs/scale.md, from constants that were measured.

``python -m benchmarks.scale`` prints it; ``python -m benchmarks.scale --measure`` measures the constants that depend on
the machine and prints them, to be written down here.
"""

from __future__ import annotations

import sys

import attrs

from .table import markdown, number

RATE = 2.0  # requests a second of a cloud portal (docs/portal.md#leaky-bucket)
POLL_IDLE, POLL_BUSY = 15.0, 2.0  # seconds between two polls of an event queue (bitrix_im/events/pace.py)
MESSAGES = 2_500  # of a full request: fifty pages of fifty
PROCESS = 45e6  # bytes of a process with one client (RESULTS.md: five calls one after the other)
CLIENT = 58e3  # bytes of each further client that hears (RESULTS.md: 1,000 clients in one process)
CALL = 450e-6  # seconds of processor for a call, without TLS (session_cost)
MESSAGE = 8e-6  # seconds of processor to decode a message with its part of users and files (decoding)
TLS = 1e-3  # seconds of processor for a new TLS connection: one an idle poll, since httpx keeps connections for 5 s
TURN, TURNS = 64e-6, 2  # seconds of Redis for a turn of SharedLimits; turns asked for each request, at most
BEAT, BEATS = 324e-6, 2.0  # seconds of Redis for a question of 20 workers' fleet; questions a second and worker
LIMITS_KEPT, LEASE_KEPT = 1_000, 100  # bytes in Redis for each portal: its limits, its owner
REDIS = 15.0  # US dollars a month: about what the smallest managed server of the large clouds costs in 2026


@attrs.frozen
class Size:
    """One line."""

    name: str
    portals: int = 1
    workers: int = 1
    busy: float = 0.0
    """The share of portals where people write just now."""
    calls: float = 0.0
    """A second and portal, beside polls."""
    messages: int = 0
    """To be read once."""
    redis: bool = False

    @property
    def polls(self) -> float:
        """A second, of all portals."""
        if self.messages:
            return 0.0
        return self.portals * ((1 - self.busy) / POLL_IDLE + self.busy / POLL_BUSY)

    @property
    def requests(self) -> float:
        """A second; of a walk its limit."""
        return RATE * self.portals if self.messages else self.polls + self.calls * self.portals

    @property
    def hours(self) -> float | None:
        """How long the walk takes."""
        return self.messages / MESSAGES / RATE / self.portals / 3600 if self.messages else None

    @property
    def cores(self) -> float:
        """Of the workers, together."""
        decoded = self.requests * MESSAGES * MESSAGE if self.messages else 0.0
        return self.requests * (CALL + (0 if self.messages else TLS)) + decoded

    @property
    def memory(self) -> float:
        """Bytes, of all workers."""
        return self.workers * PROCESS + self.portals * CLIENT * (self.workers if self.portals == 1 else 1)

    @property
    def redis_load(self) -> float:
        """Of the one core that a Redis server uses."""
        return self.requests * TURNS * TURN + (self.workers * BEATS * BEAT if self.portals > 1 else 0)

    def row(self) -> list[str]:
        """The line of the table."""
        per_day = (
            f"{number(round(self.requests * 86_400))} a day" if not self.messages else number(self.messages // MESSAGES)
        )
        kept = self.portals * (LIMITS_KEPT + LEASE_KEPT)
        server = f"{self.redis_load:.1%} of a core, {max(1, round(kept / 1e6))} MB, about {REDIS:.0f} $ a month"
        return [
            self.name,
            f"{self.requests:.4g}",
            per_day,
            "" if self.hours is None else f"{self.hours:.0f}",
            f"{self.cores:.2g}",
            f"{self.memory / 1e6:.0f} MB",
            server if self.redis else "none",
        ]


SIZES = [
    Size("one worker, one portal", busy=1.0, calls=0.2),
    Size("a web service of 8 workers, one portal", workers=8, busy=1.0, calls=1.0),
    Size("200 portals, one process", portals=200, busy=0.1, calls=0.01),
    Size("5,000 portals, 20 workers", portals=5_000, workers=20, busy=0.1, calls=0.01, redis=True),
    Size("one portal of 500 million messages, read once", messages=500_000_000),
]
HEAD = ["size", "requests a second", "requests", "hours", "cores", "memory", "Redis"]


def table() -> str:
    """The table."""
    return markdown(HEAD, (size.row() for size in SIZES))


def measure() -> None:
    """Print the constants of this machine."""
    from . import decoding, session_cost

    _, call = session_cost.measure(rounds=10)
    page = next(name for name in decoding.pages() if name.startswith("messages, 50"))
    message = decoding.best(page, rounds=20)["both"] / 50
    sys.stdout.write(f"CALL = {call * 1e6:.0f}e-6\nMESSAGE = {message * 1e6:.0f}e-6\n")


if __name__ == "__main__":
    if "--measure" in sys.argv:
        measure()
    else:
        sys.stdout.write(table())
