"""Lists: from what was typed to a walk, and from the walk to rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import anyio
import attrs

from ..client import BitrixIM
from ..errors import BitrixError
from ..paging import Pager
from . import columns, problems, streams
from .connect import client, webhook_of
from .output import Column, JsonLines, Rows, Table
from .problems import Problem
from .texts import count
from .typed.options import Connection
from .walk import Tally, walk

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Shown:
    """How much of a list is shown, and how."""

    json: bool
    wrap: bool
    limit: int | None
    cursor: str | None

    def rows(self, columns: tuple[Column[Any], ...]) -> Rows[Any]:
        """Where the items go. Raises `Unwritable` where that is nowhere."""
        streams.check()
        return JsonLines() if self.json else Table(columns, wrap=self.wrap)


@attrs.frozen
class _Listing(Generic[T]):
    """What a command lists: its noun, how to walk it, how to show it."""

    noun: str
    columns: tuple[Column[T], ...]
    pager: Callable[[BitrixIM], Pager[T]]


def recent(connection: Connection, shown: Shown, filters: Mapping[str, Any]) -> None:
    """List the recent dialogs."""
    _list(connection, shown, _Listing("dialog", columns.DIALOGS, lambda im: im.recent.list(**filters)))


def search(connection: Connection, shown: Shown, text: str, *, lines: bool) -> None:
    """List the chats that match."""

    def pager(im: BitrixIM) -> Pager[Any]:
        return im.search.chats(find_lines=text) if lines else im.search.chats(text)

    _list(connection, shown, _Listing("chat", columns.CHATS, pager))


def history(connection: Connection, shown: Shown, dialog_id: str, before: int | None, after: int | None) -> None:
    """List the messages of a dialog."""

    def pager(im: BitrixIM) -> Pager[Any]:
        return im.messages.history(dialog_id, before=before, after=after)

    _list(connection, shown, _Listing("message", columns.MESSAGES, pager))


def _list(connection: Connection, shown: Shown, listing: _Listing[Any]) -> None:
    rows = shown.rows(listing.columns)
    tally = Tally(listing.noun, cursor=shown.cursor)
    try:
        with webhook_of(connection) as webhook:
            anyio.run(_walk, webhook, listing, shown, rows, tally)
    except KeyboardInterrupt:
        raise Problem(f"stopped by Ctrl-C after {count(tally.items, tally.noun)}{tally.way_on}", 130) from None
    streams.tell(str(tally))
    if tally.cursor:
        streams.tell(f"there is more: --cursor {tally.cursor}")


async def _walk(webhook: str, listing: _Listing[Any], shown: Shown, rows: Rows[Any], tally: Tally) -> None:
    try:
        im = client(webhook)
        pager = listing.pager(im).resume(shown.cursor)
    except (ValueError, BitrixError) as error:
        raise Problem(str(error)) from None
    async with im:
        try:
            await walk(im, pager if shown.limit is None else pager.limit(shown.limit), rows, tally)
        except BitrixError as error:
            problem = problems.of(error)
            raise Problem(f"{problem}{tally.way_on if tally.items else ''}", problem.code) from None
