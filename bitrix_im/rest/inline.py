"""A file inside a JSON body: Base64 in place of a mark, made while it is sent. Sans-I/O.

The body is written with the mark first, so that whatever else goes into it (credentials, too) is written as ever.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import attrs

Progress = Callable[[int, int], object]
"""Called with the bytes sent or received so far, and all of them (0 where nobody knows)."""


def new_mark() -> str:
    """A text that stands for a file's content, and occurs nowhere else."""
    return f"content-{uuid4().hex}"


@attrs.frozen
class Attachment:
    """A file for a body with a mark. Its *chunks* can be read once."""

    mark: str
    size: int
    """In bytes."""
    chunks: AsyncIterator[bytes] = attrs.field(repr=False)
    progress: Progress | None = None

    def into(self, body: bytes) -> tuple[int, AsyncIterator[bytes]]:
        """The length of the whole body, and the body piece by piece."""
        before, _, behind = body.partition(self.mark.encode())
        return len(before) + 4 * -(-self.size // 3) + len(behind), _Stream(before, self, behind)


class _Stream:
    """The body, piece by piece. Raises `ValueError` for a file that is not as long as it was said to be."""

    def __init__(self, before: bytes, file: Attachment, behind: bytes) -> None:
        self._before = before
        self._file = file
        self._behind = behind
        self._rest = b""
        self._read = 0
        self._stage = 0

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> bytes:
        if self._stage == 0:
            self._stage = 1
            return self._before
        while self._stage == 1:
            if piece := await self._next_piece():
                return piece
        if self._stage == 2:
            self._stage = 3
            return self._behind
        raise StopAsyncIteration

    async def _next_piece(self) -> bytes:
        """Some of the file in Base64: whole groups of three bytes, but for the last ones."""
        try:
            chunk = await self._file.chunks.__anext__()
        except StopAsyncIteration:
            self._stage, ready, self._rest = 2, self._rest, b""
        else:
            self._read += len(chunk)
            if self._file.progress is not None:
                self._file.progress(self._read, self._file.size)
            whole = self._rest + chunk
            cut = len(whole) - len(whole) % 3
            ready, self._rest = whole[:cut], whole[cut:]
        if self._read > self._file.size or (self._stage == 2 and self._read < self._file.size):
            raise ValueError(f"expected a file of {self._file.size:,} bytes, got {self._read:,}: it changed meanwhile")
        return base64.b64encode(ready)
