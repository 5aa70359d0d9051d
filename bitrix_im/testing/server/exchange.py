"""The log: what was asked, what came of it."""

from typing import Any

import attrs


@attrs.define
class Exchange:
    """One HTTP request as the portal saw it."""

    at: float
    """Seconds on the portal's clock, which begins with 0."""
    method: str
    params: dict[str, Any]
    status: int = 0
    """The HTTP status answered; 0 when the connection was cut instead."""
    error: str | None = None
    executed: bool = False
    """Whether a command ran (with a batch: at least one)."""
    commands: list[str] = attrs.Factory(list)
    """Methods of the commands that a batch held."""
    fault: str | None = None
    """Name of the fault that struck."""
    source: str = ""
    """The client's IP address."""
