"""Where tokens outlive the process."""

from __future__ import annotations

import os
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import anyio.to_thread
import attrs
from anyio.lowlevel import current_token

from .token_file import FileLock, TokenFile
from .tokens import Tokens, Unpicklable


@runtime_checkable
class TokenStore(Protocol):
    """Where tokens outlive the process. Called with the newest pair before it is used.

    A store may also have ``lock()``, which returns an async context manager that one process at a time can hold (see
    `LockingTokenStore`): refreshing under it, several processes make one refresh between them. Without it they still
    find each other's pairs, at the price of a refused refresh now and then.

    A store that does not answer within ten seconds is given up for that time. What `save` raises fails the calls that
    waited for it; the new pair is used all the same, and saved as soon as that works.
    """

    async def load(self) -> Tokens | None:
        """The pair saved last, or None."""
        ...

    async def save(self, tokens: Tokens) -> None:
        """Keep this pair: the one before it is spent."""
        ...


@runtime_checkable
class LockingTokenStore(TokenStore, Protocol):
    """A store that several processes can share without refreshing twice."""

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Held by one process at a time, from before a refresh until its pair is saved."""
        ...


class MemoryTokenStore(Unpicklable):
    """Tokens for as long as the process lives; several clients can share one."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens
        self._locks: WeakKeyDictionary[object, anyio.Lock] = WeakKeyDictionary()  # none of them works in two loops

    async def load(self) -> Tokens | None:
        """The pair saved last, or None."""
        return self._tokens

    async def save(self, tokens: Tokens) -> None:
        """Keep this pair."""
        self._tokens = tokens

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Held by one client of this event loop at a time, so that those who share the store refresh once."""
        return self._locks.setdefault(current_token().native_token, anyio.Lock())


def _expanded(path: str | os.PathLike[str]) -> Path:
    return Path(path).expanduser()


@attrs.frozen
class JSONFileTokenStore:
    """Tokens in a JSON file that only its owner can read (mode 0600); several processes can share it.

    The file is replaced whole or not at all; where that is impossible (it is mounted into a container by itself, or its
    folder is read-only), it is written in place. A symbolic link stays one: what it points to is written. Between
    processes of one host the file is locked while tokens are refreshed (``flock``; not on Windows). ``~`` is the user's
    home. A place that cannot be written is told in the log when the file is first read, before any token is spent.
    """

    path: Path = attrs.field(converter=_expanded)
    _file: TokenFile = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_file", TokenFile(self.path))

    async def load(self) -> Tokens | None:
        """The pair in the file, None for no file or an empty one. Raises `ValueError` for a file of something else."""
        return await anyio.to_thread.run_sync(self._file.load, abandon_on_cancel=True)

    async def save(self, tokens: Tokens) -> None:
        """Write the file."""
        await anyio.to_thread.run_sync(self._file.save, self._file.next_number(), tokens, abandon_on_cancel=True)

    def lock(self) -> FileLock:
        """Lock the file against other processes that refresh."""
        return FileLock(self.path)
