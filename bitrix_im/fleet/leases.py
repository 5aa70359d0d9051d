"""Who owns which portal: what the workers of a fleet ask of the place where they meet, and the rules it answers by.

A lease is a worker's: while it asks in time, the portals under its name stay its own, so that keeping thousands costs
no more than keeping one. `exchange` plays the rules on what was kept in a file; ``leases.lua`` plays the same inside a
Redis server, and a test holds the two together. The clock is that of the place. Sans-I/O.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

KEPT_FOR = 86_400.0
"""Seconds until a fleet of which nobody asks is forgotten; longer than any lease."""


@attrs.frozen
class Ask:
    """What a worker sends: it lives, and what it wants."""

    worker: str
    """Its name: a random one."""
    number: int
    """Rising: what arrives late changes nothing."""
    lease: float
    """Seconds that it may be silent."""
    portals: int
    """How many it was told of; 0 where it is about to leave."""
    missing: int
    """How many more it should own."""
    known: int
    """The `Answer.version` that it knows; -1 for none."""
    take: tuple[str, ...] = ()
    """Portals that it wants, where nobody owns them."""
    keep: tuple[str, ...] = ()
    """Those that it has held all the time, by its own clock, for a place that has forgotten that."""
    give: tuple[str, ...] = ()
    """Those that it owns no longer: its work there has ended."""
    leaves: bool = False
    """Whether this was its last word."""


@attrs.frozen
class Worker:
    """One of the fleet, as the others see it."""

    name: str
    portals: int
    missing: int


@attrs.frozen
class Answer:
    """What comes back."""

    version: int
    """Rises with each change of an owner."""
    was_known: bool
    """Whether this worker's lease was still good. If not, it was only written down: all else must be asked again."""
    is_quiet: bool
    """Whether nobody may take anything yet: the place is new, and somebody may own what it has never heard of."""
    workers: tuple[Worker, ...]
    """All of the fleet, who joined first in front."""
    owners: dict[str, str] | None
    """Portal → worker; None where the version is known."""


@attrs.define
class Row:
    """What is kept of a worker."""

    until: float
    """When its lease ends."""
    number: int
    joined: int
    lease: float
    portals: int
    missing: int


@attrs.define
class Kept:
    """What is kept of a fleet."""

    version: int = 0
    joins: int = 0
    born: float = 0.0
    """Since when the place remembers all that it was told."""
    quiet: float = 0.0
    """For so many seconds from then on nobody takes anything."""
    server: str = ""
    workers: dict[str, Row] = attrs.field(factory=dict)
    owners: dict[str, str] = attrs.field(factory=dict)


def exchange(kept: Kept, ask: Ask, now: float, server: Callable[[], str] = lambda: "") -> Answer:
    """Answer *ask*; what is *kept* changes. *server* names the run of the place: another run may have forgotten."""
    kept.born = min(kept.born, now)
    for each in kept.workers.values():
        each.until = min(each.until, now + each.lease)  # the clock was set back
    dead = {name for name, row in kept.workers.items() if row.until <= now}
    changes = bool(dead or ask.take or ask.keep or ask.give or ask.leaves)
    if not kept.version or (changes and kept.server != server()):
        kept.born, kept.quiet, kept.server = now, ask.lease, server()
        kept.version = max(kept.version, int(now * 1000)) + 1  # not one that an earlier life has given out
    if dead:
        _bury(kept, dead)

    row = kept.workers.get(ask.worker)
    was_known = row is not None
    if row is None and not ask.leaves:
        kept.joins += 1
        if now < kept.born + kept.quiet:
            kept.quiet = max(kept.quiet, ask.lease)
        row = Row(now + ask.lease, ask.number, kept.joins, ask.lease, ask.portals, ask.missing)
        kept.workers[ask.worker] = row
    elif ask.leaves:
        _bury(kept, {ask.worker})
    elif row is not None and ask.number > row.number:
        row.until, row.number, row.lease = now + ask.lease, ask.number, ask.lease
        row.portals, row.missing = ask.portals, ask.missing
        _change(kept, ask, is_quiet=now < kept.born + kept.quiet)

    workers = sorted(kept.workers.items(), key=lambda item: item[1].joined)
    return Answer(
        kept.version,
        was_known,
        now < kept.born + kept.quiet,
        tuple(Worker(name, each.portals, each.missing) for name, each in workers),
        None if was_known and ask.known == kept.version else dict(kept.owners),
    )


def _bury(kept: Kept, names: set[str]) -> None:
    for name in names:
        kept.workers.pop(name, None)
    left = {portal: owner for portal, owner in kept.owners.items() if owner in kept.workers}
    if len(left) < len(kept.owners):
        kept.owners = left
        kept.version += 1


def _change(kept: Kept, ask: Ask, *, is_quiet: bool) -> None:
    version, owners = kept.version, kept.owners
    for portal in ask.give:
        if owners.get(portal) == ask.worker:
            del owners[portal]
            kept.version = version + 1
    for portal in (*ask.keep, *(() if is_quiet else ask.take)):
        if portal not in owners:
            owners[portal] = ask.worker
            kept.version = version + 1
