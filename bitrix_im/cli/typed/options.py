"""The options that commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import typer


class Connection(NamedTuple):
    """Which portal is asked: what was typed of it."""

    webhook: str | None
    profile: str | None
    demo: bool = False


def whole(least: int, most: int | None = None) -> Callable[[Any], int]:
    """Read a whole number within bounds."""
    bounds = f"{least}" if most is None else f"{least} to {most:,}"

    def read(value: str | int) -> int:
        text = str(value)  # a default is a number already
        if text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= (most or int(text)):
            return int(text)
        raise typer.BadParameter(f"expected a whole number from {bounds}, got {text!r}")

    return read


number = whole(1)


def date(text: str) -> datetime:
    """A date with or without a time; without a zone it is local."""
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.astimezone()
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"expected a date like 2026-07-01T12:00:00+03:00, got {text!r}") from None


def profile_names() -> list[str]:
    """The names of the profiles, for a shell."""
    from .. import profiles

    return profiles.names_for_completion()


WebhookOption = Annotated[
    str | None,
    typer.Option(
        "--webhook",
        metavar="URL",
        help="https://acme.bitrix24.com/rest/1/SECRET/; better in $BITRIX_IM_WEBHOOK or a profile",
        show_default=False,
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="the webhook that `profile add` stored; or $BITRIX_IM_PROFILE",
        autocompletion=profile_names,
        show_default=False,
    ),
]
DemoOption = Annotated[bool, typer.Option("--demo", help="the portal of bitrix-im demo instead of a real one")]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON object a line, nothing shortened")]
WrapOption = Annotated[
    bool, typer.Option("--wrap", help="show whole texts and all columns, on as many lines as needed")
]
LimitOption = Annotated[int | None, typer.Option("--limit", metavar="N", parser=number, help="stop after N")]
CursorOption = Annotated[
    str | None, typer.Option("--cursor", metavar="CURSOR", help="go on where a list stopped that named this cursor")
]
MarkOption = Annotated[
    str | None,
    typer.Option("--mark", metavar="FILE", help="keep there how far it got; the next time go on from there"),
]
