"""What tests of exports share: portals that are small and odd, and what a target holds."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
from pyarrow import parquet

from bitrix_im.export.schema import TABLES
from bitrix_im.testing import Portal


def portal_of(seed=1, **options):
    """A portal with some of everything, in which two dialogs are longer than a page."""
    portal = Portal(seed=seed, limited=False, **options).populate(dialogs=30, messages=130)
    portal.add_history(portal.add_chat("Long", date=server_second(portal) - 3600), 180, hidden=20)
    return portal


def server_second(portal):
    return portal.clock.seconds()


def truth(portal):
    """All messages that an export should hold: (dialog, id, text)."""
    return {
        (name, number, message.text)
        for name in portal.visible_dialogs()
        for seat in [portal.me.seat_of(name)]
        for number, message in [(one.id, one) for one in seat.chat.messages(seat.visible_ids())]
    }


KINDS = {"sqlite": "acme.sqlite", "duckdb": "acme.duckdb", "parquet": "parquet:acme", "jsonl": "acme.jsonl"}


def rows(target, table, columns):
    """Rows of a target's table; of a folder the latest version of each."""
    path = Path(str(target).rpartition(":")[2])
    if path.is_dir():
        return _rows_of_parts(path, table, columns)
    connect = duckdb.connect if path.suffix == ".duckdb" else sqlite3.connect
    with closing(connect(str(path))) as database:
        return database.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()


def _rows_of_parts(path, table, columns):
    parts = sorted((path / table).iterdir(), key=lambda part: int(part.stem.partition("-")[2]))
    latest = {}
    for part in parts:
        for row in parquet.read_table(part).to_pylist() if part.suffix == ".parquet" else _lines(part):
            key = tuple(row[name] for name in TABLES[table].key)
            if key not in latest or str(latest[key]["exported_at"]) <= str(row["exported_at"]):
                latest[key] = row
    return [tuple(row[name] for name in columns) for row in latest.values()]


def _lines(part):
    return list(map(json.loads, part.read_text("utf-8").split("\n")[:-1]))


def messages(target):
    """All messages that a target holds: (dialog, id, text)."""
    found = rows(target, "messages", ["dialog_id", "id", "text"])
    assert len(found) == len(set(found))
    return set(found)
