"""What is known of a portal, learnt once for all bulks of a session."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import attrs


@attrs.define
class Habits:
    """How far the portal's pages can be taken at their word. None: not known yet, so it is looked at."""

    short_is_end: bool | None = None
    """A page with fewer rows than asked for is the last one: portals that clamp LIMIT are told by what is below it."""
    missing_id_is_empty: bool | None = None
    """A LAST_ID that no message has gives an empty page (docs/portal.md#missing-id-empty)."""


_KNOWN: WeakKeyDictionary[object, Habits] = WeakKeyDictionary()


def habits_of(caller: object) -> Habits:
    """What is known of the portal that *caller* calls, shared by all callers of its session."""
    return _KNOWN.setdefault(getattr(caller, "session", caller), Habits())
