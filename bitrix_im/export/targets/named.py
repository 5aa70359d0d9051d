"""Which kind of target a name stands for."""

from __future__ import annotations

import os
from pathlib import Path

from .base import Target

_EXPECTED = (
    "expected a target like acme.duckdb, acme.sqlite, acme.db, parquet:acme (or acme/) or jsonl:acme (or acme.jsonl)"
)


def target_of(name: str | os.PathLike[str]) -> Target:
    """The target of that name; nothing is opened yet. Raises `ValueError` for a name that tells no kind.

    ``~`` is the home folder: shells leave it as it is behind ``parquet:``. Raises `ImportError`, with the line to type,
    where the extra of its kind is not installed.
    """
    text = os.path.expanduser(os.fspath(name))  # noqa: PTH111 - what it does not know, it leaves
    kind, colon, rest = text.partition(":")
    if colon and rest and kind in _FOLDERS:
        return _FOLDERS[kind](Path(os.path.expanduser(rest)))  # noqa: PTH111 - what it does not know, it leaves
    if text.endswith((".sqlite", ".db")):
        from .sqlite import SQLite

        return SQLite(Path(text))
    if text.endswith(".duckdb"):
        from .duck import DuckDB

        return DuckDB(Path(text))
    if text.endswith(".jsonl"):
        return _json_lines(Path(text))
    if text.endswith(_SEPARATORS) or (text and Path(text).is_dir()):
        return _parquet(Path(text))
    raise ValueError(f"{_EXPECTED}, got {text!r}")


_SEPARATORS = tuple(separator for separator in (os.sep, os.altsep) if separator)


def _parquet(path: Path) -> Target:
    from .folder import Folder
    from .parquet import Parquet

    return Folder(path, Parquet())


def _json_lines(path: Path) -> Target:
    from .folder import Folder
    from .jsonl import JSONLines

    return Folder(path, JSONLines())


_FOLDERS = {"parquet": _parquet, "jsonl": _json_lines}
