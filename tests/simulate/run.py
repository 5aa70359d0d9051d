"""One simulation from beginning to end."""

import logging
import random
import time
import warnings

import anyio
import attrs

from bitrix_im import BitrixIM, Limits

from . import acts, loops, walks
from .answering import Answering
from .hearing import Consumer, Watcher
from .record import Hunter, Trace, Violation
from .stage import Stage
from .tokens import Application
from .user import STEP_BOUND, User
from .watch import Watch

ACTS = [
    (walks.walk_recent, 22),
    (walks.walk_search, 14),
    (walks.walk_history, 26),
    (acts.send, 16),
    (acts.call, 10),
    (acts.changed, 3),
    (acts.ask_together, 3),
    (acts.crowd, 3),
    (acts.be_impatient, 2),
    (acts.trouble, 2),
    (acts.meet_the_end, 1),
]
THINK = 1500.0
"""Seconds between two acts of one user, on average."""
_USERS = ("oauth a", "webhook", "oauth b", "webhook", "oauth a", "webhook")
"""The client of each user: one of a webhook, and two processes of one application that share its tokens."""


@attrs.frozen
class Outcome:
    """What a simulation came to."""

    seed: int
    loop: str
    hours: float
    think: float
    operations: int
    kills: int
    """Of programs that hear."""
    handled: int
    """What they handled, each thing once."""
    requests: int
    faults: int
    retries: int
    waited: float
    refused: int
    refreshes: int
    records: int
    longest: float
    trace: str
    seconds: float
    violation: Violation | None = None
    last: tuple[str, ...] = ()

    def __str__(self):
        return (
            f"seed {self.seed} on {self.loop}: {self.hours:g} h simulated, {self.operations} operations, "
            f"{self.kills} kills, {self.handled} handled, {self.requests} requests, "
            f"{self.faults} faults, {self.retries} retries, trace {self.trace}, {self.seconds:.1f} s"
        )

    def account(self):
        """What went wrong, and how to see it again."""
        options = f" --loop {self.loop}" if self.loop != loops.LOOPS[self.seed % 2] else ""
        options += "" if self.think == THINK else f" --think {self.think:g}"
        lines = [
            f"seed {self.seed}, step {self.operations}: {self.violation}",
            "the last of the trace:",
            *(f"  {line}" for line in self.last),
            f"again: python -m tests.simulate --seed {self.seed} --hours {self.hours:g}{options} --trace",
        ]
        return "\n".join(lines)


class Client(BitrixIM):
    """A client that knows which process of a simulation it belongs to."""

    def __init__(self, auth, *, key, http, limits):
        super().__init__(auth, http=http, limits=limits)
        self.connections = http
        self.key = key


class Simulation:
    """Everything that a seed makes."""

    def __init__(
        self,
        seed,
        hours,
        *,
        echo=False,
        think=THINK,
        fault_share=0.2,
        native_cancels=True,
        slow_auth=True,
        loop=None,
    ):
        """Play *hours* of *seed*, on *loop*: by default asyncio for even seeds, trio for odd ones.

        *native_cancels*: users cancel by asyncio, too, not only by anyio, where that is the loop. *slow_auth*: the auth
        server takes its time to answer.
        """
        self.seed = seed
        self.hours = hours
        self.think = think
        self.loop = loop or loops.LOOPS[seed % 2]
        self.native_cancels = native_cancels and self.loop == "asyncio"
        self.slow_auth = slow_auth
        self.stage = Stage(seed, fault_share=fault_share)
        self.portal = self.stage.portal
        self.trace = Trace(self.portal.clock.elapsed, echo=echo)
        self.hunter = Hunter(self.fail)
        self.hunter.protect(self.portal.secret)
        self.application = Application(self)
        self.watch = Watch(self)
        self.sent = acts.Sent(self)
        self.clients = {}
        """The living clients by name."""
        self.go_on = walks.go_on
        self.restarts = 0
        self._totals = []
        self.users = [User(self, number, name) for number, name in enumerate(_USERS)]
        self.programs = [Consumer(self), Watcher(self), Answering(self)]
        self.end = 0.0
        self.rushes = []
        self.longest = 0.0
        self.violation = None

    def fail(self, invariant, detail):
        """An invariant does not hold: the simulation ends here."""
        if self.violation is None:
            self.violation = Violation(invariant, detail)
            self.trace.add("VIOLATION", f"{invariant}: {detail}")
            self._at_violation = self.trace.digest, tuple(self.trace.last)
        raise self.violation

    def check(self):
        """What must hold whenever somebody has done something."""
        if self.violation is not None:
            raise self.violation  # it was raised where it is not seen, as inside a log handler
        self.watch.settle()
        self.application.check()
        for client in self.clients.values():
            self._check_stats(client)

    def _check_stats(self, client):
        """A request is counted when it is made up: its caller may give up before it is under way."""
        counted, sent = client.stats.requests, self.watch.requests.get(client.key, 0)
        if not sent <= counted <= sent + 2 + sent // 50:
            self.fail("stats tell the truth", f"{client.key}: {client.stats}, but {sent} were sent")

    async def play(self):
        others = loops.tasks()
        self.end = anyio.current_time() + self.hours * 3600
        self.rushes = self._rushes()
        for name in dict.fromkeys(_USERS):
            self.clients[name] = self._client(name)
        async with anyio.create_task_group() as background:
            for each in (self._move, self._watch_steps, self._take_what_drains, self._restart_now_and_then):
                background.start_soon(each)
            async with anyio.create_task_group() as living:
                for user in self.users:
                    living.start_soon(user.live, ACTS)
                for program in self.programs:
                    living.start_soon(program.live)
            background.cancel_scope.cancel()
        await self._close(others)

    def _client(self, name):
        """A new client in a process of its own, as far as it knows."""
        key = f"{name} {self.restarts}"
        if name == "webhook":
            return self.client(name, self.portal.webhook, key=key)
        return self.client(name, self.application.auth(), key=key, store=self.application.store)

    def client(self, name, auth, *, key, store=None, before=None):
        """A client whose requests are looked at; *before* is awaited before each of them leaves."""
        hooks = self.watch.hooks(name, key, store)
        if before is not None:
            hooks["request"].insert(0, before)
        http = self.portal.http(source=name, event_hooks=hooks)
        limits = Limits(operating=self.stage.operating, window=self.stage.window)
        return Client(auth, limits=limits, http=http, key=key)

    async def restart(self, name):
        """A process ends, in the middle of whatever it does, and begins anew."""
        self.trace.add("process", f"{name} begins anew")
        self.restarts += 1
        self.watch.fills += 1  # it does not know what its forerunner has sent
        old, self.clients[name] = self.clients[name], self._client(name)
        self.watch.forget(name)
        for user in self.users:
            if user.process is not None and name in user.using:
                user.process.cancel()
        await self.end_client(old)

    async def _restart_now_and_then(self):
        draw = random.Random(f"restarts {self.seed}")
        while True:
            await anyio.sleep(draw.expovariate(1 / 7200))
            await self.restart(draw.choice(list(self.clients)))

    def fill_buckets(self):
        """Another program on our addresses was busy."""
        self.watch.fills += 1
        for source in ("one",) if self.stage.shared_address else tuple(self.clients):
            self.portal.fill_bucket(source)

    async def _take_what_drains(self):
        while True:
            now = self.portal.clock.elapsed()
            if self.stage.is_taken(now):
                self.fill_buckets()
            await anyio.sleep(0.5 if self.stage.is_taken(now) else self.stage.foreign.begins - now + 0.01)

    def _rushes(self):
        """When everybody acts at once."""
        draw, moment, rushes = random.Random(f"rushes {self.seed}"), 0.0, []
        while (moment := moment + draw.expovariate(1 / 5400)) < self.end:
            rushes.append(moment)
        return rushes

    async def _move(self):
        """The portal moves between requests, too."""
        draw = random.Random(f"pace {self.seed}")
        while True:
            await anyio.sleep(draw.expovariate(1 / 100))
            self.stage.move()

    async def _watch_steps(self):
        while True:
            await anyio.sleep(60)
            now = anyio.current_time()
            for user in self.users:
                for started, what in user.steps.values():
                    if now - started > STEP_BOUND:
                        self.fail("no wait without an end", f"{user.name}: {what} for {now - started:.0f} s")

    async def _close(self, others):
        for client in self.clients.values():
            await self.end_client(client)
        await anyio.sleep(300)  # what was left behind would act in this time
        if (left := loops.tasks()) != others:
            self.fail("nothing left behind", f"tasks: {left}")
        if self.portal.strangers:
            self.fail("nothing leaked", f"requests to foreign hosts: {self.portal.strangers}")
        self.check()
        self.sent.check_all()

    async def end_client(self, client):
        """Close a client: nothing of it is left, and nobody uses it any more."""
        self.hunter.hunt(repr(client) + repr(client.stats), "a repr")
        await client.aclose()
        await client.connections.aclose()
        try:
            await client.call("server.time")
        except RuntimeError as error:
            self.hunter.hunt_error(error)
        else:
            self.fail("closed is closed", "a call was made after aclose")
        self._check_stats(client)
        self._totals.append(client.stats)

    def outcome(self, seconds):
        stats = self._totals or [client.stats for client in self.clients.values()]
        digest, last = self.trace.digest, tuple(self.trace.last)
        if self.violation is not None:
            digest, last = self._at_violation
        return Outcome(
            self.seed,
            self.loop,
            self.hours,
            self.think,
            sum(user.operations for user in self.users),
            sum(program.kills for program in self.programs),
            sum(program.finished() for program in self.programs),
            self.portal.requests,
            len(self.portal.faults.struck),
            sum(each.retries for each in stats),
            sum(each.waited for each in stats),
            self.watch.refused,
            self.portal.refreshes,
            self.hunter.records,
            self.longest,
            digest,
            seconds,
            self.violation,
            last,
        )


def simulate(seed, hours, **options):
    """Play *hours* of the world of *seed*; whatever breaks is in the outcome."""
    started = time.perf_counter()
    state, root = random.getstate(), logging.getLogger()
    level = root.level
    sim = Simulation(seed, hours, **options)
    random.seed(seed)  # the jitter of retries
    root.setLevel(1)
    root.addHandler(sim.hunter)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loops.run(sim.play, on=sim.loop, seed=seed)
    except BaseException as error:
        if sim.violation is None:
            if not isinstance(error, Exception):
                raise
            sim.violation = Violation("nothing unforeseen", repr(_leaf(error)))
            sim.violation.__cause__ = _leaf(error)
            sim._at_violation = sim.trace.digest, tuple(sim.trace.last)
    finally:
        root.removeHandler(sim.hunter)
        root.setLevel(level)
        random.setstate(state)
    return sim.outcome(time.perf_counter() - started)


def _leaf(error):
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
