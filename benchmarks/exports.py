"""What exports take: requests, memory and time, and whether the targets hold all that the portal has."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs

from .completeness import Completeness, compare
from .portal import serving
from .runs import Run, run

OURS = Path(__file__).with_name("ours.py")
TARGETS = {"SQLite": "acme.sqlite", "DuckDB": "acme.duckdb", "Parquet": "parquet:acme", "JSON Lines": "acme.jsonl"}
_RATE = 2  # requests a second that the cloud lets through, by which their own time is told


@attrs.frozen
class Exported:
    """What became of an export, and of the two runs behind it: the first with news to read, the other without."""

    runs: list[dict[str, Any]]
    done: Run
    completeness: Completeness

    @property
    def times_the_requests(self) -> float:
        """How long the first run took, by the time that its requests take where two a second are let through."""
        first = self.runs[0]
        return float(first["seconds"]) * _RATE / int(first["requests"])

    @property
    def messages_a_second(self) -> float:
        return int(self.runs[0]["messages"]) / float(self.runs[0]["seconds"])


def export(kind: str, *, dialogs: int = 2_000, messages: int = 50, news: int = 500, **limits: Any) -> Exported:
    """Export a portal of as many *dialogs*, with *messages* each, three times; before the second *news* are written."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("many", dialogs=dialogs, messages=messages, **limits) as portal,
    ):
        name = TARGETS[kind]
        scheme, colon, rest = name.rpartition(":")
        target = f"{scheme}{colon}{Path(folder) / rest}"
        given = {"rate": limits.get("rate", 1_000), "burst": limits.get("burst", 1_000)}
        done = run(OURS, "exported", url=portal.url, target=target, limits=given, runs=3, news=news, patience=600)
        truth = portal.counts().truth
        expected = sorted(number for numbers in truth.values() for number in numbers)
        return Exported(done.result, done, compare(expected, sorted(_stored(Path(folder) / rest, kind))))


def _stored(path: Path, kind: str) -> list[int]:
    """The ids of all messages that a target holds."""
    sql = "SELECT id FROM messages"
    if kind == "SQLite":
        with closing(sqlite3.connect(path)) as database:
            return [number for (number,) in database.execute(sql)]
    import duckdb

    if kind == "DuckDB":
        with closing(duckdb.connect(str(path))) as database:
            return [number for (number,) in database.execute(sql).fetchall()]
    read, ending = ("read_parquet", "parquet") if kind == "Parquet" else ("read_json", "jsonl")
    # A row that was written again is there in both versions.
    parts = f"SELECT DISTINCT id FROM {read}('{path}/messages/*.{ending}')"
    return [number for (number,) in duckdb.execute(parts).fetchall()]
