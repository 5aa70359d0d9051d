"""What both databases do alike: their tables, checkpoints beside the data, and one transaction a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import attrs

from .. import schema
from ..columns import Kind
from . import checkpoint_rows, refusal
from .base import Batch, Checkpoint, Identity, Rows, Standing, TargetDamaged, Unfetched
from .statements import created, quoted

T = TypeVar("T")

_PLACES = 500  # parameters of one statement
_FACT = {"name": "TEXT", "value": "TEXT"}
_OURS = {"_export": _FACT, "_checkpoints": checkpoint_rows.COLUMNS}


class Database(ABC):
    """A database in one file. Rows are upserted by their keys."""

    rows_a_batch: int
    types: ClassVar[Mapping[Kind, str]]
    """The type of a column by what it holds."""
    unindexed: ClassVar[frozenset[str]] = frozenset()
    """Tables whose key is not declared."""
    magic: ClassVar[bytes]
    """What stands in the first 16 bytes of each file of its kind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    # What each database does in its own way

    @abstractmethod
    def _connect(self) -> None:
        """Open the file, or make it."""

    @abstractmethod
    def _ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement, and give all rows of its answer."""

    @abstractmethod
    def _put(self, table: schema.Table, names: Sequence[str], rows: Rows) -> None:
        """Upsert rows of a table, column by column in the order of *names*."""

    @abstractmethod
    def _do_with(self, given: Mapping[str, str], rows: Sequence[Sequence[Any]], sql: str) -> None:
        """Run a statement with *rows* as the relation ``given``, whose columns have these names and types."""

    @abstractmethod
    def _speaking(self) -> AbstractContextManager[None]:
        """Say errors of the database as `TargetRefused`."""

    @abstractmethod
    def _moment(self, value: datetime) -> Any:
        """A date as a parameter."""

    @abstractmethod
    def _tables(self) -> dict[str, list[str]]:
        """The names of the columns of all tables."""

    @abstractmethod
    def _remove(self) -> None:
        """Delete the file, and what belongs to it."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it. May be called at any moment, and twice."""

    # What they do alike

    def open(self, identity: Identity, *, full: bool = False) -> None:
        """Make it ready, and where there is none, make it. *full* replaces what is there, if that is an export."""
        if self.path.is_dir() or not self.path.absolute().parent.is_dir():
            raise refusal.unwritable(self.path, "it is a folder" if self.path.is_dir() else "there is no such folder")
        try:
            with self._speaking():
                self._look(full=full)
                if full:
                    self._remove()
                self._connect()
                self._in_one(lambda: self._prepare(identity))
        except BaseException:
            self.close()
            raise

    def _look(self, *, full: bool) -> None:
        """Refuse what is no export, before a *full* run deletes it; one that is damaged may be deleted."""
        if not self.path.exists() or not self.path.stat().st_size:
            return
        with self.path.open("rb") as file:
            if self.magic not in file.read(16):
                raise refusal.foreign(self.path)
        if full:
            try:
                with self._speaking():
                    self._connect()
                    self._in_one(self._there)
            except TargetDamaged:
                return
            finally:
                self.close()

    def _there(self) -> dict[str, list[str]]:
        """The tables of an export, none yet in a new one."""
        there = self._tables()
        if there and "_export" not in there:
            raise refusal.foreign(self.path)
        return there

    def _prepare(self, identity: Identity) -> None:
        there = self._there()
        if there and (problem := refusal.belongs_to_other(self.path, self._facts(), identity)):
            raise problem
        for name, given in _OURS.items():
            if name not in there:
                columns = ", ".join(f"{column} {kind}" for column, kind in given.items())
                self._ask(f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({next(iter(given))}))")
        for table in schema.TABLES.values():
            if table.name not in there:
                self._ask(created(table, self.types, self.unindexed))
                continue
            for column in schema.missing(table, there[table.name]):
                self._ask(f"ALTER TABLE {table.name} ADD COLUMN {quoted(column.name)} {self.types[column.kind]}")
        # Written each time, and so it is known at once whether it can be.
        self._keep(attrs.asdict(identity))

    def _in_one(self, work: Callable[[], T]) -> T:
        """Do *work* in one transaction."""
        self._ask("BEGIN")
        try:
            done = work()
            self._ask("COMMIT")
        except BaseException:
            with suppress(Exception):  # the failure itself may have ended it, and is what counts
                self._ask("ROLLBACK")
            raise
        return done

    def _facts(self) -> dict[str, str]:
        return {str(name): str(value) for name, value in self._ask("SELECT name, value FROM _export")}

    def _keep(self, facts: Mapping[str, Any]) -> None:
        sql = (
            "INSERT INTO _export (name, value) SELECT name, value FROM given WHERE TRUE "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        )
        self._do_with(_FACT, [(name, str(value)) for name, value in facts.items()], sql)

    def checkpoints(self) -> dict[str, Checkpoint]:
        """All checkpoints, by dialog."""
        with self._speaking():
            rows = self._ask(checkpoint_rows.SELECT)
        try:
            found = [checkpoint_rows.from_row(row) for row in rows]
        except ValueError:
            raise refusal.damaged(self.path, "its checkpoints") from None
        return {one.dialog_id: one for one in found}

    def standing(self) -> Standing:
        """What was written last of it."""
        with self._speaking():
            facts = self._facts()
        try:
            moments = {name: datetime.fromisoformat(facts[name]) for name in ("read_at", "whole_at") if facts.get(name)}
        except ValueError:
            raise refusal.damaged(self.path, "its checkpoints") from None
        return Standing(**moments)

    def write(self, batch: Batch) -> None:
        """Store a batch, for good."""
        with self._speaking():
            self._in_one(lambda: self._write(batch))

    def _write(self, batch: Batch) -> None:
        for name, rows in batch.rows.items():
            table = schema.TABLES[name]
            if rows[0]:
                self._put(table, [column.name for column in table.columns], rows)
        if batch.gone:
            sql = (
                "UPDATE messages SET is_deleted = TRUE FROM given "
                "WHERE messages.dialog_id = given.dialog_id AND messages.id = given.id"
            )
            self._do_with({"dialog_id": "TEXT", "id": "BIGINT"}, batch.gone, sql)
        if batch.hashes:
            sql = "UPDATE files SET sha256 = given.sha256 FROM given WHERE files.id = given.id"
            self._do_with({"id": "BIGINT", "sha256": "TEXT"}, list(batch.hashes.items()), sql)
        if batch.checkpoints:
            rows = checkpoint_rows.to_rows(batch.checkpoints)
            self._do_with(checkpoint_rows.COLUMNS, rows, checkpoint_rows.UPSERT)
        if batch.standing is not None:
            moments = attrs.asdict(batch.standing)
            self._keep({name: moment.isoformat() for name, moment in moments.items() if moment is not None})

    def last_run(self) -> int:
        """The highest id in ``runs``, 0 where there is none."""
        with self._speaking():
            ((last,),) = self._ask("SELECT coalesce(max(id), 0) FROM runs")
        return int(last)

    def lowest(self, since: datetime) -> dict[str, int]:
        """By dialog, the lowest id among the messages dated *since* then that are not ``is_deleted``."""
        sql = "SELECT dialog_id, min(id) FROM messages WHERE date >= ? AND NOT is_deleted GROUP BY dialog_id"
        with self._speaking():
            return dict(self._ask(sql, [self._moment(since)]))

    def stored(self, above: Mapping[str, int]) -> dict[str, set[int]]:
        """By dialog, the ids above the given one of its messages that are not ``is_deleted``."""
        sql = "SELECT id FROM messages WHERE dialog_id = ? AND id > ? AND NOT is_deleted"
        with self._speaking():
            return {name: {number for (number,) in self._ask(sql, [name, floor])} for name, floor in above.items()}

    def counts(self, dialog_ids: Sequence[str]) -> dict[str, int]:
        """How many messages of some dialogs are stored and not ``is_deleted``."""
        found: dict[str, int] = {}
        with self._speaking():
            for start in range(0, len(dialog_ids), _PLACES):
                some = dialog_ids[start : start + _PLACES]
                places = ", ".join("?" * len(some))
                sql = (
                    f"SELECT dialog_id, count(*) FROM messages WHERE dialog_id IN ({places}) AND NOT is_deleted "
                    "GROUP BY dialog_id"
                )
                found.update(self._ask(sql, some))
        return {name: found.get(name, 0) for name in dialog_ids}

    def users(self) -> set[int]:
        """The ids of the users that are stored."""
        with self._speaking():
            return {number for (number,) in self._ask("SELECT id FROM users")}

    def unfetched(self) -> list[Unfetched]:
        """The files whose bytes are not stored: ``sha256`` is empty."""
        sql = (
            "SELECT files.id, places.dialog_id, coalesce(files.size, 0) FROM files "
            "JOIN (SELECT chat_id, min(dialog_id) AS dialog_id FROM messages GROUP BY chat_id) AS places "
            "ON places.chat_id = files.chat_id WHERE files.sha256 IS NULL ORDER BY files.id"
        )
        with self._speaking():
            return [Unfetched(*row) for row in self._ask(sql)]
