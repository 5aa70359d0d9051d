"""Limits shared with other processes: the gate that stands where the pace of one event loop does, and its places."""

from __future__ import annotations

from ...limits import Gate, Pace, SharedLimits
from ...limits.turns import Answer, Ask
from ...redis_link import is_server
from ..loop import shared
from .gate import SharedGate
from .place import Blocking, Place

__all__ = ["gate_of"]


def gate_of(portal: str, sharing: SharedLimits | None) -> Gate:
    """The gate of all clients of *portal* in this event loop, and of other processes', where they are *sharing*."""
    if sharing is None:
        return shared(("pace", portal), Pace)
    where, name = sharing.where, sharing.name
    place = shared(("place", where), lambda: place_of(where))
    return shared(("gate", where, portal), lambda: SharedGate(place, portal, name))


def place_of(where: str) -> Place[Ask, Answer]:
    """The place of that name; nothing is asked yet."""
    driver: Blocking[Ask, Answer]
    if is_server(where):
        from .redis import RedisPlace

        driver = RedisPlace(where)
    else:
        from .file import FilePlace

        driver = FilePlace(where)
    return Place(driver)
