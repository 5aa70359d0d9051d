"""What both ways to read the recent list share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import attrs

from ...models import RecentItem
from ...rest.call import Call
from ..walk import Found
from .blank import Blanks
from .catch_up import Round
from .seam import OVERLAP
from .shown import Shown

MAX_LIMIT = 200

METHOD = "im.recent.list"


class RecentStep(Protocol):
    """Where such a walk stands, as far as both ways share it."""

    @property
    def round(self) -> Round:
        """Which reading from the top this is."""
        ...

    @property
    def shown(self) -> Shown:
        """What was handed out and may show again."""
        ...

    @property
    def blanks(self) -> Blanks:
        """Rows without a message, which wait for the real ones."""
        ...


Step = TypeVar("Step", bound=RecentStep)


@attrs.frozen
class RecentWalk(Generic[Step]):
    """Parameters that stay the same from page to page, and what a page's items are to the pager."""

    params: Mapping[str, Any]
    page_size: int = attrs.field(default=MAX_LIMIT, kw_only=True)
    catch_up: bool = attrs.field(default=True, kw_only=True)

    repeats = True

    def _bound(self, **more: Any) -> Call:
        keywords = {name.lower(): value for name, value in self.params.items()}
        return Call(METHOD, {**keywords, **more, "page_size": self.page_size, "catch_up": self.catch_up})

    def _page(self, limit: int, **where: Any) -> Call:
        return Call(METHOD, {**self.params, **where, "LIMIT": limit})

    def _first_limit(self, wanted: int | None) -> int:
        """LIMIT of the first page: what is wanted, and the overlap."""
        return self.page_size if wanted is None else min(self.page_size, wanted + OVERLAP)

    def _size(self, wanted: int | None) -> int:
        """How many items a page is to bring."""
        return self.page_size if wanted is None else min(self.page_size, max(1, wanted))

    def without(self, step: Step) -> None:
        return None

    def behind(self, step: Step, item: RecentItem) -> None:
        return None

    def learn(self, calls: object, outcome: object) -> None:
        return None

    def handed_out(self, step: Step) -> Collection[str]:
        return step.shown.names

    def key(self, item: RecentItem) -> str:
        return item.dialog_id

    def _ended(self, items: Sequence[RecentItem], last: Step) -> Found[Step, RecentItem]:
        """The end of the walk, but for blank rows: *last* looks again where a process before this one has seen some."""
        if last.blanks.elsewhere is not None:
            return Found(items, last)
        return Found([*items, *last.blanks.items], None)
