"""The whole command: its commands in the order of its help, and running what was typed."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from ... import __version__
from ..problems import Problem
from ..streams import Unwritable
from . import lists, messages, pipelines, profile, tools

_EXAMPLES = """\
\b
Examples:
  bitrix-im demo
  bitrix-im profile add acme
  bitrix-im recent --profile acme --unread-only
  bitrix-im search Project --json | jq .name
  bitrix-im history chat1489 --after 84869 --json
  bitrix-im export acme.duckdb --recheck 7d
  bitrix-im report acme.duckdb -o report.html
  bitrix-im doctor support --token-env BOT_TOKEN

A webhook is best kept in a profile, or in the environment variable BITRIX_IM_WEBHOOK: other users of the machine can
read arguments.

Exit codes: 0 done, 2 not done (one line says why), 3 done in part, 130 interrupted.
"""

app = typer.Typer(
    name="bitrix-im",
    help="Bitrix24 dialogs, chats and messages in a terminal, a pipe or a file.",
    epilog=_EXAMPLES,
    rich_markup_mode=None,  # plain help reads well in 40 columns, and comes at once
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bitrix-im {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="say it and stop")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        raise Problem(f"expected a command: {', '.join(_COMMANDS)} or profile; see bitrix-im --help")


_COMMANDS: dict[str, Callable[..., None]] = {
    "demo": tools.demo,
    "recent": lists.recent,
    "search": lists.search,
    "history": lists.history,
    "send": messages.send,
    "call": messages.call,
    "events": messages.events,
    "watch": messages.watch,
    "export": pipelines.export,
    "report": pipelines.report,
    "portal": tools.portal,
    "doctor": tools.doctor,
}
for _name, _function in _COMMANDS.items():
    app.command(_name)(_function)
app.add_typer(profile.app, name="profile")


def run(words: Sequence[str]) -> None:
    """Do what was typed. Raises `Problem`, and whatever keeps it from being done."""
    command = typer.main.get_command(app)
    if "_BITRIX_IM_COMPLETE" in os.environ:
        command.main([], prog_name="bitrix-im")  # answers the shell and exits
    try:
        with command.make_context("bitrix-im", list(words)) as context:
            command.invoke(context)
    except typer.Exit as end:
        if end.exit_code:
            raise Problem("", end.exit_code) from None
    except OSError as error:
        if traceback.extract_tb(error.__traceback__)[-1].name == "echo":  # typer's own, of help and version
            raise Unwritable(error) from None
        raise
    except (typer.Abort, EOFError):
        raise Problem("nothing was entered") from None
    except Exception as error:
        if (said := getattr(error, "format_message", None)) is None:
            raise
        where = getattr(getattr(error, "ctx", None), "command_path", "bitrix-im")
        raise Problem(f"{said()[:1].lower()}{said()[1:].rstrip('.')}; see {where} --help") from None
