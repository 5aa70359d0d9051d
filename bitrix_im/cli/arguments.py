"""The command line: what can be typed."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import datetime
from typing import Any, NoReturn

from .. import __version__
from ..testing.command import add_arguments
from .problems import Problem

_EXAMPLES = """\
examples:
  bitrix-im demo
  bitrix-im recent --unread-only --limit 20 --webhook https://acme.bitrix24.com/rest/1/SECRET/
  bitrix-im search Project --json | jq .name
  bitrix-im history chat1489 --after 84869 --json > messages.jsonl
  bitrix-im doctor support --token-env BOT_TOKEN

The webhook is best kept in the environment variable BITRIX_IM_WEBHOOK: other users of the machine can read arguments.
"""

_WEBHOOK = "like https://acme.bitrix24.com/rest/1/SECRET/; default: $BITRIX_IM_WEBHOOK"

_FILTERS = {
    "--skip-openlines": "no open lines",
    "--skip-dialog": "no private dialogs",
    "--skip-chat": "no chats",
    "--skip-undistributed-openlines": "no open lines that wait in the queue",
    "--unread-only": "only dialogs with unread messages",
    "--only-copilot": "only BitrixGPT chats",
    "--only-channel": "only channels",
    "--can-manage-messages": "only chats where messages may be sent",
    "--parse-text": "texts with their BB codes made into text",
    "--get-original-text": "texts as they were written",
}


class _Parser(ArgumentParser):
    """A parser whose errors are one line and end nothing."""

    def error(self, message: str) -> NoReturn:
        raise Problem(f"{message}; see {self.prog} --help")


def parser() -> ArgumentParser:
    """The parser of the whole command."""
    root = _Parser(
        prog="bitrix-im",
        description="Bitrix24 dialogs, chats and messages in a terminal or a pipe.",
        epilog=_EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    root.add_argument("--version", action="version", version=f"bitrix-im {__version__}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND")

    _add(commands, "demo", "see it work on a portal made up for it, in a few seconds")

    portal = _add(commands, "portal", "serve a portal made up for tests, for any client of any language, until Ctrl-C")
    add_arguments(portal)

    recent = _add(commands, "recent", "the recent dialogs: pinned first, then by last activity", lists=True)
    filters = recent.add_argument_group("filters")
    for flag, text in _FILTERS.items():
        filters.add_argument(flag, action="store_true", help=text)
    filters.add_argument(
        "--last-message-date",
        metavar="DATE",
        type=_date,
        help="last active at DATE or before it, e.g. 2026-07-01 or 2026-07-01T12:00:00+03:00 (without a zone: local)",
    )

    search = _add(commands, "search", "the chats whose title or members match, newest chat first", lists=True)
    search.add_argument("text", metavar="TEXT", help="2 characters or more")
    search.add_argument("--lines", action="store_true", help="search open lines instead")

    history = _add(commands, "history", "the messages of a dialog, newest first", lists=True)
    history.add_argument("dialog_id", metavar="DIALOG", help="chat12, sg3 or a user's id")
    ends = history.add_mutually_exclusive_group()
    ends.add_argument("--before", metavar="ID", type=_number, help="only messages before this one")
    ends.add_argument("--after", metavar="ID", type=_number, help="only messages after this one, oldest first")

    doctor = _add(commands, "doctor", "say why no events arrive, and what to do; nothing is changed")
    doctor.add_argument("code", metavar="CODE", nargs="?", help="a bot's; without it the user's own events")
    doctor.add_argument("--token-env", metavar="NAME", help="the environment variable that holds the bot's token")
    doctor.add_argument("--user-events", action="store_true", help="the bot hears what the user hears, too")
    doctor.add_argument("--url", metavar="URL", help="where events are posted to; without it the bot fetches them")
    doctor.add_argument("--wait", metavar="SECONDS", type=_number, default=5, help="look again after SECONDS (5)")
    doctor.add_argument("--webhook", metavar="URL", help=_WEBHOOK)
    doctor.set_defaults(demo=False)
    return root


def _add(commands: Any, name: str, text: str, *, lists: bool = False) -> ArgumentParser:
    command: ArgumentParser = commands.add_parser(name, help=text, description=f"List {text}.", allow_abbrev=False)
    if not lists:
        command.description = text.capitalize() + "."
        return command
    portal = command.add_mutually_exclusive_group()
    portal.add_argument("--webhook", metavar="URL", help=_WEBHOOK)
    portal.add_argument("--demo", action="store_true", help="the portal of bitrix-im demo instead of a real one")
    command.add_argument("--limit", metavar="N", type=_number, help="stop after N")
    command.add_argument("--json", action="store_true", help="one JSON object a line, nothing shortened")
    return command


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text)):
        raise ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _date(text: str) -> datetime:
    try:
        date = datetime.fromisoformat(text)
        return date if date.tzinfo else date.astimezone()
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"expected a date like 2026-07-01T12:00:00+03:00, got {text!r}") from None
