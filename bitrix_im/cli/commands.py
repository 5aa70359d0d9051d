"""The commands: from typed arguments to a walk, and from the walk to rows."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import anyio
import attrs

from ..client import BitrixIM
from ..models import Chat, Message, RecentItem
from ..paging import Pager
from ..session.retry import Retry
from ..testing.command import CannotServe, serve
from . import columns, demo, doctor
from .output import Column, JsonLines, Rows, Table, count, write
from .problems import Problem
from .walk import Tally, walk

VARIABLE = "BITRIX_IM_WEBHOOK"

# Somebody sits before the screen: a network that is not there is told within seconds.
_PATIENCE = Retry(attempts=4, max_delay=1.0)

T = TypeVar("T")


@attrs.frozen
class _Listing(Generic[T]):
    """What a command lists: its noun, how to walk it, how to show it."""

    noun: str
    pager: Callable[[BitrixIM, Namespace], Pager[T]]
    columns: tuple[Column[T], ...]


def _recent(im: BitrixIM, given: Namespace) -> Pager[RecentItem]:
    return im.recent.list(
        last_message_date=given.last_message_date,
        skip_openlines=given.skip_openlines,
        skip_dialog=given.skip_dialog,
        skip_chat=given.skip_chat,
        skip_undistributed_openlines=given.skip_undistributed_openlines,
        unread_only=given.unread_only,
        only_copilot=given.only_copilot,
        only_channel=given.only_channel,
        can_manage_messages=given.can_manage_messages,
        parse_text=given.parse_text,
        get_original_text=given.get_original_text,
    )


def _search(im: BitrixIM, given: Namespace) -> Pager[Chat]:
    return im.search.chats(find_lines=given.text) if given.lines else im.search.chats(given.text)


def _history(im: BitrixIM, given: Namespace) -> Pager[Message]:
    return im.messages.history(given.dialog_id, before=given.before, after=given.after)


_LISTINGS: dict[str, _Listing[Any]] = {
    "recent": _Listing("dialog", _recent, columns.DIALOGS),
    "search": _Listing("chat", _search, columns.CHATS),
    "history": _Listing("message", _history, columns.MESSAGES),
}


def run(given: Namespace) -> None:
    """Do what the arguments ask for."""
    if given.command is None:
        raise Problem("expected a command: demo, portal, recent, search, history or doctor; see bitrix-im --help")
    if given.command == "demo":
        demo.run()
    elif given.command == "portal":
        try:
            serve(given)
        except CannotServe as error:
            raise Problem(str(error)) from None
    elif given.command == "doctor":
        with _webhook(given) as webhook:
            doctor.run(given, webhook, _PATIENCE)
    else:
        _list(given, _LISTINGS[given.command])


def _list(given: Namespace, listing: _Listing[Any]) -> None:
    rows: Rows[Any] = JsonLines() if given.json else Table(listing.columns)
    tally = Tally(listing.noun)
    try:
        with _webhook(given) as webhook:
            anyio.run(_walk, webhook, listing, given, rows, tally)
    except KeyboardInterrupt:
        raise Problem(f"stopped by Ctrl-C after {count(tally.items, tally.noun)}", 130) from None
    write(f"{tally}\n", to=sys.stderr)


async def _walk(webhook: str, listing: _Listing[Any], given: Namespace, rows: Rows[Any], tally: Tally) -> None:
    try:
        im = BitrixIM(webhook, retry=_PATIENCE)
        pager = listing.pager(im, given)
    except ValueError as error:
        raise Problem(str(error)) from None
    async with im:
        await walk(im, pager if given.limit is None else pager.limit(given.limit), rows, tally)


@contextmanager
def _webhook(given: Namespace) -> Iterator[str]:
    if given.demo:
        with demo.portal().serving() as webhook:
            yield webhook
        return
    webhook = (os.environ.get(VARIABLE, "") if given.webhook is None else given.webhook).strip()
    if not webhook:
        raise Problem(
            f"expected a webhook: set {VARIABLE} or pass --webhook, an inbound webhook's URL like "
            "https://acme.bitrix24.com/rest/1/SECRET/; without a portal at hand, try --demo"
        )
    if not webhook.isprintable():
        raise Problem("expected a webhook's URL, got characters that no address has")
    yield webhook
