"""A portal as a source of dlt. Needs ``pip install 'bitrix-im[dlt]'``.

dlt stores what a run has extracted at its end, data and state at once, so a run that is killed is made anew: let
``dialogs_per_run`` keep runs short, or take ``bitrix_im.export``, which goes on in the middle.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs
from anyio.from_thread import start_blocking_portal

from ..auth import OAuth, Webhook
from ..client import BitrixIM
from ..export.arrow import arrow_schema, arrow_table
from ..export.schema import DIALOGS, MESSAGES, USERS, Table
from ..models import RecentItem, User
from ..paging.bulk import BulkPage

if TYPE_CHECKING:
    import pyarrow as pa
    from dlt.extract import DltSource

log = logging.getLogger("bitrix_im")

_ROWS_AT_ONCE = 5_000
_LATE = timedelta(minutes=1)
"""How much later than its date something may appear: what is so new is read again by the next run, and merged."""


def source(auth: str | Webhook | OAuth, *, dialogs_per_run: int | None = None) -> DltSource:
    """Give a portal as a source of dlt, with the resources ``messages``, ``dialogs`` and ``users``.

    ::

        pipeline = dlt.pipeline("chats", destination="duckdb", dataset_name="acme")
        pipeline.run(bitrix_im.pipelines.dlt.source("https://acme.bitrix24.com/rest/1/SECRET/"))

    The tables are those of an export, in Arrow, merged by their keys. A run reads the messages written since the one
    before it, in dialogs that the list shows as changed; edits and deletions of older ones it does not see. With
    *dialogs_per_run* it reads that many dialogs, those that wait longest first, and leaves the others to the next runs.
    A dialog that fails is logged as a warning and tried again by the next run.

    Raises `ModuleNotFoundError` where dlt is not installed, `ValueError` for *dialogs_per_run* below 1.
    """
    if dialogs_per_run is not None and dialogs_per_run < 1:
        raise ValueError(f"dialogs_per_run: expected a number of at least 1 or None, got {dialogs_per_run!r}")
    try:
        import dlt
    except ModuleNotFoundError as error:
        if error.name != "dlt":
            raise
        raise ModuleNotFoundError("this needs dlt: pip install 'bitrix-im[dlt]'", name="dlt") from None

    # One walk feeds all resources: dlt runs it once, however many of them are selected.
    def walk() -> Iterator[Any]:
        selected = dlt.current.source().selected_resources
        states = {name: dlt.current.resource_state(name) for name in ("messages", "dialogs") if name in selected}
        floor = _oldest([state.get("read_at") for state in states.values()])
        with start_blocking_portal() as loop, loop.wrap_async_context_manager(BitrixIM(auth)) as im:
            listing = Listing.of(loop.call(_listed, im, floor), floor, dlt.current.resource_state("messages"))
            yield listing
            if "messages" in selected:
                chosen = list(islice(listing.waiting, dialogs_per_run))
                reading = Reading(im.messages.bulk(chosen, after={name: listing.after.get(name, 0) for name in chosen}))
                while pages := loop.call(reading.next):
                    yield Pages(pages, {name: reading.after(name, listing.after.get(name, 0)) for name in chosen})
                known = {user.id for user in listing.users()}
                if "users" in selected and (unknown := reading.unknown - known):
                    yield People(loop.call(_people, im, sorted(unknown)))

    def messages(step: Step) -> Iterator[pa.Table]:
        state = dlt.current.resource_state()
        if isinstance(step, Listing):
            state.update(read_at=step.read_at, waiting=list(step.waiting.items()))
        if not isinstance(step, Pages):
            return
        for page in step.pages:
            if page.error is not None:
                log.warning("dialog %s was not read to its beginning: %s", page.dialog_id, page.error)
            elif page.done:
                waiting = dict(state["waiting"])
                looks, after = state.setdefault("looks", {}), state.setdefault("after", {})
                looks[page.dialog_id] = waiting.pop(page.dialog_id)
                after[page.dialog_id] = step.after[page.dialog_id]
                state["waiting"] = list(waiting.items())
        rows = [message for page in step.pages for message in page.messages]
        names = [page.dialog_id for page in step.pages for _ in page.messages]
        if rows:
            yield _table(MESSAGES, rows, dialog_id=names)

    def dialogs(step: Step) -> Iterator[pa.Table]:
        if isinstance(step, Listing):
            dlt.current.resource_state()["read_at"] = step.read_at
            if step.items:
                yield _table(DIALOGS, step.items)

    told: set[int] = set()

    def users(step: Step) -> Iterator[pa.Table]:
        if isinstance(step, Listing):
            told.clear()  # the source may run again
        new = {user.id: user for user in step.users() if user.id not in told}
        told.update(new)
        if new:
            yield _table(USERS, list(new.values()))

    def made() -> list[Any]:
        parent = dlt.resource(walk, name="walk", selected=False)
        return [
            dlt.transformer(
                function, data_from=parent, name=table.name, primary_key=table.key, write_disposition="merge"
            )
            for function, table in ((messages, MESSAGES), (dialogs, DIALOGS), (users, USERS))
        ]

    return dlt.source(made, name="bitrix_im")()


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


async def _listed(im: BitrixIM, floor: datetime | None) -> list[RecentItem]:
    """The dialogs that were active since the *floor*, and those that are pinned above them."""
    items: list[RecentItem] = []
    async for item in im.recent.list():
        active = item.date_last_activity
        if floor is not None and active is not None and active < floor and not item.pinned:
            break
        items.append(item)
    return items


async def _people(im: BitrixIM, ids: Sequence[int]) -> list[User]:
    """Those of the ids whom the portal shows."""
    return [user for start in range(0, len(ids), 500) for user in await im.users.list(ids[start : start + 500])]


def _oldest(moments: Iterable[str | None]) -> datetime | None:
    """From where to read the list anew; None where one of those who ask has not seen it yet."""
    known = [moment and datetime.fromisoformat(moment) - _LATE for moment in moments]
    return min((moment for moment in known if moment), default=None) if all(known) else None


def _table(table: Table, items: Sequence[Any], **given: Any) -> pa.Table:
    schema = arrow_schema(table.columns)
    for name in table.key:
        at = schema.get_field_index(name)
        schema = schema.set(at, schema.field(at).with_nullable(False))
    return arrow_table(schema, table.values(items, exported_at=datetime.now(UTC), **given))
