"""What one run of a source reads, step by step: the list of dialogs, pages of messages, people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from ..client import BitrixIM
from ..models import RecentItem, User
from ..paging.bulk import BulkPage

_ROWS_AT_ONCE = 5_000
_LATE = timedelta(minutes=1)
"""How much later than its date something may appear: what is so new is read again by the next run, and merged."""


@attrs.frozen
class Listing:
    """What a run finds in the list of dialogs."""

    items: list[RecentItem]
    read_at: str | None
    """The latest activity that the list showed: further down all is known, next time."""
    waiting: dict[str, str]
    """How the list shows the dialogs that are to be read, those that wait longest first."""
    after: Mapping[str, int]
    """The highest message already had, by dialog."""

    @classmethod
    def of(cls, items: list[RecentItem], floor: datetime | None, state: Mapping[str, Any]) -> Listing:
        """What is new in *items*, by what the runs before have kept in the state of ``messages``."""
        looks = state.get("looks", {})
        waiting = dict(state.get("waiting", []))
        for item in items:
            look = f"{item.message.id} {item.date_last_activity}"
            if looks.get(item.dialog_id) != look:
                waiting[item.dialog_id] = look  # where it waits already, it keeps its place
        active = [item.date_last_activity for item in items if item.date_last_activity is not None]
        latest = max(active, default=floor)
        read_at = None if latest is None else latest.astimezone(UTC).isoformat()
        return cls(items, read_at, waiting, state.get("after", {}))

    def users(self) -> Iterator[User]:
        """The people of the dialogs."""
        return (item.user for item in self.items if item.user is not None)


@attrs.frozen
class Pages:
    """Some pages of messages."""

    pages: list[BulkPage]
    after: Mapping[str, int]
    """By dialog, the message from which the next run is to go on."""

    def users(self) -> Iterator[User]:
        """The authors of the messages."""
        return (one.author for page in self.pages for one in page.messages if one.author is not None)


@attrs.frozen
class People:
    """Authors whom no page told of."""

    found: list[User]

    def users(self) -> Iterator[User]:
        """Themselves."""
        return iter(self.found)


Step = Listing | Pages | People


class Reading:
    """The walk through the messages, some thousand at a time."""

    def __init__(self, bulk: AsyncIterator[BulkPage]) -> None:
        self._bulk = bulk
        self._authors: set[int] = set()
        self._known: set[int] = {0}
        self._newest: dict[str, datetime] = {}
        self._settled: dict[str, int] = {}

    async def next(self) -> list[BulkPage]:
        """The next pages, none at the end."""
        pages: list[BulkPage] = []
        rows = 0
        while rows < _ROWS_AT_ONCE and (page := await anext(self._bulk, None)) is not None:
            pages.append(page)
            rows += len(page.messages)
            self._see(page)
        return pages

    def _see(self, page: BulkPage) -> None:
        self._authors.update(one.author_id for one in page.messages)
        self._known.update(one.author.id for one in page.messages if one.author is not None)
        if page.messages:
            newest = self._newest.setdefault(page.dialog_id, max(one.date for one in page.messages))
            settled = [one.id for one in page.messages if one.date <= newest - _LATE]
            self._settled[page.dialog_id] = max([self._settled.get(page.dialog_id, 0), *settled])

    @property
    def unknown(self) -> set[int]:
        """Authors whom no page has told of so far (docs/portal.md#users-of-a-page)."""
        return self._authors - self._known

    def after(self, dialog_id: str, had: int) -> int:
        """The message from which the next run is to go on: a little below the newest, which may still be overtaken."""
        return max(had, self._settled.get(dialog_id, 0))


async def listed(im: BitrixIM, floor: datetime | None) -> list[RecentItem]:
    """The dialogs that were active since the *floor*, and those that are pinned above them."""
    items: list[RecentItem] = []
    async for item in im.recent.list():
        active = item.date_last_activity
        if floor is not None and active is not None and active < floor and not item.pinned:
            break
        items.append(item)
    return items


async def people(im: BitrixIM, ids: Sequence[int]) -> list[User]:
    """Those of the ids whom the portal shows."""
    return [user for start in range(0, len(ids), 500) for user in await im.users.list(ids[start : start + 500])]


def oldest(moments: Iterable[str | None]) -> datetime | None:
    """From where to read the list anew; None where one of those who ask has not seen it yet."""
    known = [moment and datetime.fromisoformat(moment) - _LATE for moment in moments]
    return min((moment for moment in known if moment), default=None) if all(known) else None
