"""A file as the place where the processes of one host meet: SQLite, a row a portal."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from contextlib import closing

import attrs

from ...limits.turns import Answer, Ask, Kept, exchange
from .place import ANSWER_LIMIT

_TABLE = "CREATE TABLE IF NOT EXISTS limits (portal TEXT PRIMARY KEY, kept TEXT NOT NULL) WITHOUT ROWID"
_READ = "SELECT kept FROM limits WHERE portal = ?"
_WRITE = "INSERT INTO limits VALUES (?, ?) ON CONFLICT (portal) DO UPDATE SET kept = excluded.kept"


class FilePlace:
    """One file. Its clock is the host's, which all processes see alike and nobody sets: time since it was started."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None

    def ask(self, portal: str, ask: Ask) -> Answer:
        """One exchange, in one transaction."""
        with self._lock:
            try:
                return self._exchange(portal, ask)
            except sqlite3.Error:
                self._close()  # the file may be another one by now, or a new one
                raise

    def _exchange(self, portal: str, ask: Ask) -> Answer:
        connection = self._connect()
        connection.execute("BEGIN IMMEDIATE")  # what is read is not changed by others before it is written
        try:
            row = connection.execute(_READ, [portal]).fetchone()
            kept = Kept(**json.loads(row[0])) if row else Kept()
            answer = exchange(kept, ask, time.monotonic())
            connection.execute(_WRITE, [portal, json.dumps(attrs.asdict(kept))])
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
        return answer

    def _connect(self) -> sqlite3.Connection:
        if self._open is None:
            connection = sqlite3.connect(
                self._path, timeout=ANSWER_LIMIT, isolation_level=None, check_same_thread=False
            )
            try:
                # With a log beside it a write needs no wait for the disk; what a power cut takes with it is of no use.
                for line in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", _TABLE):
                    with closing(connection.execute(line)):
                        pass
            except BaseException:
                connection.close()
                raise
            self._open = connection
        return self._open

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()
