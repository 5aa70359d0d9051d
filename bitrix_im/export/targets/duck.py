"""A DuckDB database: dates are timestamps, lists are lists. Needs ``pip install 'bitrix-im[export]'``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .. import schema
from ..arrow import arrow_schema, arrow_table
from ..columns import Kind
from . import refusal
from .base import Rows, TargetRefused
from .database import Database
from .statements import upserted

if TYPE_CHECKING:
    import duckdb

_CONFIG = {
    "memory_limit": "96MB",
    "threads": "1",
    # A file that is no DuckDB database is none: nothing is fetched from anywhere to read it.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def _duckdb() -> Any:
    """Import duckdb. Raises `ModuleNotFoundError`, which says how to install it."""
    try:
        import duckdb
    except ModuleNotFoundError as error:
        if error.name != "duckdb":
            raise
        raise ModuleNotFoundError("this needs duckdb: pip install 'bitrix-im[export]'", name="duckdb") from None
    return duckdb


class DuckDB(Database):
    """A target in one DuckDB file."""

    rows_a_batch = 2_500
    types = MappingProxyType(
        {
            Kind.INTEGER: "BIGINT",
            Kind.NUMBER: "DOUBLE",
            Kind.BOOLEAN: "BOOLEAN",
            Kind.TEXT: "VARCHAR",
            Kind.TIMESTAMP: "TIMESTAMPTZ",
            Kind.INTEGERS: "BIGINT[]",
            Kind.TEXTS: "VARCHAR[]",
            Kind.JSON: "JSON",
        }
    )

    # The index of a key is held in memory, all of it: too much where there are millions of rows.
    unindexed = frozenset({"messages"})

    magic = b"DUCK"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._module = _duckdb()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def _connect(self) -> None:
        if self._is_new():
            # A kill must not leave half a file, which would not be read: a new one is made beside its place.
            new = self.path.with_name(f".{self.path.name}.new")
            new.unlink(missing_ok=True)
            self._module.connect(str(new), config=_CONFIG).close()
            if self._is_new():  # not the file that another run has made meanwhile
                try:
                    new.replace(self.path)
                except FileNotFoundError:
                    raise refusal.in_use(self.path) from None
            new.unlink(missing_ok=True)
        self._connection = self._module.connect(str(self.path), config=_CONFIG)
        self._ask("SET TimeZone = 'UTC'")

    def _is_new(self) -> bool:
        return not self.path.exists() or not self.path.stat().st_size

    @property
    def _here(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise RuntimeError("this target is not open")
        return self._connection

    def _ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._here.execute(sql, values).fetchall()

    def _do_with(self, given: Mapping[str, str], rows: Sequence[Sequence[Any]], sql: str) -> None:
        names = ", ".join(given)
        lists = ", ".join(f"unnest(?::{kind}[])" for kind in given.values())
        columns = [list(column) for column in zip(*rows, strict=True)]
        self._ask(f"WITH given ({names}) AS (SELECT {lists}) {sql}", columns)

    def _put(self, table: schema.Table, names: Sequence[str], rows: Rows) -> None:
        columns = ", ".join(f'"{name}"' for name in names)
        self._here.register("_batch", arrow_table(arrow_schema(table.columns), rows))
        try:
            conflict = upserted(table, names)
            if table.name in self.unindexed:
                same = " AND ".join(f"{table.name}.{name} = _batch.{name}" for name in table.key)
                self._ask(f"DELETE FROM {table.name} USING _batch WHERE {same}")
                conflict = ""
            self._ask(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM _batch {conflict}")
        finally:
            self._here.unregister("_batch")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        duckdb = self._module
        try:
            yield
        except duckdb.Error as error:
            raise self._refused(str(error).splitlines()[0]) from error
        except OSError as error:
            raise refusal.unwritable(self.path, error) from error

    def _refused(self, said: str) -> TargetRefused:
        """What duckdb's error means; it tells kinds of trouble only by its words."""
        if any(words in said for words in ("Could not set lock", "same database file")):
            return refusal.in_use(self.path)
        if any(words in said for words in ("No space left", "not enough space", "Disk quota")):
            return refusal.full_disk(self.path)
        if any(words in said for words in ("Cannot open file", "Permission denied", "Read-only", "read-only")):
            return refusal.unwritable(self.path, said)
        return refusal.damaged(self.path, said)

    def _moment(self, value: datetime) -> datetime:
        return value

    def _tables(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        sql = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY column_index"
        for table, column in self._ask(sql):
            found.setdefault(table, []).append(column)
        return found

    def _remove(self) -> None:
        for ending in ("", ".wal"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of it. May be called at any moment, and twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
