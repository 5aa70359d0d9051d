"""The count at the end of a run: whether as many messages are stored as the portal says that there are."""

from __future__ import annotations

from functools import partial
from heapq import nlargest

from ..client import BitrixIM
from ..rest.batch import MAX_COMMANDS
from ..rest.call import Call, Reply
from ..rest.decode import read_count
from .ledger import Ledger
from .targets.base import Target


async def count(im: BitrixIM, ledger: Ledger, target: Target) -> None:
    """Compare the longest dialogs that this run has read from end to end with what is stored of them: one request.

    One that has changed meanwhile tells nothing. Other numbers need not mean that something is missing: the portal's
    ``message_count`` includes what was written before the user joined.
    """
    whole = ledger.whole
    names = nlargest(MAX_COMMANDS, whole, key=lambda name: whole[name][0])
    if not names:
        return
    await ledger.writer.settle()
    stored = await ledger.writer.ask(partial(target.counts, names))
    calls = {f"c{index}": Call("im.dialog.get", {"DIALOG_ID": name}) for index, name in enumerate(names)}
    outcomes = await im.batch(calls)
    for name, outcome in zip(names, outcomes.values(), strict=True):
        told = outcome.result if isinstance(outcome, Reply) and isinstance(outcome.result, dict) else {}
        counted, newest = read_count(told.get("message_count")), read_count(told.get("last_message_id"))
        there = stored[name] + whole[name][1]
        if counted is not None and newest == ledger.checkpoints[name].highest and counted != there:
            ledger.meter.mismatched[name] = (there, counted)
