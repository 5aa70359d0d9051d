"""What a report reads of an exported target: the names of dialogs and people, and who wrote when. No text of a message.

SQLite is read by the standard library; DuckDB files, and folders of Parquet or JSON Lines, by DuckDB.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from ..export.schema import DIALOGS, MESSAGES, USERS, Table
from ..export.targets import manifest

_AT_ONCE = 10_000
_MESSAGES = (
    "SELECT dialog_id, author_id, {date} FROM messages "
    "WHERE date IS NOT NULL AND is_deleted IS NOT TRUE ORDER BY dialog_id, id"
)
_TITLES = "SELECT dialog_id, title FROM dialogs"
_NAMES = "SELECT id, name, bot FROM users"
_PORTAL = "SELECT value FROM _export WHERE name = 'portal'"
_NEEDED = {DIALOGS: ("dialog_id", "title"), MESSAGES: ("dialog_id", "id", "author_id", "date", "is_deleted")}
_NEEDED |= {USERS: ("id", "name", "bot")}
_PREFIXES = ("parquet:", "jsonl:")


class NoExport(Exception):
    """Why no report can be made of a target: a line for people."""


class Cursor(Protocol):
    """What SQLite's and DuckDB's cursors have in common."""

    def fetchmany(self, size: int, /) -> Sequence[tuple[Any, ...]]:
        """The next rows, or none."""
        ...


class Source:
    """An open target. Raises `NoExport` for anything else."""

    def __init__(self, target: str | Path) -> None:
        self.name = str(target)
        for prefix in _PREFIXES:
            self.name = self.name.removeprefix(prefix)
        self.path = Path(os.path.expanduser(self.name))  # noqa: PTH111 - what it does not know, it leaves
        self._connection = _connect(self.path)
        # DuckDB needs a package more to give moments as they are
        self._date = "date" if isinstance(self._connection, sqlite3.Connection) else "epoch(date)"

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def portal(self) -> str:
        """Whose export it is."""
        return next((str(portal) for (portal,) in self._rows(_PORTAL)), "")

    def titles(self) -> dict[str, str]:
        """The titles of dialogs."""
        return {dialog_id: title or "" for dialog_id, title in self._rows(_TITLES)}

    def people(self) -> tuple[dict[int, str], frozenset[int]]:
        """The names of people, and which of them are bots."""
        rows = list(self._rows(_NAMES))
        return {number: name or "" for number, name, _ in rows}, frozenset(number for number, _, bot in rows if bot)

    def messages(self) -> Iterator[tuple[str, int, datetime]]:
        """Who wrote where and when, dialog by dialog, in order; without what was deleted."""
        for dialog_id, author, date in self._rows(_MESSAGES.format(date=self._date)):
            yield dialog_id, author or 0, _moment(date)

    def _rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        try:
            cursor: Cursor = self._connection.execute(sql)
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows
        except Exception as error:
            if not isinstance(error, sqlite3.Error) and type(error).__module__.split(".")[0] not in {
                "duckdb",
                "_duckdb",
            }:
                raise
            raise NoExport(f"{self.name} cannot be read as an export: {str(error).splitlines()[0]}") from None


def _moment(date: float | str) -> datetime:
    if not isinstance(date, str):
        return datetime.fromtimestamp(date, UTC)
    found = datetime.fromisoformat(date)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _connect(path: Path) -> Any:
    if path.is_dir():
        return _folder(path)
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise NoExport(f"cannot read {path}: {error.strerror}; export into it first") from None
    if start.startswith(b"SQLite format 3"):
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    if start[8:12] == b"DUCK":
        return _database(path)
    raise NoExport(f"{path} is no export: expected an SQLite or a DuckDB file, or a folder of Parquet or JSON Lines")


def _database(path: Path) -> Any:
    duckdb = _duckdb()
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise NoExport(f"cannot open {path}: {str(error).splitlines()[0]}") from None
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _folder(path: Path) -> Any:
    """The folder's tables as views: of each key the latest version, out of the parts that its manifest names."""
    try:
        found = manifest.load(path)
    except (ValueError, OSError):
        raise NoExport(f"{path}/{manifest.NAME} is damaged: export again with --full") from None
    if found is None:
        raise NoExport(f"{path} is no export: it has no {manifest.NAME}")
    connection = _duckdb().connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table, columns in _NEEDED.items():
        parts = [str(path / table.name / part.name) for part in found.parts_of(table.name)]
        connection.execute(_view(table, columns, found.kind, parts))
    connection.execute(f"CREATE VIEW _export AS SELECT 'portal' AS name, {_text(found.identity.portal)} AS value")
    return connection


def _view(table: Table, columns: Sequence[str], kind: str, files: Sequence[str]) -> str:
    types = {"integer": "BIGINT", "boolean": "BOOLEAN", "text": "VARCHAR", "timestamp": "TIMESTAMPTZ"}
    typed = {column.name: types[column.kind] for column in table.columns if column.name in {*columns, "exported_at"}}
    if not files:
        empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in typed.items())
        return f"CREATE VIEW {table.name} AS SELECT {empty} WHERE false"
    names = ", ".join(map(_text, files))
    if kind == "parquet":
        source = f"read_parquet([{names}], union_by_name = true)"
    else:
        shape = ", ".join(f"{name}: '{kind}'" for name, kind in typed.items())
        source = f"read_json([{names}], format = 'newline_delimited', columns = {{{shape}}})"
    return (  # all names are ours, but those of files, which are quoted
        f"CREATE VIEW {table.name} AS SELECT {', '.join(columns)} FROM {source} "  # noqa: S608
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(table.key)} ORDER BY exported_at DESC) = 1"
    )


def _text(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def _duckdb() -> Any:
    try:
        import duckdb
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "a report of this target needs duckdb: pip install 'bitrix-im[export]'", name=error.name
        ) from None
    return duckdb
