"""A file of tokens: read, written and locked. Everything but the lock's waiting blocks, and belongs into a thread."""

from __future__ import annotations

import errno
import logging
import os
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import anyio
import anyio.to_thread

from .tokens import Tokens
from .written import from_json, to_json

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("bitrix_im")

# A mount point cannot be replaced, nor can anything in a folder that may not be written.
_CANNOT_REPLACE = {errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES, errno.EROFS, errno.ENOTSUP, errno.EINVAL}
_EMPTY = b'{"tokens":null}'  # in a file that was made only to be locked
_BLANK = b" \t\r\n\xef\xbb\xbf\xff\xfe"  # blanks and byte order marks: what a file has that was only touched
_GLANCES = 5  # at a file that is being written in place just now
_PAUSE = 0.05  # seconds


class TokenFile:
    """One file of tokens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0
        self._written = 0
        self._writing = threading.Lock()
        self._is_checked = False

    def next_number(self) -> int:
        """The number of a save: one that was given up must not overwrite a later one."""
        self._number += 1
        return self._number

    def load(self) -> Tokens | None:
        """The pair in the file, None where there is none. Raises `ValueError` for a file of something else.

        The first time it also looks whether there is a place to save in, and logs a warning where there is none.
        """
        if not self._is_checked:
            self._is_checked = True
            if not _is_writable(Path(os.path.realpath(self._path))):
                log.warning(
                    "cannot write %s: new tokens would be lost with this process; see to the folder and its rights",
                    self._path,
                )
        for _ in range(_GLANCES):
            try:
                found = _read(self._path)
            except FileNotFoundError:
                return None
            if found is not None:
                return found if isinstance(found, Tokens) else None
            time.sleep(_PAUSE)
        raise ValueError(f"expected tokens saved by JSONFileTokenStore in {self._path}, got something else")

    def save(self, number: int, tokens: Tokens) -> None:
        """Replace the file, or write it in place where it cannot be replaced."""
        with self._writing:
            if number < self._written:
                return
            target = Path(os.path.realpath(self._path))  # a symbolic link stays one
            try:
                _replace(target, tokens)
            except OSError as error:
                if error.errno not in _CANNOT_REPLACE:
                    raise
                _write_in_place(target, tokens)
            self._written = number


def _is_writable(target: Path) -> bool:
    # In a folder that can be written the file is replaced, else it is written in place.
    return os.access(target.parent, os.W_OK | os.X_OK) or os.access(target, os.W_OK)


def _replace(target: Path, tokens: Tokens) -> None:
    # mkstemp makes the file with mode 0600; in the same folder, so that replacing is one step
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(to_json(tokens))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _write_in_place(target: Path, tokens: Tokens) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        with suppress(OSError):  # some file systems know no modes
            os.fchmod(handle, 0o600)
        # In one go, and cut only then: whoever reads meanwhile sees the old pair or the new one, hardly ever a part.
        length = os.write(handle, to_json(tokens))
        os.ftruncate(handle, length)
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system can, and the file itself is safe
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _read(path: Path) -> Tokens | bytes | None:
    """The pair, or `_EMPTY` where nothing was saved yet, or None for a file of something else."""
    content = path.read_bytes()
    return _EMPTY if content == _EMPTY or not content.strip(_BLANK) else from_json(content)


def _open(path: Path) -> int:
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(handle, _EMPTY)
        os.close(handle)
    try:
        return os.open(path, os.O_RDWR)
    except PermissionError:
        return os.open(path, os.O_RDONLY)


class FileLock:
    """A file's lock among the processes of one host, waited for without blocking the event loop or a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    async def __aenter__(self) -> FileLock:
        while fcntl is not None:
            self._handle = await anyio.to_thread.run_sync(self._try)
            if self._handle is not None:
                break
            await anyio.sleep(_PAUSE)
        return self

    def _try(self) -> int | None:
        """The locked file, or None where another process holds it."""
        path = Path(os.path.realpath(self._path))  # what a symbolic link points to may not be there yet
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Replaced meanwhile: this lock is on a file that nobody else will look at.
            is_current = os.path.samestat(os.fstat(handle), path.stat())
        except (BlockingIOError, FileNotFoundError):
            is_current = False
        except BaseException:
            os.close(handle)
            raise
        if is_current:
            return handle
        os.close(handle)
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)  # which unlocks it
            self._handle = None
