"""A dry run: how many requests and how long an export would take, about, for the price of a few."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from ..client import BitrixIM
from ..rest.batch import MAX_COMMANDS
from ..rest.call import Call, Reply
from ..rest.decode import read_count
from .plan import Way
from .report import ExportReport

_PAGE = 50  # messages


async def estimate(im: BitrixIM, ways: Sequence[Way]) -> ExportReport:
    """Judge by the message counts of some dialogs, spread over all of them."""
    first = [way for way in ways if not way.after]
    sample = first[:: max(1, ceil(len(first) / MAX_COMMANDS))][:MAX_COMMANDS]
    counts: list[int] = []
    if sample:
        calls = {f"c{index}": Call("im.dialog.get", {"DIALOG_ID": way.dialog_id}) for index, way in enumerate(sample)}
        outcomes = (await im.batch(calls)).values()
        counts = [_count(outcome) for outcome in outcomes if isinstance(outcome, Reply)]
    messages = round(sum(counts) / len(counts) * len(first)) if counts else 0
    pages = len(ways) - len(first)  # what is new is one page, mostly
    pages += round(sum(1 + count // _PAGE for count in counts) / len(counts) * len(first)) if counts else len(first)
    requests = ceil(pages / MAX_COMMANDS)
    limits = im.limits
    seconds = max(0.0, requests - limits.burst) / limits.rate if requests > limits.burst else 0.0
    return ExportReport(dialogs=len(ways), messages=messages, requests=requests, elapsed=seconds, dry_run=True)


def _count(reply: Reply) -> int:
    return (read_count(reply.result.get("message_count")) if isinstance(reply.result, dict) else None) or 0
