"""What one worker of a fleet owns, wants and gives up. Sans-I/O: it gets *now*, and says what to ask and whom to end.

Its own clock counts from the moment a question leaves, and stops work before the lease ends at the place (`SAFETY`): so
a portal never has two owners, wherever an answer was lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import attrs

from .leases import Answer, Ask, Worker

SAFETY = 0.2
"""Of a lease: what is left for work to end in, once the worker's own clock has given up."""
_LONGEST_BEAT = 0.5  # seconds between two questions: what another gives back is seen so soon
_BEATS = 5  # a lease, at least
_SETTLES = 2  # beats before a newcomer takes anything: several that start together see one another


@attrs.frozen
class Change:
    """What an answer, or the time, has changed."""

    gained: tuple[str, ...] = ()
    """Portals that are this worker's from now on."""
    ending: tuple[str, ...] = ()
    """Portals whose work must end now: lost, or wanted by others."""


class Shares:
    """One worker's part of its fleet's portals."""

    def __init__(self, worker: str, portals: Iterable[str], lease: float) -> None:
        self.beat = min(_LONGEST_BEAT, lease / _BEATS)
        """Seconds from one question to the next."""
        self.share = 0
        """How many it should own: all together make up all portals, and no two differ by more than one."""
        self._worker = worker
        self._is_leaving = False
        self._places = {portal: place for place, portal in enumerate(portals)}
        self._lease = lease
        self._number = 0
        self._version = -1
        self._workers: tuple[Worker, ...] = ()
        self._held: dict[str, None] = {}
        """Where work may go on: in the order in which they came."""
        self._ending: set[str] = set()
        """Those of them that were told to end."""
        self._until = -math.inf
        self._is_forgotten = True
        """Whether the place knows this worker only since its last question."""
        self._is_quiet = True
        self._takes_from = math.inf
        """When it may take what is free."""
        self._mine: set[str] = set()
        self._free: dict[str, float] = {}
        """Portals of nobody's, and since when."""
        self._resting: dict[str, float] = {}
        """Portals whose work has ended by itself, and until when this worker leaves them alone."""

    # ---- what it has

    @property
    def held(self) -> int:
        """How many portals are at work here, those that are ending included."""
        return len(self._held)

    @property
    def until(self) -> float:
        """When this worker gives up, unless it is answered before; ``inf`` where it has nothing to give up."""
        return self._until if len(self._held) > len(self._ending) else math.inf

    # ---- asking

    def ask(self, now: float) -> Ask:
        """The next question."""
        self._number += 1
        take = self._wanted(now)
        active = len(self._held) - len(self._ending)
        return Ask(
            self._worker,
            self._number,
            self._lease,
            0 if self._is_leaving else len(self._places),
            max(0, min(self.share, len(self._places)) - active - len(take)),
            self._version,
            take,
            tuple(self._held) if self._is_forgotten else (),
            tuple(sorted(self._mine.difference(self._held))),
        )

    def last_words(self) -> Ask:
        """That it leaves: what it owned is free."""
        self._number += 1
        return Ask(self._worker, self._number, self._lease, len(self._places), 0, self._version, leaves=True)

    def is_urgent(self, now: float) -> bool:
        """Whether the next question should not wait for its time."""
        return bool(
            (self._is_forgotten and self._workers)
            or not self._mine <= self._held.keys()
            or (self._free and self._wanted(now))
        )

    def _wanted(self, now: float) -> tuple[str, ...]:
        if now < self._takes_from or not self._free or self._is_leaving:
            return ()
        free = [each for each in self._free if each not in self._held and self._resting.get(each, now) <= now]
        wanted = max(0, self.share - len(self._held) + len(self._ending))
        # Nobody else wants what has been free for so long: others may not have been told of it yet.
        stale = [each for each in free[wanted:] if max(self._free[each], self._takes_from) <= now - self._lease]
        return (*free[:wanted], *stale)

    # ---- hearing

    def heard(self, ask: Ask, answer: Answer, sent: float, now: float) -> Change:
        """The *answer* to what was asked at *sent*."""
        self._is_quiet = answer.is_quiet
        self._meet(answer.workers)
        self._is_forgotten = not answer.was_known
        if answer.was_known:
            self._until = sent + self._lease * (1 - SAFETY)
        if answer.owners is not None:
            self._version = answer.version
            self._see(answer.owners, now)
        if self._is_forgotten or self._is_quiet:
            self._takes_from = math.inf
        elif self._takes_from == math.inf:
            self._takes_from = now + _SETTLES * self.beat
        if self._is_forgotten:
            return Change()  # what is held may be kept: that is the next question
        gained = tuple(each for each in ask.take if each in self._mine and each not in self._held)
        self._held.update(dict.fromkeys(gained))
        lost = []
        if not self._held.keys() <= self._mine:
            lost = [each for each in self._held if each not in self._mine and each not in self._ending]
        self._ending.update(lost)
        return Change(gained, (*lost, *self._given_up()))

    def _meet(self, workers: tuple[Worker, ...]) -> None:
        if workers != self._workers:
            self._workers = workers
            names = [each.name for each in workers if each.portals]  # who leaves has no share
            least, more = divmod(max([len(self._places), *(each.portals for each in workers)]), max(1, len(names)))
            self.share = least + (names.index(self._worker) < more) if self._worker in names else 0

    def _see(self, owners: dict[str, str], now: float) -> None:
        me = self._worker
        self._mine = {portal for portal, owner in owners.items() if owner == me}
        free = self._places.keys() - owners.keys()
        # Each looks from another point of the list on, so that two who look at the same time rarely want the same.
        names = [each.name for each in self._workers]
        count = len(self._places)
        first = names.index(me) * count // len(names) if me in names else 0
        in_order = sorted(free, key=lambda each: (self._places[each] - first) % count)
        self._free = {each: self._free.get(each, now) for each in in_order}
        self._resting = {each: until for each, until in self._resting.items() if until > now}

    def _given_up(self) -> list[str]:
        """What is more than its share, where others wait for it."""
        more = len(self._held) - len(self._ending) - self.share
        if self._is_quiet or more <= 0:
            return []
        wanted = sum(each.missing for each in self._workers if each.name != self._worker)
        number = min(more, wanted - len(self._free) - len(self._ending))
        given = [each for each in self._held if each not in self._ending][: max(0, number)]
        self._ending.update(given)
        return given

    # ---- what else happens

    def expired(self, now: float) -> Change:
        """The time is up where nobody has answered: everything ends."""
        if now < self.until:
            return Change()
        return Change(ending=self.end_all())

    def leave(self) -> tuple[str, ...]:
        """End everything, and take nothing more; the others need not wait for what ends last."""
        self._is_leaving = True
        return self.end_all()

    def end_all(self) -> tuple[str, ...]:
        """End everything."""
        ending = tuple(each for each in self._held if each not in self._ending)
        self._ending.update(ending)
        return ending

    def ended(self, portal: str, now: float) -> None:
        """The work there has ended, told to or by itself; the place hears of it with the next question."""
        if portal not in self._ending:
            self._resting[portal] = now + self._lease
        self._ending.discard(portal)
        self._held.pop(portal, None)
