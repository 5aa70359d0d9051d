"""What every way down a dialog answers, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from ...errors import BitrixError
from ...models import Message
from ...rest.batch import Outcome
from ...rest.call import Call


@attrs.frozen
class Steps:
    """What the replies to a road's calls hold: pages in the walk's order, and whether they are the last."""

    pages: Sequence[tuple[Message, ...]]
    done: bool = False
    failure: BitrixError | None = None
    """What the road's next call was answered instead; it may be made again."""


class Road(Protocol):
    """One dialog, read downwards. It keeps where it stands, and nothing of what it has handed out."""

    def most(self) -> int:
        """How many calls it could use in the next request."""
        ...

    def ask(self, room: int) -> list[Call]:
        """The next calls, at least one and up to *room*; they may refer to each other by `Ref`."""
        ...

    def read(self, calls: Sequence[Call], outcomes: Sequence[Outcome]) -> Steps:
        """What became of them, or of the first ones. What cannot be used is asked again."""
        ...
