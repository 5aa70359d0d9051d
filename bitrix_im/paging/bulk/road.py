"""What every way down a dialog answers, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from ...errors import BitrixError
from ...rest.batch import Outcome
from ...rest.call import Call
from .page import BulkPage


@attrs.frozen
class Steps:
    """What the replies to a road's calls hold: pages in the walk's order, and whether they are the last."""

    pages: Sequence[BulkPage] = ()
    done: bool = False
    failure: BitrixError | None = None
    """What the road's next call was answered instead; it may be made again."""


class Road(Protocol):
    """One dialog, read downwards."""

    @property
    def is_over(self) -> bool | None:
        """Whether the dialog has ended, by what is known of the portal by now.

        None: that depends on something that one dialog finds out for all. It is asked on with, and the others wait.
        """
        ...

    def most(self) -> int:
        """How many calls it could use in the next request."""
        ...

    def ask(self, room: int) -> list[Call]:
        """The next calls, at least one and up to *room*; they may refer to each other by `Ref`."""
        ...

    def read(self, calls: Sequence[Call], outcomes: Sequence[Outcome]) -> Steps:
        """What became of them, or of the first ones. What cannot be used is asked again."""
        ...

    def turn(self, error: BitrixError) -> bool:
        """Take another way, where there is one, since the portal answers this error to the next call."""
        ...
