"""Who travels together: fifty commands at most, no longer than the server allows, and nobody too late. Sans-I/O."""

from __future__ import annotations

from collections.abc import Iterable

from .estimates import Estimates
from .unit import Unit

_LONGEST = 25.0  # seconds that a batch's commands may be expected to run: the server cuts a request at 60 s
_HEAD = 25  # commands that a window of a walk keeps in any case while single calls wait
# An answer that comes a little late is lost, and the portal's work with it: expect a request to take this much longer.
_MARGIN = 1.05
_SPARE_TRIPS = 2  # who can wait for the next request must have time for it, and for a slower one


def company(head: Unit, others: Iterable[Unit], singles: int, estimates: Estimates) -> list[Unit]:
    """*head*, shortened where it must be, and those of *others* that fit into one batch with it, in their order.

    *singles* is how many single calls wait: a window makes room for them.
    """
    most = head.trials.most
    if len(head.calls) > _HEAD and singles:
        most = max(_HEAD, most - singles)
    del head.calls[most:]
    work = estimates.work(head.calls)
    while len(head.calls) > 1 and work > _LONGEST:
        work -= estimates.work([head.calls.pop()])
    taken, commands, most = [head], len(head.calls), head.trials.most
    for unit in others:
        if commands >= most:
            break
        more, room = estimates.work(unit.calls), min(most, unit.trials.most)
        if unit is not head and commands + len(unit.calls) <= room and work + more <= _LONGEST:
            taken.append(unit)
            commands, work, most = commands + len(unit.calls), work + more, room
    return taken


def in_time(taken: list[Unit], now: float, gap: float, estimates: Estimates) -> list[Unit]:
    """*taken* without those who must stay for the tightest to be answered in time; *gap* seconds to the next request.

    Who can wait for the next request stays; then the head's window gives calls back; else the tightest itself stays.
    To shorten the batch from its end would be kinder to the tightest, and ruin the rest: the oldest has the least time,
    so batches would shrink to one call each, while all others grow old.
    """
    head, seconds = taken[0], estimates.trip + sum(estimates.work(unit.calls) for unit in taken)
    while len(taken) > 1:
        tightest = min(taken, key=lambda unit: _end(unit, now))
        if now + _MARGIN * seconds <= _end(tightest, now):
            break
        patient = [unit for unit in taken[1:] if unit.deadline > now + gap + _SPARE_TRIPS * seconds]
        if len(head.calls) > 1 and not patient:
            seconds -= estimates.work([head.calls.pop()])
            continue
        left = patient[-1] if patient else tightest
        taken.remove(left)
        seconds -= estimates.work(left.calls)
    return taken


def _end(unit: Unit, now: float) -> float:
    """When its caller stops waiting for a request that leaves now."""
    return min(unit.deadline, now + unit.timeout)
