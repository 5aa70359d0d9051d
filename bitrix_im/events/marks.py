"""Marks: how far events have been confirmed, kept where a restart finds it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Protocol, runtime_checkable

import anyio.to_thread
import attrs


@runtime_checkable
class Mark(Protocol):
    """Where a stream of events keeps how far it is confirmed. Any store will do: a row, a key, a file."""

    async def load(self) -> int | None:
        """The number saved last, or None."""
        ...

    async def save(self, offset: int) -> None:
        """Keep this number. It never goes down."""
        ...


class MemoryMark:
    """A mark for as long as the process lives; several streams can follow each other on it."""

    def __init__(self, offset: int | None = None) -> None:
        self.offset = offset

    async def load(self) -> int | None:
        """The number saved last, or None."""
        return self.offset

    async def save(self, offset: int) -> None:
        """Keep this number."""
        self.offset = offset

    def __repr__(self) -> str:
        return f"MemoryMark({self.offset})"


@attrs.frozen
class FileMark:
    """A mark in a file of one line, replaced whole or not at all, and on the disk before `save` returns.

    One file belongs to one stream: that of one user, bot or watcher of one portal.
    """

    path: Path = attrs.field(converter=Path)

    async def load(self) -> int | None:
        """The number in the file, or None where there is no file. Raises `ValueError` for a file of something else."""
        return await anyio.to_thread.run_sync(self._load)

    async def save(self, offset: int) -> None:
        """Replace the file."""
        await anyio.to_thread.run_sync(self._save, offset)

    def _load(self) -> int | None:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        text = content.strip()
        if not text.isdigit() or len(text) > 19:
            raise ValueError(
                f"expected a mark (one whole number) in {self.path}, got something else: "
                "delete the file to hear again what is not confirmed"
            )
        return int(text)

    def _save(self, offset: int) -> None:
        folder = self.path.parent
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(f"{offset}\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if os.name == "posix":  # the new name, too, must outlive a power cut
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
