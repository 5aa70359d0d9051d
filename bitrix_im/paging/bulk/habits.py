"""What is known of a portal, learnt once for all bulks of a session."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import attrs

from ...rest.batch import MAX_COMMANDS

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
    searches_tried: int = 0
    """Dialogs that began by it while it was not known: a request full, the next begin by im.dialog.messages.get."""
    doubts: int = 0
    """Dialogs of which it gave something else."""

    def may_search(self) -> bool:
        """Whether one more dialog may begin by im.dialog.messages.search."""
        if self.searches is None:
            self.searches_tried += 1
            return self.searches_tried <= MAX_COMMANDS
        return self.searches

    def doubt_search(self) -> None:
        """It gave something else for a dialog."""
        self.doubts += 1
        if self.doubts >= _DOUBTS and not self.searches:
            self.searches = False


_KNOWN: WeakKeyDictionary[object, Habits] = WeakKeyDictionary()


def habits_of(caller: object) -> Habits:
    """What is known of the portal that *caller* calls, shared by all callers of its session."""
    return _KNOWN.setdefault(getattr(caller, "session", caller), Habits())
