"""``bitrix-im demo``: the main job, on a portal made up for it, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import attrs

from .. import __version__
from ..client import BitrixIM
from ..models import Chat, Message, RecentItem
from ..paging import Pager
from . import columns
from .output import Column, Table, say
from .problems import Problem
from .walk import Tally, walk

if TYPE_CHECKING:
    from ..testing import Portal

T = TypeVar("T")

_ROWS = 6  # shown of each list
_NOW = datetime(2026, 3, 4, 10, 0, tzinfo=timezone(timedelta(hours=3)))  # the demo says the same every time


def portal() -> Portal:
    """The demo's portal: the same one every time."""
    from ..testing import Portal

    return Portal(seed=24, epoch=_NOW).populate(dialogs=160, found=("Project", 120), messages=280, unread=60)


def run() -> None:
    """Show it all."""
    made_up = portal()
    with made_up.serving() as webhook:
        anyio.run(_show_all, made_up, webhook)


async def _show_all(portal: Portal, webhook: str) -> None:
    say(f"bitrix-im {__version__}: a portal made up for this demo answers on 127.0.0.1, over HTTP,")
    say("with the habits and the limits of a real one. While its lists are read, other people go on writing.")
    async with BitrixIM(webhook) as im:
        show = _Demo(im)
        others = _Others(portal)

        code = "async for dialog in im.recent.list(page_size=50):"
        dialogs = await show.list(_DIALOGS, code, im.recent.list(page_size=50))
        others.stop()
        _check("dialogs", dialogs, [*portal.visible_dialogs(), *portal.queue_lines()])
        say(f"Meanwhile {others.risen} of them rose from the end to the top, {others.hidden} was hidden: none is lost.")

        code = 'async for chat in im.search.chats("Project"):'
        chats = await show.list(_CHATS, code, im.search.chats("Project"))
        _check("chats", chats, portal.found_chats("Project"))

        name = portal.showcase
        code = f'async for message in im.messages.history("{name}"):  # newest first'
        messages = await show.list(_MESSAGES, code, im.messages.history(name))
        _check("messages", messages, portal.visible_messages(name))

        last = messages[-1]
        code = f'async for message in im.messages.history("{name}", after={last}).limit({_ROWS}):  # oldest first'
        await show.list(_MESSAGES, code, im.messages.history(name, after=last).limit(_ROWS))
    say("")
    say(f"Done: {show.total}. Everything came, and came once.", "bold")
    say("Next, on a portal of your own: export BITRIX_IM_WEBHOOK=https://acme.bitrix24.com/rest/1/SECRET/")
    say("                               bitrix-im recent")


@attrs.frozen
class _Kind(Generic[T]):
    """What is listed, and how it is shown."""

    noun: str
    columns: Sequence[Column[T]]
    key: Callable[[T], Any]


_DIALOGS: _Kind[RecentItem] = _Kind("dialog", columns.DIALOGS, lambda dialog: dialog.dialog_id)
_CHATS: _Kind[Chat] = _Kind("chat", columns.CHATS, lambda chat: chat.id)
_MESSAGES: _Kind[Message] = _Kind("message", columns.MESSAGES, lambda message: message.id)


class _Demo:
    """One section after the other, and all of them added up."""

    def __init__(self, im: BitrixIM) -> None:
        self._im = im
        self.total = Tally("item")

    async def list(self, kind: _Kind[T], code: str, pager: Pager[T]) -> list[Any]:
        """Show the first rows of a list and count them all; return their keys."""
        say("")
        say(code, "bold cyan")
        rows = _Rows(Table(kind.columns, most=_ROWS), kind.key)
        tally = Tally(kind.noun)
        await walk(self._im, pager, rows, tally)
        rest = tally.items - _ROWS
        say(f"… and {rest} more: {tally}" if rest > 0 else str(tally), "dim")
        self.total += tally
        return rows.keys


@attrs.define
class _Rows(Generic[T]):
    """A table, and the keys of all that went there."""

    _table: Table[T]
    _key: Callable[[T], Any]
    keys: list[Any] = attrs.field(factory=list)

    def write(self, items: Sequence[T]) -> None:
        """Write a page."""
        self._table.write(items)
        self.keys += map(self._key, items)


class _Others:
    """The other people of the portal: before the second page they write in dialogs at the list's end and hide one."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._pages = 0
        self.risen = self.hidden = 0
        portal.before_command = self._interfere

    def _interfere(self, method: str, params: dict[str, Any]) -> None:
        self._pages += 1
        if self._pages == 2:
            dialogs = self._portal.visible_dialogs()
            for dialog_id in dialogs[-3:]:
                self._portal.post(dialog_id, "Are you still there?")
                self.risen += 1
            self._portal.hide(dialogs[10])
            self.hidden += 1

    def stop(self) -> None:
        """Leave the portal alone."""
        self._portal.before_command = None


def _check(noun: str, came: Sequence[Any], there: Iterable[Any]) -> None:
    """Compare with what the portal knows. Raises `Problem`."""
    missing, doubled = set(there) - set(came), len(came) - len(set(came))
    if missing or doubled:
        raise Problem(f"the demo failed: {len(missing)} {noun} are missing, {doubled} came twice", 1)
