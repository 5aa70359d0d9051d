"""``export`` and ``report``: a portal in files and tables, and a page about it."""

from __future__ import annotations

import re
from datetime import timedelta, tzinfo
from typing import Annotated, Any

import typer

from .options import Connection, DemoOption, ProfileOption, WebhookOption, date

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="acme.duckdb, acme.sqlite, a folder of Parquet (parquet:acme) or of JSON Lines (jsonl:acme)",
        show_default=False,
    ),
]


def _lasting(text: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    if not found or not int(found[1]):
        raise typer.BadParameter(f"expected a time like 7d, 36h, 90m or 2w, got {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _zone(name: str | tzinfo) -> tzinfo:
    from zoneinfo import ZoneInfo

    if isinstance(name, tzinfo):
        return name
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise typer.BadParameter(f"expected a time zone like Europe/Berlin, got {name!r}") from None


def export(
    target: _Target,
    dialog: Annotated[
        list[str] | None, typer.Option("--dialog", metavar="ID", help="only this dialog; may be repeated")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="only private, chat, lines, channel, …; may be repeated"),
    ] = None,
    since: Annotated[
        Any, typer.Option("--since", metavar="DATE", parser=date, help="only messages from then on")
    ] = None,
    recheck: Annotated[
        Any,
        typer.Option(
            "--recheck",
            metavar="TIME",
            parser=_lasting,
            help="look again for edits and deletions of the last 7d, 36h, …",
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="begin anew: what was exported there is replaced")] = False,
    files: Annotated[bool, typer.Option("--files", help="the bytes of files, too")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="estimate requests and time, write nothing")] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON object of totals on stdout")] = False,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
    demo: DemoOption = False,
) -> None:
    """Export dialogs, messages, users and files into a database or a folder.

    A run that was stopped, by whatever, is gone on with by the next; one that was not reads what is new since.
    """
    from .. import exporting

    exporting.run(
        Connection(webhook, profile, demo),
        target,
        json=json,
        dialogs=dialog or None,
        kinds=kind or None,
        since=since,
        recheck=recheck,
        full=full,
        files=files,
        dry_run=dry_run,
    )


def report(
    target: _Target,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="the page")] = "report.html",
    zone: Annotated[
        Any,
        typer.Option("--zone", metavar="ZONE", parser=_zone, help="the clock of days and hours, like Europe/Berlin"),
    ] = "UTC",
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="instead of the portal's name", show_default=False)
    ] = None,
) -> None:
    """Make one page about an exported portal: who writes, where, when, and how soon others answer."""
    from .. import reporting

    reporting.run(target, output, zone=zone, title=title)
