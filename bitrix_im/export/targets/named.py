"""Which kind of target a name stands for."""

from __future__ import annotations

import os
from pathlib import Path

from .base import Target

_EXPECTED = "expected a target like acme.sqlite or acme.db"


def target_of(name: str | os.PathLike[str]) -> Target:
    """The target of that name; nothing is opened yet. Raises `ValueError` for a name that tells no kind.

    Raises `ImportError`, with the line to type, where the extra of its kind is not installed.
    """
    text = os.fspath(name)
    if text.endswith((".sqlite", ".db")):
        from .sqlite import SQLite

        return SQLite(Path(text))
    raise ValueError(f"{_EXPECTED}, got {text!r}")
