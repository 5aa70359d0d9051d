"""``send``, ``call``, ``events`` and ``watch``: one thing done, or what happens as it happens."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import (
    Connection,
    JsonOption,
    LimitOption,
    MarkOption,
    ProfileOption,
    WebhookOption,
    WrapOption,
)


def send(
    dialog_id: Annotated[str, typer.Argument(metavar="DIALOG", help="chat12, sg3 or a user's id", show_default=False)],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="with BB codes; - reads stdin", show_default=False)],
    key: Annotated[
        str | None,
        typer.Option(
            "--key", metavar="KEY", help="any text: sending again with the same one, within a month, does nothing"
        ),
    ] = None,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
    json: Annotated[bool, typer.Option("--json", help="the id as a JSON object")] = False,
) -> None:
    """Send a message and print its id."""
    from .. import sending

    sending.send(Connection(webhook, profile), dialog_id, text, key=key, json=json)


def call(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="like im.dialog.get", show_default=False)],
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="like DIALOG_ID=chat1489", show_default=False),
    ] = None,
    params: Annotated[
        str | None, typer.Option("--params", metavar="JSON", help="an object instead of KEY=VALUE; - reads stdin")
    ] = None,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
) -> None:
    """Call any REST method and print its result as JSON."""
    from .. import sending

    sending.call(Connection(webhook, profile), method, values or [], params)


def events(
    limit: LimitOption = None,
    mark: MarkOption = None,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
    wrap: WrapOption = False,
) -> None:
    """Print what happens in the user's dialogs until Ctrl-C.

    One consumer a user: what is heard here is confirmed for any other, too. `watch` leaves the event queue alone.
    """
    from .. import hearing

    hearing.events(Connection(webhook, profile), limit=limit, mark=mark, json=json, wrap=wrap)


def watch(
    dialogs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DIALOG]...", help="only these dialogs; without one: all", show_default=False),
    ] = None,
    limit: LimitOption = None,
    mark: MarkOption = None,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
    wrap: WrapOption = False,
) -> None:
    """Print new messages until Ctrl-C, on any portal, for any number of watchers."""
    from .. import hearing

    hearing.watch(Connection(webhook, profile), dialogs or None, limit=limit, mark=mark, json=json, wrap=wrap)
