"""What lists write: tables for people, JSON lines for programs, a counter while it takes time."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import attrs

from . import streams
from .texts import clean, escaped

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

_WIDTH = 100  # of tables that go to no terminal
_NARROW = 70  # below, whole texts stand one field a line


class Rows(Protocol[T_contra]):
    """Where items go, page by page."""

    def write(self, items: Sequence[T_contra]) -> None:
        """Write a page."""
        ...


class HasDict(Protocol):
    """Models and events."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values; the keys never depend on them."""
        ...


def json_line(value: object) -> str:
    """*value* as one line of JSON, in the letters that stdout can show."""
    is_utf_8 = codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name == "utf-8"
    return escaped(json.dumps(value, ensure_ascii=not is_utf_8)) + "\n"


class JsonLines:
    """One JSON object a line: what an item's ``to_dict`` gives."""

    def write(self, items: Sequence[HasDict]) -> None:
        """Write a page."""
        streams.write("".join(json_line(item.to_dict()) for item in items))


@attrs.frozen
class Column(Generic[T]):
    """A column of a table: as wide as *width*, or sharing what is left with the others by *share*.

    One that can be missed stands only where the terminal has *room* columns or more.
    """

    title: str
    cell: Callable[[T], object]
    width: int | None = None
    share: int | None = None
    right: bool = False
    room: int = 0


class Table(Generic[T]):
    """A table that is written while its rows still come; with *most* only that many of them.

    Every row is one line, cut where the terminal ends. With *wrap* nothing is cut and no column is missing: texts go on
    in the lines below, and where the terminal is narrow each field has lines of its own.
    """

    def __init__(self, columns: Sequence[Column[T]], *, most: int | None = None, wrap: bool = False) -> None:
        import rich  # noqa: F401 - where it is missing, that is said before anything is asked

        self._columns = columns
        self._most = most
        self._wrap = wrap
        self._written = 0

    def write(self, items: Sequence[T]) -> None:
        """Write a page."""
        shown = items if self._most is None else items[: max(0, self._most - self._written)]
        if shown:
            console = _console()
            thing = self._cards(shown) if self._wrap and console.width < _NARROW else self._table(shown, console.width)
            lines = _rendered(thing, console).splitlines()
            streams.write("".join(f"{line.rstrip()}\n" for line in lines))
            self._written += len(shown)

    def _table(self, items: Sequence[T], width: int) -> RenderableType:
        from rich import table as rich
        from rich.text import Text

        columns = [column for column in self._columns if self._wrap or width >= column.room]
        table = rich.Table(
            box=None,
            expand=True,
            pad_edge=False,
            padding=(0, 2, 0, 0),
            header_style="bold",
            show_header=not self._written,
        )
        for column in columns:
            table.add_column(
                Text(column.title),
                width=column.width,
                ratio=column.share,
                justify="right" if column.right else "left",
                no_wrap=not self._wrap,
                overflow="fold" if self._wrap else "ellipsis",
            )
        for item in items:
            table.add_row(*(Text(self._cell(column, item)) for column in columns))
        return table

    def _cards(self, items: Sequence[T]) -> RenderableType:
        from rich import table as rich
        from rich.text import Text

        grid = rich.Table.grid(padding=(0, 2, 0, 0), expand=True)
        grid.add_column(style="bold", no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        for item in items:
            for column in self._columns:
                if cell := self._cell(column, item):
                    grid.add_row(column.title, Text(cell))
            grid.add_row()
        return grid

    def _cell(self, column: Column[T], item: T) -> str:
        text = _text(column.cell(item))
        if not self._wrap:
            return clean(text)
        return "\n".join(clean(line, longest=None) for line in text.splitlines())


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def say(text: str, style: str = "") -> None:
    """Write a line to stdout, in a *style* where that can be shown."""
    from rich.text import Text

    streams.write(_rendered(Text(text, style), _console(), wrap=False))


def _console() -> Console:
    """What stands for stdout. Rich never writes there itself: it ends the process when that is closed."""
    from rich.console import Console

    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    is_free = is_terminal or "COLUMNS" in os.environ
    return Console(
        file=io.StringIO(),
        force_terminal=is_terminal or None,
        width=None if is_free else _WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )


def _rendered(thing: RenderableType, console: Console, *, wrap: bool = True) -> str:
    with console.capture() as captured:
        console.print(thing, soft_wrap=not wrap)
    return captured.get()


class Counter:
    """A line on stderr that tells how far it is; it keeps out of the way, and of anything but a terminal."""

    def __init__(self) -> None:
        self.is_shown = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Counter:
        return self

    def show(self, text: str, end: str = " … ") -> None:
        """Show *text* in place of what was there."""
        if self.is_shown:
            streams.show(f"\r\x1b[2K{text}{end}")

    def hide(self) -> None:
        """Take the line away."""
        if self.is_shown:
            streams.show("\r\x1b[2K")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()
