"""An SQLite database: dates are ISO 8601 text in UTC, lists are JSON text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .. import schema
from ..columns import Kind
from . import refusal
from .database import Database
from .statements import upserted

_PATIENCE = 30.0  # seconds that another process may hold the file


class SQLite(Database):
    """A target in one SQLite file."""

    rows_a_batch = 2_500
    types = MappingProxyType(
        {
            Kind.INTEGER: "INTEGER",
            Kind.NUMBER: "REAL",
            Kind.BOOLEAN: "BOOLEAN",
            Kind.TEXT: "TEXT",
            Kind.TIMESTAMP: "TEXT",
            Kind.INTEGERS: "TEXT",
            Kind.TEXTS: "TEXT",
            Kind.JSON: "TEXT",
        }
    )

    magic = b"SQLite format 3\0"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._connection: sqlite3.Connection | None = None

    def _connect(self) -> None:
        # One thread at a time, whichever it is.
        self._connection = sqlite3.connect(
            self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        self._ask("PRAGMA synchronous = FULL")

    @property
    def _here(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("this target is not open")
        return self._connection

    def _ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._here.execute("BEGIN IMMEDIATE" if sql == "BEGIN" else sql, values).fetchall()

    def _do_with(self, given: Mapping[str, str], rows: Sequence[Sequence[Any]], sql: str) -> None:
        names, places = ", ".join(given), ", ".join("?" * len(given))
        self._here.executemany(f"WITH given ({names}) AS (VALUES ({places})) {sql}", rows)

    def _put(self, table: schema.Table, names: Sequence[str], rows: Sequence[list[Any]]) -> None:
        kinds = [column.kind for column in table.columns]
        stored = [
            _WRITTEN[kind](values) if kind in _WRITTEN else values for kind, values in zip(kinds, rows, strict=True)
        ]
        columns = ", ".join(f'"{name}"' for name in names)
        places = ", ".join("?" * len(names))
        self._here.executemany(
            f"INSERT INTO {table.name} ({columns}) VALUES ({places}) {upserted(table, names)}",
            zip(*stored, strict=True),
        )

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise refusal.unwritable(self.path, error) from error
        except sqlite3.Error as error:
            code = error.sqlite_errorcode & 0xFF if hasattr(error, "sqlite_errorcode") else 0
            if code == sqlite3.SQLITE_FULL:
                raise refusal.full_disk(self.path) from error
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise refusal.in_use(self.path) from error
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
                raise refusal.damaged(self.path, str(error)) from error
            raise refusal.unwritable(self.path, str(error)) from error

    def _moment(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat()

    def _tables(self) -> dict[str, list[str]]:
        names = [name for (name,) in self._ask("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [row[1] for row in self._ask(f'PRAGMA table_info("{name}")')] for name in names}

    def _remove(self) -> None:
        for ending in ("", "-journal", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of it. May be called at any moment, and twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _lists(values: list[Any]) -> list[str | None]:
    return [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]


def _dates(values: list[Any]) -> list[str | None]:
    return [None if value is None else value.isoformat() for value in values]


_WRITTEN: dict[Kind, Callable[[list[Any]], list[Any]]] = {
    Kind.TIMESTAMP: _dates,
    Kind.INTEGERS: _lists,
    Kind.TEXTS: _lists,
}
