"""What every walk answers, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Generic, Protocol, TypeVar

import attrs

from ..errors import BitrixError
from ..rest.batch import Outcome
from ..rest.call import Call, Reply

Step = TypeVar("Step")
Item = TypeVar("Item")


@attrs.frozen
class Found(Generic[Step, Item]):
    """What a reply holds for its step: items in the walk's order, and the step after it (None: the walk is done).

    ``page`` is False for a reply that only showed where to read on: it is no page of the walk.
    """

    items: Sequence[Item]
    next: Step | None
    page: bool = True


class Caller(Protocol):
    """Who makes a walk's calls."""

    async def call(self, call: Call) -> Reply:
        """Make one call."""
        ...

    async def unit(self, calls: Sequence[Call]) -> list[Outcome]:
        """Make several in one request, or the first ones of them; they may refer to each other by `Ref`."""
        ...


class Walk(Protocol[Step, Item]):
    """A list of the portal's as steps. Frozen: one walk object serves any number of iterations."""

    @property
    def binding(self) -> Call:
        """The method that a cursor of this walk is bound to, and the keywords by which a caller chose this walk."""
        ...

    @property
    def page_size(self) -> int:
        """How many items a page that is handed out holds at most."""
        ...

    @property
    def repeats(self) -> bool:
        """Whether pages overlap, so that the pager must drop what it has already handed out."""
        ...

    @property
    def windows(self) -> Sequence[int]:
        """How many calls to make in one request: at first, then, and so on; the last number holds for the rest."""
        ...

    def start(self) -> Step:
        """The first step."""
        ...

    def call(self, step: Step, wanted: int | None = None) -> Call:
        """The REST call that a step makes, where *wanted* items are still asked for (None: all)."""
        ...

    def foretell(self, step: Step, most: int, wanted: int | None) -> list[Call]:
        """The step's call, and the calls of up to *most* steps in all where they can be known before its reply.

        The calls of steps that are only likely may stand among them. A wrong guess is only wasted.
        """
        ...

    def read(self, step: Step, call: Call, reply: Reply) -> Found[Step, Item]:
        """What the reply to the step's call holds. Raises `WalkStalled` where the portal cannot be got past."""
        ...

    def without(self, step: Step) -> Step | None:
        """The step to take when the portal refuses this one's call; None where the walk needs it."""
        ...

    def behind(self, step: Step, item: Item) -> Step | None:
        """The step that begins right behind an item of this step's page; None where the order has no such place."""
        ...

    def learn(self, calls: Sequence[Call], outcome: Sequence[Outcome] | BitrixError) -> None:
        """Learn from what became of several calls in one request; an error failed the request as a whole."""
        ...

    def handed_out(self, step: Step) -> Collection[str]:
        """Keys of what was handed out before the step and is likely to show again: what a cursor remembers."""
        ...

    def key(self, item: Item) -> str:
        """What tells an item from every other of the list."""
        ...

    def dump(self, step: Step) -> list[Any]:
        """The step as JSON values, without secrets and short enough for a URL."""
        ...

    def load(self, values: list[Any]) -> Step:
        """The inverse of `dump`. Raises `ValueError` or `TypeError` for anything else."""
        ...
