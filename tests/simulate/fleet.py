"""A day of a fleet in virtual time: ``python -m tests.simulate.fleet --seed N --portals 5000 --workers 20 --hours 24``.

Workers are killed, stopped and started, and the place where they meet is away, comes back as it was, empty, or as it
was saved some time ago. What is played: every question about leases while anything changes, every request of portals
that are taken over or busy, through the shared limits, judged by the portal's own bucket. What is counted by formula:
polls of portals where nothing happens, and the questions of hours in which nothing changes.
"""

import argparse
import heapq
import sys
import time
from copy import deepcopy
from random import Random, SystemRandom

import attrs

from bitrix_im import Limits
from bitrix_im.fleet.leases import Kept, exchange
from bitrix_im.fleet.shares import SAFETY, Shares
from bitrix_im.limits import LeakyBucket, turns
from bitrix_im.session.sharing.letters import Letters
from bitrix_im.testing.server.limits import LeakyBucket as PortalsBucket

LEASE = 10.0
LIMITS = Limits()
POLL = 15.0  # seconds between two polls of an idle portal
STEP = 1.0  # seconds in which a portal's bucket drains one step
LATENCY = 0.05
CALLERS = 3  # processes that call one portal: its worker, and a web service of two


class Broken(AssertionError):
    """An invariant does not hold."""


@attrs.define
class Totals:
    """What a day came to."""

    events: dict[str, int] = attrs.field(factory=dict)
    questions: int = 0
    idle_questions: int = 0
    requests: int = 0
    polls: float = 0.0
    begun: int = 0
    longest_gap: float = 0.0
    waited: float = 0.0
    longest_handover: float = 0.0


class Worker:
    """One process: its part of the fleet."""

    def __init__(self, name, portals, lease, at):
        self.name = name
        self.shares = Shares(name, portals, lease)
        self.next_beat = at
        self.is_stopping = False


class Caller:
    """A process that has requests for a portal: as `SharedGate` does it, one turn after the other."""

    def __init__(self, process, portal, count):
        self.process, self.portal, self.left = process, portal, count
        self.letters = Letters()
        self.turn = None  # at, epoch
        self.alone = None


class Fleet:
    """The day of a seed."""

    def __init__(self, seed, *, portals, workers, hours, lease=LEASE, rushes=20.0, troubles=1.5):
        """*rushes* and *troubles* an hour: portals that are suddenly busy; kills, stops and outages."""
        self.draw = Random(seed)
        self.portals = [f"portal{number}" for number in range(portals)]
        self.lease, self.end = lease, hours * 3600
        self.now, self.number, self.queue = 0.0, 0, []
        self.changes = []  # when something happens that concerns leases
        self.kept, self.server, self.is_away = Kept(), "run 0", False
        self.snapshot = Kept()
        self.outages = []
        self.workers = {}
        self.owner = {}
        self.unowned = dict.fromkeys(self.portals, (0.0, "start"))
        self.limits = {}
        self.buckets = PortalsBucket(LIMITS.rate, int(LIMITS.burst), STEP)
        self.totals = Totals()
        for _ in range(workers):
            self.start_worker()
        self._plan(rushes, troubles)

    # ---- what happens when

    def at(self, when, act, *arguments):
        self.number += 1
        if act != self.step and act != self.rush:
            heapq.heappush(self.changes, when)
        heapq.heappush(self.queue, (when, self.number, act, arguments))

    def _plan(self, rushes, troubles):
        kinds = [self.kill] * 5 + [self.stop] * 2 + [self.outage] * 3
        self.at(self.end / 2, self.deploy)
        moment = 6 * self.lease
        while (moment := moment + self.draw.expovariate(troubles / 3600)) < self.end - 6 * self.lease:
            self.at(moment, self.draw.choice(kinds))
        moment = 3 * self.lease
        while (moment := moment + self.draw.expovariate(rushes / 3600)) < self.end:
            self.at(moment, self.rush)

    def play(self):
        while True:
            beat = min(self.workers.values(), key=lambda worker: worker.next_beat)
            due = self.queue[0][0] if self.queue else self.end
            if beat.next_beat < due:
                while self.changes and self.changes[0] <= self.now:
                    heapq.heappop(self.changes)
                change = self.changes[0] if self.changes else self.end
                if change - beat.next_beat > 2 * self.lease and self.is_settled():
                    self.pass_idle(change - beat.next_beat - self.lease)
                    continue
                self.now = beat.next_beat
                self.beat(beat)
            elif self.queue:
                self.now, _, act, arguments = heapq.heappop(self.queue)
                act(*arguments)
            else:
                break
            if self.now >= self.end:
                break
        self.check_gaps()
        self.totals.polls += len(self.owner) * (self.end / POLL)
        return self.totals

    def is_settled(self):
        """Whether nothing would change if nothing happened."""
        if self.is_away or self.unowned or self.now < self.kept.born + self.kept.quiet:
            return False
        return all(each.shares.held == each.shares.share and not each.shares._ending for each in self.workers.values())

    def pass_idle(self, seconds):
        """Let time pass in which everybody asks and nothing changes."""
        self.totals.idle_questions += int(seconds * sum(1 / each.shares.beat for each in self.workers.values()))
        for worker in self.workers.values():
            worker.next_beat += seconds
            worker.shares._until += seconds
        for row in self.kept.workers.values():
            row.until += seconds

    def happens(self, what):
        self.totals.events[what] = self.totals.events.get(what, 0) + 1

    # ---- leases

    def start_worker(self):
        self.number += 1
        name = f"worker{self.number}"
        self.workers[name] = Worker(name, self.portals, self.lease, self.now + self.draw.random())

    def ask(self, ask):
        self.totals.questions += 1
        return exchange(self.kept, ask, self.now, lambda: self.server)

    def beat(self, worker):
        shares, sent = worker.shares, self.now
        worker.next_beat = sent + shares.beat * self.draw.uniform(0.98, 1.02)
        luck = self.draw.random()
        if not self.is_away and luck > 0.002:
            ask = shares.ask(sent)
            answer = self.ask(ask)
            if luck > 0.004:  # else the answer is lost, but not what was asked
                change = shares.heard(ask, answer, sent, sent)
                for portal in change.gained:
                    self.begin(portal, worker.name)
                self.to_end(worker, change.ending)
                if shares.is_urgent(sent):
                    worker.next_beat = sent + 0.002
        self.to_end(worker, shares.expired(self.now).ending)
        worker.next_beat = min(worker.next_beat, max(self.now, shares.until))

    def to_end(self, worker, portals):
        """Work ends a little after it was told to, and before its lease at the place."""
        for portal in portals:
            self.at(self.now + self.draw.uniform(0, SAFETY * self.lease * 0.9), self.ended, portal, worker.name)

    def begin(self, portal, name):
        if portal in self.owner:
            raise Broken(f"{self.now:.2f} s: {portal} has two owners, {self.owner[portal]} and {name}")
        self.check_gap(portal)
        self.owner[portal] = name
        del self.unowned[portal]
        self.totals.begun += 1
        if self.draw.random() < 0.1:  # there was something to catch up with
            self.call(name, portal, self.draw.randrange(2, 20))

    def ended(self, portal, name):
        worker = self.workers.get(name)
        if worker is not None and self.owner.get(portal) == name:
            del self.owner[portal]
            self.unowned[portal] = (self.now, "stop" if worker.is_stopping else "end")
            worker.shares.ended(portal, self.now)
            worker.next_beat = min(worker.next_beat, self.now + 0.2 * worker.shares.beat)
            if worker.is_stopping and not worker.shares.held:
                self.gone(worker)

    def check_gap(self, portal):
        since, why = self.unowned[portal]
        away = sum(max(0.0, min(self.now, end) - max(since, began)) for began, end in self.outages)
        gap = self.now - since - away
        self.totals.longest_gap = max(self.totals.longest_gap, gap)
        if why == "stop" and not away:
            self.totals.longest_handover = max(self.totals.longest_handover, gap)
        if gap > 3 * self.lease:
            raise Broken(f"{self.now:.2f} s: {portal} had no owner for {gap:.1f} s after its {why}")

    def check_gaps(self):
        for portal in self.unowned:
            self.check_gap(portal)

    # ---- trouble

    def some_worker(self):
        living = [name for name, each in self.workers.items() if not each.is_stopping]
        return self.draw.choice(living) if len(living) > 1 else None

    def kill(self, name=None):
        name = name or self.some_worker()
        if name is None:
            return
        self.happens("killed")
        del self.workers[name]
        for portal in [portal for portal, owner in self.owner.items() if owner == name]:
            del self.owner[portal]
            self.unowned[portal] = (self.now, "kill")
        self.at(self.now + self.draw.uniform(1, 120), self.start_worker)

    def stop(self):
        name = self.some_worker()
        if name is None:
            return
        self.happens("stopped")
        worker = self.workers[name]
        worker.is_stopping = True
        for portal in worker.shares.leave():
            self.at(self.now + self.draw.uniform(0, 0.2), self.ended, portal, name)
        if not worker.shares.held:
            self.gone(worker)
        self.at(self.now + self.draw.uniform(1, 120), self.start_worker)

    def gone(self, worker):
        """Its last words."""
        if not self.is_away:
            self.ask(worker.shares.last_words())
        self.workers.pop(worker.name, None)

    def deploy(self):
        """One after the other is replaced."""
        for number in range(len(self.workers)):
            self.at(self.now + number * self.draw.uniform(3, 6), self.stop)

    def outage(self):
        if self.is_away:
            return
        seconds = self.draw.choice([0.5, 3.0, self.lease * 0.7, self.lease * 1.5, 6 * self.lease])
        self.happens("outages")
        self.is_away = True
        self.outages.append((self.now, self.now + seconds))
        self.at(self.now + seconds, self.back, self.draw.choice(["as it was", "empty", "saved"]))

    def back(self, how):
        self.happens(f"back {how}")
        self.is_away = False
        # Nobody can be told anything before the place has been quiet for a lease: that is no gap of the fleet's.
        if how != "as it was":
            self.number += 1
            self.server = f"run {self.number}"
            self.kept = Kept() if how == "empty" else deepcopy(self.snapshot)
            self.limits.clear()
        self.snapshot = deepcopy(self.kept)

    # ---- limits

    def rush(self):
        """A portal is busy: its worker, and a web service that answers its users, have many requests."""
        portal = self.draw.choice(self.portals)
        self.happens("rushes")
        for process in (self.owner.get(portal), "web 1", "web 2"):
            if process is not None:
                self.call(process, portal, self.draw.randrange(20, 80))

    def call(self, process, portal, count):
        caller = Caller(process, portal, count)
        self.at(self.now, self.step, caller)

    def step(self, caller):
        """One step of a caller: it asks, waits, or sends."""
        wait = self.wait_alone(caller) if self.is_away else self.wait_shared(caller)
        if wait > 0:
            self.totals.waited += wait
            self.at(self.now + wait, self.step, caller)
            return
        if not self.buckets.admit(caller.portal, self.now):
            raise Broken(f"{self.now:.2f} s: {caller.portal} refused a request of {caller.process}")
        self.totals.requests += 1
        caller.left -= 1
        if caller.left:
            self.at(self.now + LATENCY, self.step, caller)

    def wait_alone(self, caller):
        """The place is away: by its part of the rate, and without a burst."""
        if caller.alone is None:
            part = CALLERS  # those that it saw last, had it lived as long as a process does
            caller.alone = LeakyBucket(Limits(rate=LIMITS.rate / part, burst=LIMITS.burst / part))
            caller.alone.fill(self.now)
            caller.turn, caller.letters.is_lost = None, True
        wait = caller.alone.delay(self.now)
        if wait <= 0:
            caller.alone.reserve(self.now)
        return min(wait, 0.5) if wait > 0 else 0.0

    def wait_shared(self, caller):
        caller.alone = None
        want = "turn" if caller.turn is None else caller.turn[1]
        kept = self.limits.setdefault(caller.portal, turns.Kept())
        answer = turns.exchange(kept, caller.letters.ask(LIMITS, want, self.now), self.now)
        caller.letters.heard(answer, self.now)
        if want == "turn" or answer.wait is not None:
            caller.turn = (self.now + (answer.wait or 0.0), answer.epoch)
        if caller.turn[0] > self.now + 1e-9:
            return caller.turn[0] - self.now
        caller.turn = None
        return 0.0


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.simulate.fleet", description=__doc__.partition(":")[0])
    parser.add_argument("--seed", type=int, help="what everything is drawn from; by default a random one")
    parser.add_argument("--portals", type=int, default=5_000)
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--lease", type=float, default=LEASE)
    chosen = parser.parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    began = time.perf_counter()
    day = Fleet(seed, portals=chosen.portals, workers=chosen.workers, hours=chosen.hours, lease=chosen.lease)
    said = f"seed {seed}: {chosen.portals} portals, {chosen.workers} workers, {chosen.hours:g} h"
    try:
        totals = day.play()
    except Broken as broken:
        sys.stdout.write(f"{said}: {broken}\n")
        return 1
    events = ", ".join(f"{count} {what}" for what, count in sorted(totals.events.items()))
    sys.stdout.write(
        f"{said}: {events}; {totals.begun} times work begun; {totals.questions} questions played, "
        f"{totals.idle_questions} by formula; {totals.requests} requests played, {totals.polls:.0f} polls by formula, "
        f"0 refused; longest without an owner {totals.longest_gap:.1f} s, after a clean stop "
        f"{totals.longest_handover:.2f} s; {time.perf_counter() - began:.1f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
