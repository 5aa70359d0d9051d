"""``demo``, ``portal`` and ``doctor``: to see it work, to test against, to find out why not."""

from __future__ import annotations

from argparse import Namespace
from typing import Annotated

import typer

from ..problems import Problem
from .options import Connection, ProfileOption, WebhookOption, number, whole


def demo() -> None:
    """See it work on a portal made up for it, in a few seconds."""
    from .. import demo

    demo.run()


def portal(
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="PORT", parser=whole(0, 65_535), help="a free one by default", show_default=False
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="decides the made-up world")] = 0,
    dialogs: Annotated[
        int, typer.Option("--dialogs", metavar="N", parser=whole(1, 10_000), help="in the recent list")
    ] = 60,
    messages: Annotated[
        int, typer.Option("--messages", metavar="N", parser=whole(0, 1_000_000), help="in the dialog that is named")
    ] = 120,
    unlimited: Annotated[bool, typer.Option("--unlimited", help="without the leaky bucket")] = False,
    no_oauth: Annotated[bool, typer.Option("--no-oauth", help="without an application and its tokens")] = False,
) -> None:
    """Serve a portal made up for tests, for any client of any language, until Ctrl-C."""
    from ...testing.command import CannotServe, serve

    chosen = Namespace(port=port, seed=seed, dialogs=dialogs, messages=messages, unlimited=unlimited, no_oauth=no_oauth)
    try:
        serve(chosen)
    except CannotServe as error:
        raise Problem(str(error)) from None


def doctor(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="a bot's; without it the user's own events", show_default=False),
    ] = None,
    token_env: Annotated[
        str | None, typer.Option("--token-env", metavar="NAME", help="the environment variable with the bot's token")
    ] = None,
    user_events: Annotated[bool, typer.Option("--user-events", help="the bot hears what the user hears, too")] = False,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="where events are posted to; without it the bot fetches them"),
    ] = None,
    wait: Annotated[int, typer.Option("--wait", metavar="SECONDS", parser=number, help="look again after that")] = 5,
    webhook: WebhookOption = None,
    profile: ProfileOption = None,
) -> None:
    """Say why no events arrive, and what to do. Nothing is changed."""
    from .. import doctor

    doctor.run(
        Connection(webhook, profile),
        doctor.Patient(code=code, token_env=token_env, user_events=user_events, url=url, wait=wait),
    )
