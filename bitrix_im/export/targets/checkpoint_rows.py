"""Checkpoints as rows of a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import attrs

from .base import Checkpoint

COLUMNS = {
    "dialog_id": "TEXT",
    "highest": "BIGINT",
    "lowest": "BIGINT",
    "upto": "BIGINT",
    "settled": "BIGINT",
    "read": "BIGINT",
    "pending": "BOOLEAN",
    "shown": "TEXT",
    "since": "TEXT",
}
NAMES = list(COLUMNS)
SELECT = f"SELECT {', '.join(NAMES)} FROM _checkpoints"
UPSERT = (
    f"INSERT INTO _checkpoints ({', '.join(NAMES)}) SELECT {', '.join(NAMES)} FROM given WHERE TRUE "
    f"ON CONFLICT (dialog_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in NAMES[1:])}"
)


def to_rows(checkpoints: Iterable[Checkpoint]) -> list[list[Any]]:
    """Give the rows of ``given`` that `UPSERT` takes."""
    rows = []
    for one in checkpoints:
        given = attrs.asdict(one)
        given["since"] = None if one.since is None else one.since.isoformat()
        rows.append([given[name] for name in NAMES])
    return rows


def from_row(row: Sequence[Any]) -> Checkpoint:
    """Make a checkpoint of what `SELECT` gave. Raises `ValueError` where no run has written it like that."""
    given = dict(zip(NAMES, row, strict=True))
    numbers = [given[name] for name in ("highest", "lowest", "upto", "settled", "read")]
    texts = [given["dialog_id"], given["shown"], given["since"] or ""]
    if not all(type(number) is int for number in numbers) or not all(isinstance(text, str) for text in texts):
        raise ValueError("expected numbers and texts")
    if given["pending"] not in (0, 1):
        raise ValueError("expected true or false")
    given["pending"] = bool(given["pending"])
    given["since"] = None if given["since"] is None else datetime.fromisoformat(given["since"])
    checkpoint = Checkpoint(**given)
    if not checkpoint.is_sound:
        raise ValueError("expected ids in order")
    return checkpoint
