"""What is written: tables for people, JSON lines for programs, a counter while it takes time.

Texts of a portal are written by anybody, so control characters never reach the terminal.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Protocol, TextIO, TypeVar

import attrs

from ..models import Model

if TYPE_CHECKING:
    from rich.console import RenderableType

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

# Control characters, invisible ones that reorder or hide text, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_LONGEST = 500
_WIDTH = 100  # of tables that go to no terminal


class Unwritable(Exception):
    """The output cannot be written any more."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or type(error).__name__)
        self.is_broken_pipe = isinstance(error, BrokenPipeError)


def write(text: str, to: TextIO | None = None) -> None:
    """Write *text* to stdout or *to*, at once. Raises `Unwritable`."""
    stream = sys.stdout if to is None else to
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError as error:
        raise Unwritable(error) from None


def let_go() -> None:
    """Write nothing more, not even when the interpreter flushes its streams at the end."""
    with contextlib.suppress(OSError, ValueError):
        stdout = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stdout)
        os.close(nowhere)


def clean(text: str) -> str:
    """*text* on one line and without anything that a terminal would obey."""
    line = _UNSAFE.sub("", " ".join(text[: 4 * _LONGEST].split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def count(number: int, noun: str) -> str:
    """``1 page``, ``1,234 messages``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{'es' if noun.endswith('ch') else 's'}"


class Rows(Protocol[T_contra]):
    """Where items go, page by page."""

    def write(self, items: Sequence[T_contra]) -> None:
        """Write a page."""
        ...


class JsonLines:
    """One JSON object a line: what a model's ``to_dict`` gives."""

    def write(self, items: Sequence[Model]) -> None:
        """Write a page."""
        is_ascii = codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8"
        lines = [json.dumps(item.to_dict(), ensure_ascii=is_ascii) for item in items]
        write("".join(_UNSAFE.sub(_escape, line) + "\n" for line in lines))


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


@attrs.frozen
class Column(Generic[T]):
    """A column of a table: as wide as *width*, or sharing what is left with the others by *share*."""

    title: str
    cell: Callable[[T], object]
    width: int | None = None
    share: int | None = None
    right: bool = False


class Table(Generic[T]):
    """A table that is written while its rows still come; with *most* only that many of them."""

    def __init__(self, columns: Sequence[Column[T]], *, most: int | None = None) -> None:
        import rich  # noqa: F401 - where it is missing, that is said before anything is asked

        self._columns = columns
        self._most = most
        self._written = 0

    def write(self, items: Sequence[T]) -> None:
        """Write a page."""
        shown = items if self._most is None else items[: max(0, self._most - self._written)]
        if shown:
            write(self._render(shown))
            self._written += len(shown)

    def _render(self, items: Sequence[T]) -> str:
        from rich import table as rich
        from rich.text import Text

        table = rich.Table(
            box=None,
            expand=True,
            pad_edge=False,
            padding=(0, 2, 0, 0),
            header_style="bold",
            show_header=not self._written,
        )
        for column in self._columns:
            table.add_column(
                Text(column.title),
                width=column.width,
                ratio=column.share,
                justify="right" if column.right else "left",
                no_wrap=True,
                overflow="ellipsis",
            )
        for item in items:
            table.add_row(*(Text(clean(_text(column.cell(item)))) for column in self._columns))
        return "".join(f"{line.rstrip()}\n" for line in _rendered(table).splitlines())


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def say(text: str, style: str = "") -> None:
    """Write a line to stdout, in a *style* where that can be shown."""
    from rich.text import Text

    write(_rendered(Text(text, style), wrap=False))


def _rendered(thing: RenderableType, *, wrap: bool = True) -> str:
    """What rich makes of *thing* for stdout. It never writes there itself: it ends the process when that is closed."""
    from rich.console import Console

    paper = io.StringIO()
    is_terminal = sys.stdout.isatty()
    is_free = is_terminal or "COLUMNS" in os.environ
    console = Console(
        file=paper,
        force_terminal=is_terminal or None,
        width=None if is_free else _WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )
    console.print(thing, soft_wrap=not wrap)
    return paper.getvalue()


class Counter:
    """A line on stderr that tells how far it is; it keeps out of the way, and of anything but a terminal."""

    def __init__(self) -> None:
        self._stream = sys.stderr if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else None

    def __enter__(self) -> Counter:
        return self

    def show(self, text: str) -> None:
        """Show *text* in place of what was there."""
        if self._stream is not None:
            write(f"\r\x1b[2K{text} … ", to=self._stream)

    def hide(self) -> None:
        """Take the line away."""
        if self._stream is not None:
            write("\r\x1b[2K", to=self._stream)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()
