"""Where a download goes: beside its place, until it is whole and on the disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import IO

import anyio.to_thread

_TOGETHER = 256 * 1024  # bytes that are written in one step


class Target:
    """A file that is there whole or not at all; without a path, bytes by way of a temporary file.

    Used by ``async with``: what is not finished inside is taken away.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._waiting: list[bytes] = []
        self._is_done = False

    @property
    def _part(self) -> Path | None:
        return None if self._path is None else self._path.with_name(f"{self._path.name}.part")

    async def __aenter__(self) -> Target:
        await anyio.to_thread.run_sync(self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._close)

    async def restart(self) -> None:
        """Begin anew: what came before was not whole."""
        self._waiting.clear()
        await anyio.to_thread.run_sync(self._truncate)

    async def write(self, chunk: bytes) -> None:
        """Take some bytes."""
        self._waiting.append(chunk)
        if sum(map(len, self._waiting)) >= _TOGETHER:
            await anyio.to_thread.run_sync(self._flush)

    async def finish(self) -> bytes:
        """Put it in its place, on the disk; without a path, give its bytes."""
        return await anyio.to_thread.run_sync(self._finish)

    # ---- in a thread

    def _open(self) -> None:
        if self._path is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __aexit__
            return
        if self._path.is_symlink():  # replace the file, not the link
            self._path = self._path.resolve()
        if self._path.is_dir():
            raise IsADirectoryError(f"expected the path of a file to download to, got a folder: {self._path}")
        assert self._part is not None  # noqa: S101 - there is a path
        self._file = self._part.open("wb")

    def _truncate(self) -> None:
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()

    def _flush(self) -> None:
        if self._file is not None:
            self._file.write(b"".join(self._waiting))
        self._waiting.clear()

    def _finish(self) -> bytes:
        self._flush()
        assert self._file is not None  # noqa: S101 - inside `async with`
        if self._path is None or self._part is None:
            self._file.seek(0)
            return self._file.read()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)
        self._is_done = True
        _sync_folder(self._path.parent)
        return b""

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._part is not None and self._file is not None and not self._is_done:
            self._part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
