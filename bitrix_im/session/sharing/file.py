"""A file as the place where the processes of one host meet: a row a portal."""

from __future__ import annotations

import json
import sqlite3
import time

import attrs

from ...file_link import SharedFile
from ...limits.turns import Answer, Ask, Kept, exchange
from .place import ANSWER_LIMIT

_TABLE = "CREATE TABLE IF NOT EXISTS limits (portal TEXT PRIMARY KEY, kept TEXT NOT NULL) WITHOUT ROWID"
_READ = "SELECT kept FROM limits WHERE portal = ?"
_WRITE = "INSERT INTO limits VALUES (?, ?) ON CONFLICT (portal) DO UPDATE SET kept = excluded.kept"


class FilePlace:
    """One file. Its clock is the host's, which all processes see alike and nobody sets: time since it was started."""

    def __init__(self, path: str) -> None:
        self._file = SharedFile(path, _TABLE, ANSWER_LIMIT)

    def ask(self, portal: str, ask: Ask) -> Answer:
        """One exchange, in one transaction."""

        def act(connection: sqlite3.Connection) -> Answer:
            row = connection.execute(_READ, [portal]).fetchone()
            kept = Kept(**json.loads(row[0])) if row else Kept()
            answer = exchange(kept, ask, time.monotonic())
            connection.execute(_WRITE, [portal, json.dumps(attrs.asdict(kept))])
            return answer

        return self._file.transaction(act)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
