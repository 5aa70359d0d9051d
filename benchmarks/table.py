"""Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a line for each of *rows*."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _cell(value: object) -> str:
    text = "—" if value is None else str(value)
    return " ".join(text.replace("|", "\\|").split())


def number(value: float) -> str:
    """A count with its thousands apart."""
    return f"{value:,}"


def megabytes(size: float) -> str:
    return f"{size / 2**20:.0f} MB"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
