"""More dialogs of one second than a page can hold: a bulk import makes hundreds of them.

They may swap places with every answer, so that a page shows some of them by chance, and no overlap proves anything. The
walk sweeps over all of them, page by page, again and again: until a sweep shows just what the one before did, in the
same order (they stand still), or until so many pages in a row have shown nothing new that a dialog missed by all of
them is out of the question: a page with half of them misses a given one with a chance of 1 in 2.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from ...errors import WalkStalled
from .order import TOP, Place, above, below, to_place
from .seam import Seam

_PROOF = 24_000  # thousandths of a power of e: e ** -24 is less than one in ten thousand million
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
    proof: int = attrs.field(default=0, validator=_Int)
    """How unlikely it is that all pages since the last new dialog have missed another, as a power of 1/e."""
    order: int = attrs.field(default=0, validator=_Int)
    before: int = attrs.field(default=-1, validator=_Int)
    """Fingerprints of what this sweep and the one before have shown, in order."""
    last: int = attrs.field(default=-1, validator=_Int)
    """The row of the sweep before's last page; -1 in the first sweep."""
    seen: frozenset[str] = attrs.field(default=frozenset[str](), converter=_ids)
    beside: frozenset[str] = attrs.field(default=frozenset[str](), converter=_ids)
    """What else its pages have handed out, of other seconds: each sweep shows that again."""

    @classmethod
    def around(cls, seam: Seam) -> Crowd:
        """The dialogs of the second where a page ended."""
        return cls(seam.end or TOP, seam.begins, seam.begins)

    def rows_ahead(self, stride: int, most: int, most_known: int) -> list[int]:
        """The rows of the pages to come: of the sweeps to come as well, once it is known where they end."""
        if self.last < 0:
            return [self.row + index * stride for index in range(most)]
        # The sweep before may have ended above this row: the list grows.
        rest = [self.row, *range(self.row + stride, self.last + 1, stride)]
        lap = range(self.first, self.last + 1, stride)
        laps = 0  # the second sweep may well be the last
        if self.sweeps > 1:  # of k pages that show as many each, a sweep proves the least
            least = 1000 * -len(lap) * math.log(1 - 1 / max(2, len(lap)))
            laps = math.ceil(max(0.0, _PROOF - self.proof) / least)
        return [*rest, *(row for _ in range(laps) for row in lap)][:most_known]

    def is_entered_by(self, page: Sequence[Place]) -> bool:
        """Whether a sweep's first page reaches above the crowd, so that it misses none of it at the top."""
        return self.row > self.first or not self.row or above(page, self.place) > 0

    def further_up(self, rows: int) -> Crowd:
        """The same sweep, begun further up: the list has moved."""
        first = max(0, self.first - rows)
        return attrs.evolve(self, first=first, row=first, order=0)

    @property
    def shown(self) -> frozenset[str]:
        """All that its pages have handed out, or hold back as blank rows."""
        return self.seen | self.beside

    def after(self, names: Sequence[str], given: Iterable[str], rows: int) -> Crowd:
        """After one more page of this sweep, which shows dialogs of the second with these *names*.

        *given*: those that it hands out, of any second.
        """
        order = zlib.crc32(" ".join(names).encode(), self.order)
        seen = self.seen.union(names)
        # If there is one that has not been seen, this page missed it with a chance of 1 - names / (seen + 1).
        gained = -1000 * math.log1p(-len(set(names)) / (len(seen) + 1))
        proof = int(self.proof + gained) if len(seen) == len(self.seen) else 0
        beside = self.beside.union(given).difference(seen)
        return attrs.evolve(self, row=self.row + rows, order=order, proof=proof, seen=seen, beside=beside)

    def is_passed_by(self, page: Sequence[Place], *, has_more: bool) -> bool:
        """Whether a page reaches below the crowd: with two dialogs, since one may be out of order."""
        return not has_more or below(page, self.place) > 1

    @property
    def is_whole(self) -> bool:
        """Whether the sweep that has just passed the crowd was the last one needed."""
        return self.order == self.before or self.proof >= _PROOF

    def again(self, stride: int) -> Crowd:
        """The next sweep. Raises `WalkStalled` where there are new ones each time."""
        if self.sweeps >= _SWEEPS:
            raise WalkStalled(
                f"im.recent.list: {_SWEEPS} times over the dialogs of one second, each time with new ones"
            )
        again = Crowd(self.place, self.first, self.first, self.sweeps + 1, self.proof, before=self.order)
        last = max(self.first, self.row - stride)
        return attrs.evolve(again, last=last, seen=self.seen, beside=self.beside)

    def dump(self) -> list[Any]:
        """As JSON values: what is too much for a cursor is found again."""
        *values, _, _ = attrs.astuple(self)
        seen = sorted(self.seen) if len(self.seen) <= _REMEMBERED else []
        return [*values, seen, sorted(self.beside)[: _REMEMBERED - len(seen)]]
