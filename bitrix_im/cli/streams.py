"""The standard streams, any of which may be closed or have nobody at the other end."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TextIO


class Unwritable(Exception):
    """The output cannot be written any more."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or type(error).__name__)
        self.is_broken_pipe = isinstance(error, BrokenPipeError)


def open_all() -> None:
    """Give the standard streams that are closed (``>&-``) a place of their own, or a socket would take theirs."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one


def check() -> None:
    """Raise `Unwritable` where stdout is closed: said before anything is asked."""
    if sys.stdout is None:
        raise Unwritable(OSError(errno.EBADF, "stdout is closed"))


def write(text: str) -> None:
    """Write *text* to stdout, at once. Raises `Unwritable`."""
    if not text and sys.stdout is None:
        return
    check()
    try:
        _put(text, sys.stdout)
    except OSError as error:
        raise Unwritable(error) from None


def tell(text: str) -> None:
    """Write a line to stderr. Where nobody can read it, nobody needs to."""
    show(f"{text}\n")


def show(text: str) -> None:
    """Write *text* to stderr, as `tell` does."""
    if sys.stderr is None:
        return
    try:
        _put(text, sys.stderr)
    except OSError:
        let_go(sys.stderr)


def _put(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def let_go(stream: TextIO | None) -> None:
    """Write nothing more there, not even when the interpreter flushes its streams at the end."""
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
