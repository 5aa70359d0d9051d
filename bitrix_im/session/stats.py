"""What a client has done so far."""

from __future__ import annotations

import attrs


@attrs.frozen
class Stats:
    """What a client has done so far.

    ``requests``: HTTP requests sent to the portal; ``commands``: REST calls run by them, those inside batches counted
    one by one; ``retries``: repeats after a failure; ``limit_hits`` and ``operating_hits``: calls that the portal
    refused for their rate or their operating time; ``refreshes``: OAuth tokens refreshed; ``waited``: seconds that
    calls waited for the limits, added up; ``queued``: calls that wait just now.
    """

    requests: int = 0
    commands: int = 0
    retries: int = 0
    limit_hits: int = 0
    operating_hits: int = 0
    refreshes: int = 0
    waited: float = 0.0
    queued: int = 0


@attrs.define
class Counts:
    """`Stats` in the making."""

    requests: int = 0
    commands: int = 0
    retries: int = 0
    limit_hits: int = 0
    operating_hits: int = 0
    waited: float = 0.0
