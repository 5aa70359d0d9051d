"""One call and its answer, as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import attrs

from . import catalog


class Road(Protocol):
    """How a call travels that a JSON body cannot carry."""

    async def send(self, sender: Any, call: Call, within: float) -> Reply:
        """Make the call by a session's *sender*, within some seconds; again from the beginning each time."""
        ...


@attrs.frozen
class Call:
    """One REST method with its parameters, alone or as a command of a batch.

    *repeatable* overrides what is known of the method: True where a parameter makes a repeat harmless
    (an idempotency key), False where a repeat would do harm; None leaves it to the method.
    """

    method: str = attrs.field(converter=catalog.spelled)
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    repeatable: bool | None = None
    road: Road | None = attrs.field(default=None, kw_only=True, repr=False)
    """How it travels, where it does not go as a JSON body: with a file, for one. It then travels alone."""

    @property
    def row(self) -> catalog.Method:
        """What is known of the method."""
        return catalog.look_up(self.method)


@attrs.frozen
class Ref:
    """A parameter taken from the result of an earlier call of the same unit (``$result[key][path]…``).

    A missing path becomes an array, and an array where a method expects text makes the whole request answer 500
    (docs/portal.md#reference-array-500). A *safe* reference to an id has a line feed behind it: then only the call that
    it stands in fails (docs/portal.md#safe-links).
    """

    index: int
    path: str
    safe: bool = False


@attrs.frozen
class Time:
    """The ``time`` block of an answer: the server's clock, and what the call cost.

    ``start``, ``finish`` are Unix seconds; ``duration``, ``processing``, ``operating`` are seconds.
    ``operating`` is cumulative for this method in its window; it and ``operating_reset_at`` (Unix seconds) are None
    where the portal does not limit operating time.
    """

    start: float
    finish: float
    duration: float
    processing: float
    date_start: datetime | None = None
    date_finish: datetime | None = None
    operating: float | None = None
    operating_reset_at: float | None = None


@attrs.frozen
class Reply:
    """A good answer: ``result`` as the portal sent it, ``total`` and ``next`` where it gave them, and ``time``."""

    result: Any
    total: int | None = None
    next: int | None = None
    time: Time | None = None
