"""A folder of parts: ``TABLE/part-N.parquet`` or ``.jsonl``, and a manifest that says which of them count.

A batch is a part a table: written beside its place, put there once the disk has it, and named by the manifest last. So
a kill at any moment leaves the export as it was after the batch before; what no manifest names is swept away by the
next run. Nothing is ever written into a part again: a changed row is written anew, into a later part, and the one with
the latest ``exported_at`` counts. Small parts are merged from time to time, which drops the older versions in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import accumulate, takewhile
from pathlib import Path
from typing import BinaryIO

import attrs

from ..schema import FILES, MESSAGES, RUNS, TABLES, USERS, Table
from . import manifest as manifests, refusal
from .base import Batch, Checkpoint, Identity, Standing, TargetRefused, Unfetched
from .durable import Lock, make_folder, write_whole
from .manifest import Manifest, Part
from .parts import Format, Parts
from .versions import completed

_SMALL = 50_000  # rows of a part: those below are merged
_MANY = 8  # as many small parts
_OURS = re.compile(r"\.?part-\d+\.(parquet|jsonl)")


class Folder:
    """A `Target` that is a folder, of parts of one format."""

    rows_a_batch = 5_000

    def __init__(self, path: Path, parts_format: Format) -> None:
        self.path = path
        self._format = parts_format
        self._lock = Lock(path / ".lock")
        self._manifest: Manifest | None = None
        self._checkpoints: dict[str, Checkpoint] = {}

    # Opening and closing

    def open(self, identity: Identity, *, full: bool = False) -> None:
        """Make it ready, and where there is none, make it."""
        if self.path.exists() and not self.path.is_dir():
            raise refusal.foreign(self.path)
        if not self.path.absolute().parent.is_dir():
            raise refusal.unwritable(self.path, "there is no such folder")
        with self._refusing():
            make_folder(self.path)
            if not self._lock.take():
                raise refusal.in_use(self.path)
        try:
            with self._refusing():
                self._begin(identity, full=full)
        except BaseException:
            self.close()
            raise

    def _begin(self, identity: Identity, *, full: bool) -> None:
        found = None if full else self._found(identity)
        if found is None:
            self._refuse_what_is_not_ours()
            found = Manifest(kind=self._format.kind, identity=identity)
        found = attrs.evolve(found, identity=identity)
        found.save(self.path)  # also where it stays the same: a folder that cannot be written says so now
        self._manifest = found
        self._checkpoints = {one.dialog_id: one for one in found.checkpoints}
        self._sweep()

    def _found(self, identity: Identity) -> Manifest | None:
        """The manifest that is there, if this export can go on with it."""
        try:
            found = manifests.load(self.path)
        except ValueError:
            raise refusal.damaged(self.path, f"{manifests.NAME} cannot be read") from None
        if found is None:
            if any((self.path / name).exists() for name in TABLES):
                raise refusal.damaged(self.path, f"{manifests.NAME} is missing")
            return None
        if found.kind != self._format.kind:
            raise TargetRefused(f"{self.path} holds an export as {found.kind}, not as {self._format.label}: "
                                f"write to {found.kind}:{self.path}, or {refusal.ANEW}")  # fmt: skip
        said = {name: str(value) for name, value in attrs.asdict(found.identity).items()}
        if refused := refusal.belongs_to_other(self.path, said, identity):
            raise refused
        for name, parts in found.parts.items():
            for part in parts:
                where = self.path / name / part.name
                if not where.is_file() or where.stat().st_size != part.bytes:
                    raise refusal.damaged(self.path, f"{name}/{part.name} is not as it was written")
        return found

    def _refuse_what_is_not_ours(self) -> None:
        """A folder with other things in it is no place for an export, not even for a full one."""
        if any(entry.name not in TABLES and entry.name[0] not in "._" for entry in self.path.iterdir()):
            raise refusal.foreign(self.path)

    def _sweep(self) -> None:
        """Remove what a run that was killed had not yet named, and what a full run replaces."""
        for table in TABLES:
            folder = self.path / table
            named = {part.name for part in self._here.manifest.parts_of(table)}
            for entry in folder.iterdir() if folder.is_dir() else ():
                if entry.name not in named and _OURS.fullmatch(entry.name):
                    entry.unlink()

    def close(self) -> None:
        """Let go of it."""
        self._manifest = None
        self._lock.release()

    # What it remembers

    def checkpoints(self) -> dict[str, Checkpoint]:
        """All checkpoints, by dialog."""
        return dict(self._checkpoints)

    def standing(self) -> Standing:
        """What was written last of it."""
        return self._here.manifest.standing

    def last_run(self) -> int:
        """The highest id in ``runs``, 0 where there is none."""
        with self._reading() as parts:
            return max((number for (number,) in parts.read(RUNS, "id")), default=0)

    def lowest(self, since: datetime) -> dict[str, int]:
        """By dialog, the lowest id among the messages dated *since* then that are not ``is_deleted``."""
        with self._reading() as parts:
            wanted = parts.messages(lambda _, __, date: date >= since)
            return {dialog_id: min(numbers) for dialog_id, numbers in wanted if numbers}

    def stored(self, above: Mapping[str, int]) -> dict[str, set[int]]:
        """By dialog, the ids above the given one of its messages that are not ``is_deleted``."""
        with self._reading() as parts:
            wanted = parts.messages(lambda dialog_id, number, _: number > above.get(dialog_id, number))
            return {dialog_id: set() for dialog_id in above} | {
                dialog_id: set(numbers) for dialog_id, numbers in wanted
            }

    def counts(self, dialog_ids: Sequence[str]) -> dict[str, int]:
        """How many messages of some dialogs are stored and not ``is_deleted``."""
        asked = dict.fromkeys(dialog_ids, 0)
        with self._reading() as parts:
            wanted = parts.messages(lambda dialog_id, _, __: dialog_id in asked)
            return asked | {dialog_id: len(numbers) for dialog_id, numbers in wanted}

    def users(self) -> set[int]:
        """The ids of the users that are stored."""
        with self._reading() as parts:
            return {number for (number,) in parts.read(USERS, "id")}

    def unfetched(self) -> list[Unfetched]:
        """The files whose bytes are not stored: ``sha256`` is empty."""
        with self._reading() as parts:
            files = {file[0]: file for file in parts.read(FILES, "id", "chat_id", "size", "sha256")}
            dialogs = dict(parts.read(MESSAGES, "chat_id", "dialog_id")) if files else {}
        return [
            Unfetched(number, dialogs[chat], size or 0)
            for number, chat, size, sha256 in files.values()
            if sha256 is None and chat in dialogs
        ]

    # Writing

    def write(self, batch: Batch) -> None:
        """Store a batch, for good."""
        with self._refusing():
            after = self._here.manifest
            for name, rows in completed(self._here, batch).items():
                if len(rows[0]):
                    table = TABLES[name]
                    write = partial(self._format.write, columns=table.columns, rows=rows)
                    after = after.with_parts(name, (*after.parts_of(name), self._put(table, len(rows[0]), write)))
            checkpoints = self._checkpoints | {one.dialog_id: one for one in batch.checkpoints}
            self._manifest = self._saved(
                attrs.evolve(after, checkpoints=tuple(checkpoints.values()), standing=batch.standing or after.standing)
            )
            self._checkpoints = checkpoints
            for name in batch.rows:
                self._merge(TABLES[name])

    def _put(self, table: Table, rows: int, write: Callable[[BinaryIO], None]) -> Part:
        make_folder(self.path / table.name)
        name = f"part-{self._here.manifest.next_number(table.name)}.{self._format.kind}"
        return Part(name, rows, write_whole(self.path / table.name / name, write))

    def _saved(self, manifest: Manifest) -> Manifest:
        manifest.save(self.path)
        return manifest

    def _merge(self, table: Table) -> None:
        """Make one part of many small ones, the last of their table, of each row the latest version."""
        here = self._here
        parts = list(here.manifest.parts_of(table.name))
        small = list(takewhile(lambda part: part.rows < _SMALL, reversed(parts)))[::-1]
        if len(small) < _MANY:
            return
        sizes = list(accumulate(part.rows for part in small))
        merged = small[: 1 + next((index for index, rows in enumerate(sizes) if rows >= _SMALL), len(small))]
        keys = {part.name: list(here.keys(table, part)) for part in merged}  # once: JSON Lines are read whole for them
        latest = {key: name for name, some in keys.items() for key in some}
        kept = [(here.path(table, part), [latest[key] == part.name for key in keys[part.name]]) for part in merged]
        made = self._put(table, len(latest), partial(self._format.merge, columns=table.columns, parts=kept))
        at = len(parts) - len(small)
        left = (*parts[:at], made, *parts[at + len(merged) :])
        self._manifest = self._saved(here.manifest.with_parts(table.name, left))
        for part in merged:
            here.path(table, part).unlink()

    @property
    def _here(self) -> Parts:
        if self._manifest is None:
            raise RuntimeError("this target is not open")
        return Parts(self.path, self._format, self._manifest)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise refusal.unwritable(self.path, error) from None

    @contextmanager
    def _reading(self) -> Iterator[Parts]:
        with self._refusing():
            try:
                yield self._here
            except ValueError:  # of json and of pyarrow
                raise refusal.damaged(self.path, "a part of it cannot be read") from None
