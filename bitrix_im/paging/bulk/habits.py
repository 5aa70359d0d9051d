"""What is known of a portal, learnt once for all bulks of a session."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import attrs

_DOUBTS = 3  # dialogs; one may have changed while it was read twice


@attrs.define
class Habits:
    """How far the portal can be taken at its word. None: not known yet, so it is looked at."""

    short_is_end: bool | None = None
    """A page with fewer rows than asked for is the last one: portals that clamp LIMIT are told by what is below it."""
    missing_id_is_empty: bool | None = None
    """A LAST_ID that no message has gives an empty page (docs/portal.md#missing-id-empty)."""
    searches: bool | None = None
    """im.dialog.messages.search is there, and gives all that im.dialog.messages.get gives."""
    is_search_tried: bool = False
    """It was asked at least once: until that is answered, others begin by im.dialog.messages.get."""
    doubts: int = 0
    """Dialogs of which it gave something else."""

    def doubt_search(self) -> None:
        """It gave something else for a dialog."""
        self.doubts += 1
        if self.doubts >= _DOUBTS and not self.searches:
            self.searches = False


_KNOWN: WeakKeyDictionary[object, Habits] = WeakKeyDictionary()


def habits_of(caller: object) -> Habits:
    """What is known of the portal that *caller* calls, shared by all callers of its session."""
    return _KNOWN.setdefault(getattr(caller, "session", caller), Habits())
