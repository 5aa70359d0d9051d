"""The messages of the dialogs, each along its way, and the people who wrote them."""

from __future__ import annotations

from collections.abc import Iterable

from ..client import BitrixIM
from .ledger import Ledger
from .plan import Reading, Way
from .targets.base import Target

_USERS = 500  # ids of one call


async def read(im: BitrixIM, ledger: Ledger, ways: Iterable[Way], *, ends: bool) -> None:
    """Read the ways; where that *ends* it, the dialogs are done."""
    open_ways = {way.dialog_id: way for way in ways}
    readings: dict[str, Reading] = {}
    bulk = im.messages.bulk(
        list(open_ways),
        after={name: way.after for name, way in open_ways.items()},
        before={name: way.before for name, way in open_ways.items() if way.before is not None},
    )
    async for page in bulk:
        name = page.dialog_id
        if name not in open_ways:
            continue  # it was skipped, and this was under way
        reading = readings.get(name)
        if reading is None:
            reading = readings[name] = Reading(open_ways[name], ledger.checkpoints[name], ledger.wish.since)
        kept, checkpoint = reading.take(page.messages, ledger.server_now)
        if page.before is None:
            checkpoint = None  # not known yet to be whole down to here
        ledger.take_messages(name, kept)
        ledger.meter.messages += sum(map(reading.is_new, kept))
        is_over = page.done or reading.is_over
        if page.error is not None:
            ledger.fail(name, page.error)
        elif is_over:
            checkpoint = reading.end(ledger.looks.get(name))
            if reading.whole is not None:
                ledger.whole[name] = reading.whole
            if reading.way.compares:
                ledger.writer.pile.compared[name] = (reading.way.after, reading.found)
        if checkpoint is not None:
            ledger.keep(checkpoint)
        if is_over:
            if not page.done:
                bulk.skip(name)
            del readings[name], open_ways[name]
            ledger.meter.dialogs += ends
        await ledger.writer.passed()
        ledger.tell()


async def missing_users(im: BitrixIM, ledger: Ledger, target: Target) -> None:
    """Ask for those who wrote, and whom no page has shown."""
    absent = ledger.absent - ledger.users
    if absent:
        absent -= await ledger.writer.ask(target.users)
    ids = sorted(absent)
    for start in range(0, len(ids), _USERS):
        for user in await im.users.list(ids[start : start + _USERS]):
            ledger.take_user(user)
