"""A user: one task that acts, waits, gives up and comes back; each of its steps ends in time, one way or another."""

import asyncio
from contextlib import suppress
from random import Random

import anyio

from bitrix_im import AccessError, AuthError, BitrixError, Call, ExpiredToken, OperationTimeLimit, Retry

from .judge import judge

RETRIES = (
    Retry(attempts=8, max_elapsed=300),
    Retry(attempts=5, max_elapsed=300),
    Retry(attempts=3, max_elapsed=60),
    Retry(attempts=2, max_elapsed=20),
)
# A step may wait for operating time, in the queue, for its retries, and for a refresh in between.
STEP_BOUND = 900.0


class Cancelled(Exception):
    """The user did not wait for the end of a step."""


class User:
    """Somebody with a client."""

    def __init__(self, sim, number, name):
        self.sim = sim
        self.name = f"{name}-{number}"
        self.client = name
        self.random = Random(f"user {sim.seed} {number}")
        self.retry = RETRIES[0]
        self.operations = 0
        self.steps = {}
        """When each step under way began, and what it is."""
        self.journey = None
        """The walk that a dead process left, or that is under way."""
        self.using = set()
        """The clients of the act under way."""
        self.process = None
        """Ends the act under way: its process dies."""

    @property
    def im(self):
        """The user's own client."""
        return self.of(self.client)

    def of(self, name):
        """A client as this user takes it today."""
        self.using.add(name)
        return self.sim.clients[name].with_options(retry=self.retry, timeout=20)

    def expects_to_wait(self, method, patience):
        """Whether the client believes that an answer takes longer than *patience*, or knows that there is none now.

        After answers that took many seconds it does not even ask for whoever waits less; each of those makes it believe
        that a little less, which can take some of them ten seconds and more. A method that was refused for its
        operating time stays so for a while.
        """
        dispatcher = self.im._session._dispatcher
        if dispatcher is None:
            return False
        out = (
            dispatcher._budgets.shortage(Call(method), anyio.current_time(), in_batch=in_batch)
            for in_batch in (False, True)
        )
        return any(out) or dispatcher._estimates.least(method) > patience

    def tell(self, text):
        self.sim.trace.add(self.name, text)

    async def live(self, acts):
        """Act until the simulation's end."""
        while await self._think():
            self.retry = self.random.choice(RETRIES)
            act = self.random.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
            self.operations += 1
            self.tell(f"begins {act.__name__} with {self.retry.attempts} attempts")
            self.using = {self.client}
            if self.journey is not None:
                act = self.sim.go_on
            with anyio.CancelScope() as self.process:
                await act(self)
            if self.process.cancelled_caught:
                self.tell("died with its process")
            self.process = None
            self.sim.check()

    async def _think(self):
        sim = self.sim
        now = anyio.current_time()
        until = now + self.random.expovariate(1 / sim.think)
        rush = next((moment for moment in sim.rushes if now < moment <= until), None)
        if rush is not None:
            until = rush + self.random.random()
        await anyio.sleep_until(min(until, sim.end))
        return until < sim.end

    async def pause(self, seconds=None):
        await anyio.sleep(self.random.expovariate(1 / 20) if seconds is None else seconds)

    async def step(self, function, *, what, repeatable=True, patience=None, dialog=None):
        """Await one call of the library. Raises `Cancelled` after *patience*, or the error, which is judged."""
        sim = self.sim
        since, refreshes = len(sim.portal.log), sim.watch.token_requests
        started = anyio.current_time()
        token = object()
        self.steps[token] = started, what
        try:
            return await self._patiently(function, patience)
        except BitrixError as error:
            self.tell(f"{what} failed: {type(error).__name__}, {error.attempts} attempts in {error.elapsed:.3f} s")
            counts = {"started": started, "since": since, "refreshes": refreshes}
            judge(self, error, **counts, repeatable=repeatable, dialog=dialog)
            raise
        finally:
            del self.steps[token]
            took = anyio.current_time() - started
            sim.longest = max(sim.longest, took)
            if took > STEP_BOUND:
                sim.fail("no wait without an end", f"{self.name}: {what} took {took:.0f} s")

    async def _patiently(self, function, patience):
        if patience is None:
            return await function()
        if self.random.random() < 0.5 or not self.sim.native_cancels:
            with anyio.move_on_after(patience):
                return await function()
            raise Cancelled
        task = asyncio.ensure_future(function())
        try:
            await asyncio.wait({task}, timeout=patience)
        except asyncio.CancelledError:  # the process dies
            task.cancel()
            with anyio.CancelScope(shield=True), suppress(asyncio.CancelledError, BitrixError):
                await task
            raise
        if task.done():
            return task.result()
        task.cancel()
        with suppress(asyncio.CancelledError):
            return await task
        raise Cancelled

    def impatience(self, share=0.04):
        """How long to wait for a step: mostly to its end."""
        return self.random.choice((0.0, 0.01, 0.3, 3.0, 25.0)) if self.random.random() < share else None

    async def recover(self, error):
        """Do what a sensible program does after an error, before it goes on."""
        application = self.sim.application
        if isinstance(error, OperationTimeLimit) and error.reset_at is not None:
            await self.pause(max(0.0, error.reset_at - self.sim.portal.clock.now()) + 1)
        elif isinstance(error, AuthError) and not isinstance(error, ExpiredToken) and application.lost > 0:
            application.reinstall()
        elif not isinstance(error, AccessError):
            await self.pause()
