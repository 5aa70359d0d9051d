"""``profile``: webhooks by name, in a file that only their owner can read."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import JsonOption, profile_names

app = typer.Typer(help="Keep webhooks by name, in a file that only you can read.", rich_markup_mode=None)

_Name = Annotated[
    str,
    typer.Argument(metavar="NAME", autocompletion=profile_names, help="letters, digits, - _ and .", show_default=False),
]


@app.command("add")
def add(name: _Name) -> None:
    """Store a webhook under a name: it asks for the URL, or reads it from stdin."""
    from .. import profiles

    profiles.add(name)


@app.command("list")
def show(json: JsonOption = False) -> None:
    """List the names and the portals, never a secret."""
    from .. import profiles

    profiles.show(json=json)


@app.command("remove")
def remove(name: _Name) -> None:
    """Forget a webhook. On the portal it stays: delete it there, too, if nobody needs it."""
    from .. import profiles

    profiles.remove(name)
