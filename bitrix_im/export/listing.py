"""The list of dialogs: all of it once a day, else what has changed since the run before."""

from __future__ import annotations

from datetime import UTC, datetime

from ..client import BitrixIM
from ..convert import structure
from ..errors import AccessError, InvalidParameter
from ..models import RecentItem
from . import plan
from .ledger import Ledger
from .targets.base import Standing


async def list_dialogs(im: BitrixIM, ledger: Ledger) -> None:
    """Take the dialogs that are to be read, or may have changed."""
    since = plan.changed_since(ledger.wish, ledger.standing, datetime.now(UTC))
    if since is not None:
        await _changed(im, ledger, since)
    else:
        await _all(im, ledger)
        await _named(im, ledger)


async def _changed(im: BitrixIM, ledger: Ledger, since: datetime) -> None:
    """By im.recent.get: one answer, where hundreds of dialogs of one second do no harm."""
    reply = await im.call("im.recent.get", {"LAST_SYNC_DATE": since})
    for item in structure(reply.result, list[RecentItem], at="$.result"):
        if item.dialog_id in ledger.checkpoints or plan.is_listed(item):
            ledger.take_dialog(item, anyway=False)
    began = ledger.server_time(reply)
    if began is not None:
        ledger.writer.pile.standing = Standing(began, ledger.standing.whole_at)


async def _all(im: BitrixIM, ledger: Ledger) -> None:
    """By im.recent.list. Open lines that wait in the queue are nobody's dialogs yet."""
    wanted, began = ledger.wish.dialogs, None
    async for page in im.recent.list(skip_undistributed_openlines=True).pages():
        began = began or ledger.server_time(page.reply)
        for item in page.items:
            ledger.take_dialog(item, anyway=True)
        await ledger.writer.passed()
        ledger.tell()
        if wanted is not None and ledger.looks.keys() >= set(wanted):
            break
    if ledger.wish.is_all and began is not None:
        ledger.writer.pile.standing = Standing(began, began)


async def _named(im: BitrixIM, ledger: Ledger) -> None:
    """Dialogs that were asked for by name, and that the list does not show."""
    for name in ledger.wish.dialogs or ():
        if name in ledger.looks:
            continue
        try:
            chat = await im.dialogs.get(name)
        except (AccessError, InvalidParameter) as error:
            ledger.fail(name, error)
            continue
        kind = "user" if name.isdigit() else "chat"
        item = RecentItem(dialog_id=name, type=kind, chat_id=chat.id, title=chat.name, chat=chat)
        ledger.take_dialog(item, anyway=True)
