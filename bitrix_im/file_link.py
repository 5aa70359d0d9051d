"""A file in which the processes of one host meet: SQLite, one transaction at a time."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

T = TypeVar("T")


class SharedFile:
    """One file with one *table*, made where there is none. Its calls block, and may come from any thread."""

    def __init__(self, path: str, table: str, within: float) -> None:
        self._path = path
        self._table = table
        self._within = within
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def transaction(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Do *act* while no other process writes; what it raises undoes it."""
        with self._lock:
            try:
                return self._transaction(act)
            except sqlite3.Error:
                self._close()  # the file may be another one by now, or a new one
                raise

    def _transaction(self, act: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connect()
        connection.execute("BEGIN IMMEDIATE")  # what is read is not changed by others before it is written
        try:
            result = act(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
        return result

    def _connect(self) -> sqlite3.Connection:
        if self._open is not None and self._identity != _identity(self._path):
            self._close()  # somebody has deleted it: the others meet in a new one
        if self._open is None:
            connection = sqlite3.connect(
                self._path, timeout=self._within, isolation_level=None, check_same_thread=False
            )
            try:
                # With a log beside it a write needs no wait for the disk; what a power cut takes with it is of no use.
                for line in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", self._table):
                    with closing(connection.execute(line)):
                        pass
                self._identity = _identity(self._path)
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


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a path as text, once a call
    except OSError:
        return None
    return found.st_dev, found.st_ino
