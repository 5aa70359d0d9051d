"""More dialogs of one second than a page can hold: a bulk import makes hundreds of them.

They may swap places with every answer, so that a page shows some of them by chance, and no overlap proves anything. The
walk sweeps over all of them, page by page, again and again: until a sweep shows just what the one before did, in the
same order (they stand still), or until so many sweeps in a row have shown nothing new that a dialog missed by all of
them is out of the question: each misses a given one with a chance of at most 1 in e.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from ...errors import WalkStalled
from .order import TOP, Place, above, below, to_place
from .seam import Seam

_QUIET = 24  # e ** -24 is less than one in ten thousand million
_SWEEPS = 400
_REMEMBERED = 400  # dialogs that a cursor can hold

_Int = attrs.validators.instance_of(int)


def _place(value: Any) -> Place:
    place = to_place(value)
    if place is None:
        raise TypeError(value)
    return place


def _ids(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


@attrs.frozen
class Crowd:
    """The dialogs of one second, being swept over."""

    place: Place = attrs.field(converter=_place)
    first: int = attrs.field(validator=_Int)
    """The row where a sweep begins."""
    row: int = attrs.field(validator=_Int)
    """The row of its next page."""
    sweeps: int = attrs.field(default=0, validator=_Int)
    quiet: int = attrs.field(default=0, validator=_Int)
    """How many sweeps in a row have shown nothing new."""
    order: int = attrs.field(default=0, validator=_Int)
    before: int = attrs.field(default=-1, validator=_Int)
    """Fingerprints of what this sweep and the one before have shown, in order."""
    last: int = attrs.field(default=-1, validator=_Int)
    """The row of the sweep before's last page; -1 in the first sweep."""
    news: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))
    """Whether this sweep has shown something new."""
    seen: frozenset[str] = attrs.field(default=frozenset[str](), converter=_ids)

    @classmethod
    def around(cls, seam: Seam) -> Crowd:
        """The dialogs of the second where a page ended."""
        return cls(seam.end or TOP, seam.begins, seam.begins)

    def rows_ahead(self, stride: int, most: int, most_known: int) -> list[int]:
        """The rows of the pages to come: of the sweeps to come as well, once it is known where they end."""
        if self.last < 0:
            return [self.row + index * stride for index in range(most)]
        lap = range(self.first, self.last + 1, stride) if self.sweeps > 1 else ()  # the second may well be the last
        return [*range(self.row, self.last + 1, stride), *(row for _ in range(most_known) for row in lap)][:most_known]

    def is_entered_by(self, page: Sequence[Place]) -> bool:
        """Whether a sweep's first page reaches above the crowd, so that it misses none of it at the top."""
        return self.row > self.first or not self.row or above(page, self.place) > 0

    def further_up(self, rows: int) -> Crowd:
        """The same sweep, begun further up: the list has moved."""
        first = max(0, self.first - rows)
        return attrs.evolve(self, first=first, row=first, order=0)

    def after(self, names: Sequence[str], rows: int) -> Crowd:
        """After one more page of this sweep, which shows these dialogs of the second."""
        order = zlib.crc32(" ".join(names).encode(), self.order)
        news = self.news or not self.seen.issuperset(names)
        return attrs.evolve(self, row=self.row + rows, order=order, news=news, seen=self.seen.union(names))

    def is_passed_by(self, page: Sequence[Place], *, has_more: bool) -> bool:
        """Whether a page reaches below the crowd: with two dialogs, since one may be out of order."""
        return not has_more or below(page, self.place) > 1

    @property
    def is_whole(self) -> bool:
        """Whether the sweep that has just passed the crowd was the last one needed."""
        return self.order == self.before or (not self.news and self.quiet + 1 >= _QUIET)

    def again(self, stride: int) -> Crowd:
        """The next sweep. Raises `WalkStalled` where there are new ones each time."""
        if self.sweeps >= _SWEEPS:
            raise WalkStalled(
                f"im.recent.list: {_SWEEPS} times over the dialogs of one second, each time with new ones"
            )
        quiet = 0 if self.news else self.quiet + 1
        again = Crowd(self.place, self.first, self.first, self.sweeps + 1, quiet, before=self.order, seen=self.seen)
        return attrs.evolve(again, last=max(self.first, self.row - stride))

    def dump(self) -> list[Any]:
        """As JSON values: what is too much for a cursor is found again."""
        *values, _ = attrs.astuple(self)
        return [*values, sorted(self.seen) if len(self.seen) <= _REMEMBERED else []]
