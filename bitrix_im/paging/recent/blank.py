"""Rows of private dialogs that show no message (id 0): the real row may still come.

A private dialog can have two rows, and the empty one can come first (docs/portal.md#recent-two-rows). So a blank row
waits until the walk has seen everything else: where the real one came, it is forgotten, else handed out last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ...models import RecentItem


def is_blank(item: RecentItem) -> bool:
    """Whether it is a private dialog without a message."""
    return item.type == "user" and not item.message.id and item.date_last_activity is not None


def _waiting(value: Any) -> tuple[tuple[str, int], ...]:
    pairs = tuple((name, where) for name, where in value)
    if not all(isinstance(name, str) and isinstance(where, int) for name, where in pairs):
        raise TypeError(value)
    return pairs


@attrs.frozen
class Blanks:
    """The dialogs whose blank rows wait, and where they were seen (a row or a second)."""

    waiting: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=_waiting)
    items: tuple[RecentItem, ...] = ()
    """Their rows, as far as this process has seen them: a cursor holds none."""

    def after(self, items: Sequence[RecentItem], where: int) -> tuple[list[RecentItem], Blanks]:
        """What of a page is handed out now, and what waits after it."""
        now = [item for item in items if not is_blank(item)]
        if not self.waiting and len(now) == len(items):
            return now, self
        real = {item.dialog_id for item in now}
        known = {name for name, _ in self.waiting}
        new = [item for item in items if is_blank(item) and item.dialog_id not in known]
        waiting = (*self.waiting, *((item.dialog_id, where) for item in new))
        return now, Blanks(
            [(name, place) for name, place in waiting if name not in real],
            tuple(item for item in (*self.items, *new) if item.dialog_id not in real),
        )

    @property
    def elsewhere(self) -> int | None:
        """Where to look again for a row that another process has seen; None where there is none."""
        known = {item.dialog_id for item in self.items}
        return next((where for name, where in self.waiting if name not in known), None)

    def found_again(self, items: Sequence[RecentItem]) -> tuple[list[RecentItem], Blanks]:
        """What a second look `elsewhere` brings, and what still waits after it."""
        place = self.elsewhere
        here = {name for name, where in self.waiting if where == place}
        rest = [(name, where) for name, where in self.waiting if where != place]
        return [item for item in items if item.dialog_id in here], Blanks(rest, self.items)
