"""Limits that several processes keep together: where they meet, and which limits these are."""

from __future__ import annotations

import os

import attrs

from ..redact import Secrets
from ..redis_link import is_server, meeting_place, server_name
from .allowance import Limits


@attrs.frozen(init=False)
class SharedLimits:
    """Limits that every process keeps together with all others that name the same place.

    *where* is the URL of a Redis server (``"redis://cache:6379/0"``) for processes of any number of hosts, or the path
    of a file (SQLite, made where there is none) for those of one host; not on a network's file system. All of them
    should name the same *limits*. Requests a second are shared by all who call the same portal, operating time by those
    with the same credentials. A place that cannot be reached is told in the log and fails nobody: until it is back,
    each process keeps to its part of the rate. Raises `ImportError` for a Redis server where redis-py is missing.
    """

    where: str = attrs.field(repr=lambda where: repr(server_name(where) if is_server(where) else where))
    limits: Limits
    _secrets: Secrets | None = attrs.field(repr=False, eq=False)

    def __init__(self, where: str | os.PathLike[str], limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        if not isinstance(limits, Limits):
            raise TypeError(f"expected limits to be Limits, got {limits!r}: for example Limits.enterprise()")
        place, secrets = meeting_place(where, "SharedLimits")
        self.__attrs_init__(place, limits, secrets)

    @property
    def name(self) -> str:
        """*where*, without a password."""
        return server_name(self.where) if is_server(self.where) else self.where
