"""The parts of a folder's tables: how a format of files writes and reads them, and what all parts together say."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import attrs

from ..columns import Column, Values
from ..schema import MESSAGES, Table
from .base import Rows
from .manifest import Manifest, Part

Key = tuple[Any, ...]


class Format(Protocol):
    """A format of files. Values are those of `columns.Kind`, whatever the files make of them."""

    kind: str
    """Also the ending of the files."""
    label: str
    """What people call it."""

    def write(self, file: BinaryIO, columns: Sequence[Column], rows: Rows) -> None:
        """Write a part."""

    def read(self, path: Path, columns: Sequence[Column]) -> Iterator[Rows]:
        """Read some columns of a part, some thousand rows at a time. What the part does not have is None."""

    def merge(self, file: BinaryIO, columns: Sequence[Column], parts: Iterable[tuple[Path, Sequence[bool]]]) -> None:
        """Write a part of the rows of others that are to be kept."""


@attrs.frozen
class Parts:
    """The parts that a manifest names."""

    root: Path
    format: Format
    manifest: Manifest

    def path(self, table: Table, part: Part) -> Path:
        """Where a part is."""
        return self.root / table.name / part.name

    def read(self, table: Table, *names: str) -> Iterator[tuple[Any, ...]]:
        """Give the values of some columns, row by row, all versions of a row, the oldest first."""
        columns = _named(table, names)
        for part in self.manifest.parts_of(table.name):
            for chunk in self.format.read(self.path(table, part), columns):
                yield from zip(*chunk, strict=True)

    def latest(self, table: Table, keys: Collection[Key]) -> list[Values]:
        """Give the rows of some keys, in their latest version, column by column: as many rows as are stored."""
        found: list[Values] = [[] for _ in table.columns]
        left = set(keys)
        for part in reversed(self.manifest.parts_of(table.name)):
            here = left.intersection(self.keys(table, part)) if left else ()
            if not here:
                continue
            left -= here
            at = [[column.name for column in table.columns].index(name) for name in table.key]
            for chunk in self.format.read(self.path(table, part), table.columns):
                rows = zip(*(chunk[index] for index in at), strict=True)
                chosen = [index for index, key in enumerate(rows) if key in here]
                for values, column in zip(found, chunk, strict=True):
                    values.extend(column[index] for index in chosen)
        return found

    def keys(self, table: Table, part: Part) -> Iterator[Key]:
        """Give the keys of the rows of a part, in order."""
        for chunk in self.format.read(self.path(table, part), _named(table, table.key)):
            yield from zip(*chunk, strict=True)

    def messages(self, is_wanted: Callable[[str, int, datetime], bool]) -> Iterator[tuple[str, list[int]]]:
        """Give the ids of wanted messages that are not ``is_deleted``, a dialog after the other.

        *is_wanted* is asked with dialog_id, id and date. A message takes 8 bytes here, for there may be millions.
        """
        versions: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        for dialog_id, number, date, is_deleted in self.read(MESSAGES, "dialog_id", "id", "date", "is_deleted"):
            if is_wanted(dialog_id, number, date):
                versions[dialog_id].append(-number if is_deleted else number)
        for dialog_id, numbers in versions.items():
            latest = {abs(number): number > 0 for number in numbers}
            yield dialog_id, [number for number, is_there in latest.items() if is_there]


def _named(table: Table, names: Iterable[str]) -> list[Column]:
    by_name = {column.name: column for column in table.columns}
    return [by_name[name] for name in names]
