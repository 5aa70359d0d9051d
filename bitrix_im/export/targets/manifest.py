"""``_manifest.json``: whose export a folder is, which parts belong to it, and how far it got.

It is there before any data, and written last: what it does not name is no part of the export.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from ...convert import EMPTY
from ...convert.travel import from_dict
from .base import Checkpoint, Identity, Standing
from .durable import write_whole

NOWHERE = Standing()
NAME = "_manifest.json"
_NAMES = [field.name for field in attrs.fields(Checkpoint)]
_values = attrgetter(*_NAMES)
PROGRAM = "bitrix-im"


@attrs.frozen
class Part:
    """A part of a table."""

    name: str
    """``"part-1.parquet"``, in the table's folder."""
    rows: int
    bytes: int


@attrs.frozen(kw_only=True)
class Manifest:
    """What a folder holds. A later part has the later version of a row."""

    program: str = PROGRAM
    kind: str
    """``"parquet"`` or ``"jsonl"``."""
    identity: Identity
    standing: Standing = NOWHERE
    parts: Mapping[str, tuple[Part, ...]] = EMPTY
    """By table."""
    checkpoints: tuple[Checkpoint, ...] = ()

    def parts_of(self, table: str) -> tuple[Part, ...]:
        """The parts of a table, the oldest first."""
        return self.parts.get(table, ())

    def next_number(self, table: str) -> int:
        """The number of the next part of a table: higher than that of any other."""
        return 1 + max((int(part.name.split(".")[0].rpartition("-")[2]) for part in self.parts_of(table)), default=0)

    def with_parts(self, table: str, parts: tuple[Part, ...]) -> Manifest:
        """The same with other parts of a table."""
        return attrs.evolve(self, parts={**self.parts, table: parts})

    def save(self, folder: Path) -> None:
        """Replace the folder's manifest."""
        # Written with each batch, for thousands of dialogs: so without attrs' recursion, and by json's fast way, which
        # cannot indent.
        data = attrs.asdict(attrs.evolve(self, checkpoints=()), value_serializer=_json_value)
        data["checkpoints"] = [dict(zip(_NAMES, _values(one), strict=True)) for one in self.checkpoints]

        def write(file: BinaryIO) -> None:
            file.write(json.dumps(data, ensure_ascii=False, default=datetime.isoformat).encode())

        write_whole(folder / NAME, write)


def load(folder: Path) -> Manifest | None:
    """Read the manifest of a folder, None where it has none. Raises `ValueError` for what no run has written."""
    try:
        content = (folder / NAME).read_bytes()
    except FileNotFoundError:
        return None
    data = json.loads(content)
    manifest = from_dict(data, Manifest)
    if manifest.program != PROGRAM or not all(one.is_sound for one in manifest.checkpoints):
        raise ValueError("expected what bitrix-im wrote")
    return manifest


def _json_value(_: Any, __: Any, value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
