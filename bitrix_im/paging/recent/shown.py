"""What was handed out and may show again: so that a walk that is resumed page by page does not repeat it.

Within one process the pager knows everything that it has handed out. A cursor only remembers the dialogs that later
pages are sure or likely to show again: pinned ones and those active since the walk began, which the look at the top
shows; and those around the place where the last page ended.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import attrs

from ...models import RecentItem
from .order import Place, place_of
from .seam import OVERLAP

_REMEMBERED = 200  # of each kind; beyond that a resumed walk may repeat some


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise TypeError(value)
    return tuple(value)


@attrs.frozen
class Shown:
    """Ids of dialogs."""

    at_top: tuple[str, ...] = attrs.field(default=(), converter=_names)
    at_end: tuple[str, ...] = attrs.field(default=(), converter=_names)

    def after(
        self, items: Sequence[RecentItem], *, rows: int, began: int, end: Place | None, is_same_end: bool
    ) -> Shown:
        """After a page of *rows* that ends at *end*; *began* is the server's second at which the walk began."""
        placed = [(item.dialog_id, place) for item in items if (place := place_of(item)) is not None]
        top = [name for name, place in placed if place.pinned or place.second >= began]
        # A page that must prove the seam begins a few rows above the first dialog of the end's second.
        first = next((index for index, (_, place) in enumerate(placed) if end is not None and place <= end), 0)
        unshown = max(0, rows - len(items))
        near = [name for name, _ in placed[max(0, min(first, len(placed)) - 2 * OVERLAP - unshown) :]]
        return Shown(_latest([*self.at_top, *top]), _latest([*self.at_end, *near] if is_same_end else near))

    @property
    def names(self) -> Collection[str]:
        """All of them."""
        return {*self.at_top, *self.at_end}


def _latest(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))[-_REMEMBERED:]
