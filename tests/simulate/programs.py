"""Programs that hear what people do, and die in the middle of it; begun anew, they go on from their mark.

A program works in shifts of some minutes. People act meanwhile, and again and again its process is killed: from that
moment on nothing of it reaches the portal, or its mark. Others end by an error, or are told to stop. At the end of a
shift it is left alone, until all is handled; then the portal's own record is compared with what the program did.
"""

from abc import ABC, abstractmethod
from random import Random

import anyio

from bitrix_im import BitrixError, Retry

from .judge import judge

_RETRIES = Retry(), Retry(attempts=3, max_elapsed=30)
_PATIENCE = 2400.0  # seconds after which all must be handled: an outage, a wait for operating time, retries
_SETTLED = 1200  # seconds in which who hears nothing comes to look seldom, amid errors and outages
_SHORTEST = 2.0  # seconds between two looks


class LivingMark:
    """What a program keeps over its deaths. A life that is over saves nothing."""

    def __init__(self):
        self.first = None
        self.offset = None

    async def load(self):
        return self.offset

    async def save(self, offset):
        await anyio.sleep(0.01)  # a disk takes its time, and a process can die meanwhile
        self.first = offset if self.first is None else self.first
        self.offset = offset


class Life:
    """One process of a program."""

    client = "webhook"

    def __init__(self, program, retry):
        self._program = program
        self.sim, self.name, self.retry = program.sim, program.name, retry
        self.is_over = False
        self.over, self.stop = anyio.Event(), anyio.Event()
        self.heard = set()
        """What was handed over in this life."""
        self._scope = anyio.CancelScope()
        key = f"{program.name} {program.lives}"
        self._own = self.sim.client(program.name, program.webhook, key=key, before=self._while_alive)
        self.im = self._own.with_options(retry=retry, timeout=20)
        self._began = {
            "started": anyio.current_time(),
            "since": len(self.sim.portal.log),
            "refreshes": self.sim.watch.token_requests,
        }

    async def load(self):
        return await self._program.mark.load()

    async def save(self, offset):
        await self._while_alive()
        await self._program.mark.save(offset)

    async def _while_alive(self, request=None):
        if self.is_over:
            await anyio.sleep_forever()

    def judge(self, error):
        """Check an error that came out of what the program heard by."""
        judge(self, error, **self._began, repeatable=True, dialog=None)

    def kill(self):
        """The process is gone, between two steps."""
        self.is_over = True
        self._scope.cancel()
        self.over.set()

    async def run(self):
        """Be the process."""
        with self._scope:
            try:
                await self._program.hear(self)
                self._program.tell("stopped")
            except BitrixError as error:
                self._program.tell(f"ended by {type(error).__name__}")
                self.judge(error)
        self.is_over = True
        self.over.set()
        with anyio.CancelScope(shield=True):
            await self.sim.end_client(self._own)


class Program(ABC):
    """A program, the people around it, and what is known of both."""

    looking = ("im.v2.event.get", "imbot.v2.event.get", "im.recent.get")
    acts = (3, 15, 40)
    """How much people do in one shift."""
    idle = 12
    """Requests that it may make in a minute in which nothing happens."""

    def __init__(self, sim, name, webhook):
        self.sim = sim
        self.name = name
        self.webhook = webhook
        sim.hunter.protect(webhook.rstrip("/").rpartition("/")[2])
        self.random = Random(f"{name} {sim.seed}")
        self.mark = LivingMark()
        self.lives = self.kills = 0

    @abstractmethod
    async def hear(self, life):
        """What the program does, until it is told to stop."""

    @abstractmethod
    def act(self):
        """Let somebody do something."""

    @abstractmethod
    def finished(self):
        """How much was handled, each thing once."""

    @abstractmethod
    def missing(self):
        """What is still to be handled."""

    @abstractmethod
    def check(self):
        """Compare what it did with the portal's record."""

    def tell(self, text):
        self.sim.trace.add(self.name, text)

    async def live(self):
        """Work now and then, until the simulation's end."""
        sim, pause = self.sim, self.random.uniform(5, 150)
        while anyio.current_time() + pause < sim.end:
            await anyio.sleep(pause)
            await self.work()
            pause = self.random.expovariate(1 / 18_000)

    async def work(self):
        """One shift."""
        draw, began, lives = self.random, anyio.current_time(), self.lives
        looked = len(self.sim.portal.log)
        self.tell("begins its shift")
        async with anyio.create_task_group() as tasks:
            ends = began + draw.uniform(60, 200)
            tasks.start_soon(self._lives, tasks, ends)
            for moment in sorted(draw.uniform(began, ends) for _ in range(draw.choice(self.acts))):
                await anyio.sleep_until(moment)
                self.act()
            await anyio.sleep_until(ends)
            patience = ends + _PATIENCE
            while missing := self.missing():
                if anyio.current_time() > patience:
                    self.sim.fail("nothing lost", f"{self.name} never handled {missing}")
                await anyio.sleep(1)
            self.check()
            self._check_looks(looked, anyio.current_time() - began, self.lives - lives)
            await self._check_idle()
            self.check()  # nothing came after that
            tasks.cancel_scope.cancel()
        self.tell("ends its shift")
        self.sim.check()

    async def _lives(self, tasks, ends):
        """One process after the other; the last one is left alone."""
        draw = self.random
        while True:
            self.lives += 1
            life = Life(self, draw.choice(_RETRIES))
            self.tell(f"life {self.lives} begins with {life.retry.attempts} attempts")
            tasks.start_soon(life.run)
            due = anyio.current_time() + draw.expovariate(1 / 30)
            how = draw.random()
            if due < ends:
                with anyio.move_on_at(due):
                    await life.over.wait()
                if not life.is_over:
                    if how < 0.15:
                        life.stop.set()
                        with anyio.move_on_after(draw.uniform(0, 12)):  # whoever takes too long is killed
                            await life.over.wait()
                    if not life.is_over:
                        self.kills += 1
                        self.tell("killed")
                        life.kill()
            await life.over.wait()
            await anyio.sleep(draw.choice((0.0, 0.5, 5.0)))

    def _looks(self, since):
        """Looks of the program that the portal answered."""
        log = self.sim.portal.log[since:]
        return [one for one in log if one.source == self.name and one.status == 200 and not (one.fault or one.error)]

    def _check_looks(self, since, seconds, lives):
        looks = sum(
            one.method in ("im.v2.Event.get", "imbot.v2.Event.get", "im.recent.get") for one in self._looks(since)
        )
        # Each life looks at once when it begins, and may prove and confirm when it ends.
        if looks > seconds / _SHORTEST + 3 * lives:
            self.sim.fail(
                "looks stay within their share", f"{self.name}: {looks} looks in {seconds:.0f} s, {lives} lives"
            )

    async def _check_idle(self):
        """Nothing happens any more: soon it looks as seldom as it ever does, and does nothing else."""
        calm = 0
        for _ in range(_SETTLED // 16):
            lives, since = self.lives, len(self.sim.portal.log)
            await anyio.sleep(16 if calm < 3 else 60)
            looks = [one.at for one in self._looks(since)]
            if self.lives == lives and calm == 3:  # one that ended by an error begins anew, with quick looks
                if len(looks) > self.idle:
                    self.sim.fail("looks stay within their share", f"{self.name}: an idle minute with looks at {looks}")
                return
            calm = calm + 1 if self.lives == lives and len(looks) == 1 else 0  # none: it is kept from looking
        self.sim.fail("looks stay within their share", f"{self.name} still looks often {_SETTLED} s later")
