"""Where an upload comes from: a path, bytes, or an async iterator of bytes. Each can be read more than once."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias

import anyio.to_thread
import attrs

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | AsyncIterable[bytes]

_CHUNK = 3 * 64 * 1024  # whole groups of three bytes, for Base64
_IN_MEMORY = 1024 * 1024


class _File(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


@attrs.frozen
class Opened:
    """A source whose size is known."""

    size: int
    name: str | None
    """Of its own, where it has one."""
    _open: Callable[[], _File]
    _is_in_memory: bool = False

    @asynccontextmanager
    async def chunks(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Its bytes from the beginning, in chunks."""
        work = _at_once if self._is_in_memory else anyio.to_thread.run_sync
        file = await work(self._open)
        try:
            yield _Chunks(lambda: work(file.read, _CHUNK))
        finally:
            with anyio.CancelScope(shield=True):
                await work(file.close)


async def _at_once(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do what needs no thread, since nothing is waited for."""
    return work(*arguments)


class _Chunks:
    def __init__(self, read: Callable[[], Awaitable[bytes]]) -> None:
        self._read = read

    def __aiter__(self) -> _Chunks:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._read()
        if not chunk:
            raise StopAsyncIteration
        return chunk


@asynccontextmanager
async def opened(source: Source, most: int) -> AsyncIterator[Opened]:
    """Find out a source's size, of at most *most* bytes.

    An iterator can be read only once and tells no size, so it goes through a temporary file. Raises `ValueError` for
    what is no source, nothing at all or too much; `OSError` for a file that cannot be read.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        yield Opened(_checked(len(data), most), None, lambda: io.BytesIO(data), is_in_memory=True)
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        size = (await anyio.to_thread.run_sync(path.stat)).st_size
        yield Opened(_checked(size, most), path.name, lambda: path.open("rb"))
    elif isinstance(source, AsyncIterable):
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            size = await _spool(source, file, most)
            yield Opened(_checked(size, most), None, lambda: _again(file), is_in_memory=size <= _IN_MEMORY)
    else:
        raise ValueError(  # noqa: TRY004 - one kind of error for bad input
            f"expected a path, bytes or an async iterator of bytes to upload, got {type(source).__name__}"
        )


async def _spool(source: AsyncIterable[bytes], file: IO[bytes], most: int) -> int:
    size, chunks = 0, aiter(source)
    try:
        async for chunk in chunks:
            if not isinstance(chunk, bytes | bytearray | memoryview):
                raise ValueError(f"expected an async iterator of bytes, got {type(chunk).__name__} from it")  # noqa: TRY004
            size += len(chunk)
            _checked(max(1, size), most)
            await (anyio.to_thread.run_sync if size > _IN_MEMORY else _at_once)(file.write, chunk)
    finally:
        if isinstance(chunks, AsyncGenerator):  # where it is left early, it cleans up here, not some time later
            with anyio.CancelScope(shield=True):
                await chunks.aclose()
    return size


@attrs.frozen
class _Shared:
    """A file from its beginning, which somebody else closes."""

    file: IO[bytes]

    def read(self, size: int) -> bytes:
        return self.file.read(size)

    def close(self) -> None:
        """Leave it open: it may be sent again."""


def _again(file: IO[bytes]) -> _Shared:
    file.seek(0)
    return _Shared(file)


def _checked(size: int, most: int) -> int:
    if size == 0:
        raise ValueError("expected a file with something in it, got an empty one: the portal takes none")
    if size > most:
        raise ValueError(f"expected a file of at most {most:,} bytes, got a larger one: the portal would refuse it")
    return size
