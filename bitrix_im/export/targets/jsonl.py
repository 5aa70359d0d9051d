"""Parts of JSON Lines: one object a line, dates as ISO 8601 text in UTC, everything else as JSON has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import compress, islice
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, BinaryIO

from ...convert.travel import to_json
from ..columns import Column, Kind
from .base import Rows

_AT_ONCE = 500  # rows in memory as text or as dicts
_encode = json.JSONEncoder(ensure_ascii=False).encode


def _moment(value: datetime) -> str:
    return f'"{value.isoformat()}"'


def _as_it_is(value: str) -> str:
    return value


_TELL: dict[Kind, Callable[[Any], str]] = {
    Kind.INTEGER: str,
    Kind.BOOLEAN: {True: "true", False: "false"}.__getitem__,
    Kind.TEXT: encode_basestring,
    Kind.TIMESTAMP: _moment,
    Kind.JSON: _as_it_is,
}
_READ: dict[Kind, Callable[[Any], Any]] = {Kind.TIMESTAMP: datetime.fromisoformat, Kind.JSON: to_json}


class JSONLines:
    """JSON Lines."""

    kind = "jsonl"
    label = "JSON Lines"

    def write(self, file: BinaryIO, columns: Sequence[Column], rows: Rows) -> None:
        """Write a part."""
        line = "{" + ", ".join(f"{_encode(column.name)}: %s" for column in columns) + "}\n"
        for start in range(0, len(rows[0]), _AT_ONCE):
            told = []
            for column, values in zip(columns, rows, strict=True):
                tell = _TELL.get(column.kind, _encode)
                some = values[start : start + _AT_ONCE]
                told.append(["null" if value is None else tell(value) for value in some])
            file.writelines((line % row).encode() for row in zip(*told, strict=True))

    def read(self, path: Path, columns: Sequence[Column]) -> Iterator[Rows]:
        """Read some columns of a part."""
        readers = [(column.name, _READ.get(column.kind)) for column in columns]
        with path.open("rb") as file:
            while lines := list(islice(file, _AT_ONCE)):
                rows = [json.loads(line) for line in lines]
                yield [_values(rows, name, reader) for name, reader in readers]

    def merge(self, file: BinaryIO, columns: Sequence[Column], parts: Iterable[tuple[Path, Sequence[bool]]]) -> None:
        """Write a part of lines of others, as they are."""
        for path, keep in parts:
            with path.open("rb") as part:
                file.writelines(compress(part, keep))


def _values(rows: list[dict[str, Any]], name: str, reader: Callable[[Any], Any] | None) -> list[Any]:
    values = [row.get(name) for row in rows]
    return values if reader is None else [None if value is None else reader(value) for value in values]
