"""What a batch changes of rows that are stored: they are written again, as later versions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from ..columns import Values
from ..schema import FILES, MESSAGES, Table
from .base import Batch, Rows
from .parts import Key, Parts


def completed(parts: Parts, batch: Batch) -> dict[str, Rows]:
    """The batch's rows, and those of before that it changes."""
    rows = dict(batch.rows)
    if batch.gone:
        gone = _again(parts, MESSAGES, batch.gone, is_deleted=lambda _: True)
        rows[MESSAGES.name] = _joined(rows.get(MESSAGES.name), gone)
    hashes = batch.hashes
    fresh = rows.get(FILES.name)
    if fresh is not None:
        known = {**dict(parts.read(FILES, "id", "sha256")), **hashes}
        rows[FILES.name] = fresh = _changed(FILES, fresh, sha256=known.get)
    if hashes:
        before = hashes.keys() - set(_column(FILES, fresh, "id") if fresh is not None else ())
        again = _again(parts, FILES, [(number,) for number in before], sha256=hashes.get)
        rows[FILES.name] = _joined(fresh, again)
    return rows


def _again(parts: Parts, table: Table, keys: Collection[Key], **change: Callable[[Any], Any]) -> Rows:
    """Rows that are stored, in a later version."""
    rows = parts.latest(table, keys)
    now, moment = datetime.now(UTC), timedelta(microseconds=1)
    later = [max(now, before + moment) for before in _column(table, rows, "exported_at")]
    return _changed(table, [*rows[:-1], later], **change)


def _column(table: Table, rows: Rows, name: str) -> Values:
    return rows[[column.name for column in table.columns].index(name)]


def _changed(table: Table, rows: Rows, **change: Callable[[Any], Any]) -> Rows:
    """Rows of which some columns are made anew, of their ``id``."""
    numbers = _column(table, rows, "id")
    made = {name: list(map(make, numbers)) for name, make in change.items()}
    return [made.get(column.name, values) for column, values in zip(table.columns, rows, strict=True)]


def _joined(some: Rows | None, others: Rows) -> Rows:
    return others if some is None else [[*one, *other] for one, other in zip(some, others, strict=True)]
