"""The SQL that follows from what a table is, in the words that both databases understand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .. import schema
from ..columns import Kind


def created(table: schema.Table, types: Mapping[Kind, str], unindexed: Collection[str]) -> str:
    """What makes a table, with its key unless it is among the *unindexed*."""
    columns = ", ".join(f"{quoted(column.name)} {types[column.kind]}" for column in table.columns)
    if table.name not in unindexed:
        columns += f", PRIMARY KEY ({', '.join(map(quoted, table.key))})"
    return f"CREATE TABLE {table.name} ({columns})"


def upserted(table: schema.Table, names: Sequence[str]) -> str:
    """What an upsert sets of a row that is there already: all but its key, and what only `Batch.hashes` sets."""
    kept = {*table.key, "sha256"}
    sets = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in names if name not in kept)
    return f"ON CONFLICT ({', '.join(map(quoted, table.key))}) DO UPDATE SET {sets}"


def quoted(name: str) -> str:
    """A name that may be a word of SQL."""
    return f'"{name}"'
