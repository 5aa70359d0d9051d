"""A portal as a source of dlt. Needs ``pip install 'bitrix-im[dlt]'``.

dlt stores what a run has extracted at its end, data and state at once, so a run that is killed is made anew: let
``dialogs_per_run`` keep runs short, or take ``bitrix_im.export``, which goes on in the middle.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs
from anyio.from_thread import start_blocking_portal

from ..auth import OAuth, Webhook
from ..client import BitrixIM
from ..export.arrow import arrow_schema, arrow_table
from ..export.columns import Kind
from ..export.schema import DIALOGS, MESSAGES, USERS, Table
from .steps import Listing, Pages, People, Reading, Step, listed, oldest, people

if TYPE_CHECKING:
    import pyarrow as pa
    from dlt.extract import DltSource

log = logging.getLogger("bitrix_im")


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
        floor = oldest([state.get("read_at") for state in states.values()])
        with start_blocking_portal() as loop, loop.wrap_async_context_manager(BitrixIM(auth)) as im:
            listing = Listing.of(loop.call(listed, im, floor), floor, dlt.current.resource_state("messages"))
            yield listing
            if "messages" in selected:
                chosen = list(islice(listing.waiting, dialogs_per_run))
                reading = Reading(im.messages.bulk(chosen, after={name: listing.after.get(name, 0) for name in chosen}))
                while pages := loop.call(reading.next):
                    yield Pages(pages, {name: reading.after(name, listing.after.get(name, 0)) for name in chosen})
                known = {user.id for user in listing.users()}
                if "users" in selected and (unknown := reading.unknown - known):
                    yield People(loop.call(people, im, sorted(unknown)))

    def messages(step: Step) -> Iterator[pa.Table]:
        state = dlt.current.resource_state()
        if isinstance(step, Listing):
            state.update(read_at=step.read_at, waiting=list(step.waiting.items()))
        if not isinstance(step, Pages):
            return
        waiting = dict(state["waiting"])
        looks, after = state.setdefault("looks", {}), state.setdefault("after", {})
        for page in step.pages:
            if page.error is not None:
                log.warning("dialog %s was not read to its beginning: %s", page.dialog_id, page.error)
                waiting[page.dialog_id] = waiting.pop(page.dialog_id)  # behind those that may go better
            elif page.done:
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


_LISTS = (Kind.INTEGERS, Kind.TEXTS)


def _table(table: Table, items: Sequence[Any], **given: Any) -> pa.Table:
    """Rows as every destination takes them: keys that are never empty, and lists as JSON text."""
    columns = [attrs.evolve(one, kind=Kind.JSON) if one.kind in _LISTS else one for one in table.columns]
    schema = arrow_schema(columns)
    for name in table.key:
        at = schema.get_field_index(name)
        schema = schema.set(at, schema.field(at).with_nullable(False))
    values = table.values(items, exported_at=datetime.now(UTC), **given)
    for at, one in enumerate(table.columns):
        if one.kind in _LISTS:
            values[at] = [None if value is None else json.dumps(value, ensure_ascii=False) for value in values[at]]
    return arrow_table(schema, values)
