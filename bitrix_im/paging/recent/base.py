"""What both ways to read the recent list share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ...models import RecentItem
from ...rest.call import Call
from .order import is_listed
from .seam import OVERLAP

MAX_LIMIT = 200

METHOD = "im.recent.list"


@attrs.frozen
class RecentWalk:
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

    def without(self, step: Any) -> None:
        return None

    def behind(self, step: Any, item: RecentItem) -> None:
        return None

    def tail(self, items: Sequence[RecentItem]) -> Sequence[RecentItem]:
        return [item for item in items if is_listed(item)][-OVERLAP:]

    def key(self, item: RecentItem) -> str:
        return item.dialog_id
