"""What runs a command: hooks, processing time, operating time, the envelope with its ``time``."""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import nullcontext
from datetime import datetime
from itertools import count
from random import Random
from typing import Any

import anyio
import attrs

from ..quirks import Quirks
from ..rest import batch
from ..rest.calls import Answer, Context, Params, RestError, in_scope
from ..rest.event_data import TYPES, event_data
from ..rest.registry import GUARDS, known
from ..world.clock import ServerClock
from ..world.happenings import Happening
from ..world.queues import Feed
from ..world.world import World
from .exchange import Exchange
from .faults import Strike
from .limits import OperatingTime

Hook = Callable[[str, dict[str, Any]], None]
CUT_AFTER = 60.0  # the cloud's front end gives up on a request then


@attrs.frozen
class Caller:
    """Whose credentials a request came with."""

    application: str
    user_id: int
    webhook: bool
    root: str = attrs.field(default="", repr=False)
    """The address that the credentials are good for, with them."""

    def account(self, method: str, *, batched: bool) -> tuple[str, str]:
        """Where operating time is charged: batched calls of webhooks share one nameless entity.

        docs/portal.md#two-budgets
        """
        return ("" if self.webhook and batched else self.application), method


@attrs.frozen
class Task:
    """A request that was let in: what to run, who calls, and where to log it."""

    method: str
    params: Params
    caller: Caller
    exchange: Exchange
    strike: Strike | None = None
    """A fault of one command."""


class GatewayTimeout(Exception):
    """Processing took more than 60 s: the front end answers 504, whatever PHP came to."""


class Engine:
    """Runs commands on a world."""

    def __init__(
        self,
        seed: int,
        user_id: int,
        quirks: Quirks,
        epoch: datetime,
        clock: Callable[[], float] | None,
        operating: OperatingTime,
        *,
        operating_limited: bool,
    ) -> None:
        self.clock = ServerClock(epoch, clock)
        self.world = World(seed, user_id, self.clock)
        self.quirks = quirks
        self.feed = Feed(quirks, seed)
        self.world.listeners.append(self._record)
        self.scopes = ["im", "imbot", "user", "disk", "department"]
        """What callers may use; a method of a scope that is not among them is insufficient_scope."""
        self.unfinished: set[str] = set()
        """Applications that were not installed to the end."""
        self._methods = known(quirks)
        self._names = {name.lower(): name for name in [*self._methods, "batch"]}
        self.random = Random(f"portal {seed}")
        self.operating = operating
        self.operating_limited = operating_limited
        self.operating_cost: dict[str, float] = {}
        """Seconds of operating time that a call of each method takes; nothing by default. ``batch`` takes none."""
        self.processing_time: float | Mapping[str, float] | Callable[[str, dict[str, Any]], float] = 0.0
        """Seconds that a command takes (of virtual time, in virtual time): all alike, by method, or by call."""
        self.before_command: Hook | None = None
        """Called with method and parameters just before a command runs, so that a test can move the world."""
        self.after_command: Hook | None = None
        """Called just after a command ran."""
        self.refusals = 0
        """Refusals because of a limit: requests with QUERY_LIMIT_EXCEEDED, commands with OPERATION_TIME_LIMIT."""
        self.commands = 0
        """REST commands run, those inside batches included and ``batch`` itself not."""

    def look_up(self, name: str) -> str:
        """A method's name as the portal writes it; ERROR_METHOD_NOT_FOUND."""
        method = self._names.get(name.lower())
        if method is None:
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        return method

    async def run(self, task: Task) -> dict[str, Any]:
        """Run a request's command, or its batch of commands, and return the envelope."""
        started, params = self.clock.now(), task.params
        strike = task.strike if task.strike is not None and task.strike.fault.inside else None
        if task.method != "batch":
            return await self._struck(strike, self._run(task, task.method, params, started))
        doomed = self._doomed(strike, batch.methods(params))
        places = count()

        async def command(name: str, inner: Params) -> batch.Outcome:
            try:
                running = self._run(task, name, inner, started)
                return await self._struck(strike if next(places) == doomed else None, running)
            except RestError as error:
                return error.body

        result = await batch.run(params, command)
        return {"result": result, "time": self._time(started, None)}  # never charged: docs/portal.md#operating-in-batch

    async def _struck(self, strike: Strike | None, running: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
        """Await a command, or its failure."""
        if strike is None:
            return await running
        if strike.fault.executes:
            await running
        else:
            running.close()
        kind = strike.fault.value
        raise RestError(kind.code, "This command of the batch failed", kind.status)

    def _doomed(self, strike: Strike | None, methods: list[str]) -> int:
        """The place of the command that a fault picks; -1 without one."""
        if strike is None:
            return -1
        places = [place for place, name in enumerate(methods) if strike.method in (None, "batch", name.lower())]
        return self.random.choice(places) if places else -1

    async def _run(self, task: Task, name: str, params: Params, request_started: float) -> dict[str, Any]:
        method = self.look_up(name)
        if not in_scope(method, self.scopes):
            text = "The request requires higher privileges than provided by the access token"
            raise RestError("insufficient_scope", text, 403)
        key = task.caller.account(method, batched=task.method == "batch")
        started = self.clock.now()
        self._check(key)
        seconds = self._seconds(method, params)
        left = request_started + CUT_AFTER - started
        context = self._context(task.caller.user_id, task.caller)
        guard = GUARDS.get(method)
        with guard(context, params) if guard is not None else nullcontext():
            if seconds:
                await anyio.sleep(min(seconds, left))
            try:
                answer = self._execute(task, context, method, params)
            finally:
                operating = self._charge(key)
        if seconds > left:
            raise GatewayTimeout
        return _envelope(answer) | {"time": self._time(started, operating)}

    def _execute(self, task: Task, context: Context, method: str, params: Params) -> Answer:
        if self.before_command is not None:
            self.before_command(method, params.raw)
        self.commands += 1
        task.exchange.executed = True
        answer = self._methods[method](context, params)
        if self.after_command is not None:
            self.after_command(method, params.raw)
        return answer

    def _context(self, user_id: int, caller: Caller | None = None) -> Context:
        viewer, methods = self.world.viewer(user_id), self._methods.keys()
        context = Context(self.world, viewer, self.quirks, self.random, self.feed, methods, scopes=self.scopes)
        if caller is None:
            return context
        application = "" if caller.webhook else caller.application
        installed = application not in self.unfinished
        return attrs.evolve(context, root=caller.root, application=application, installed=installed)

    def _record(self, happening: Happening) -> None:
        """Note for each subscriber who is in the chat what happened, as they see it now."""
        for user_id in self.feed.subscribed.intersection(happening.chat.members):
            data = event_data(self._context(user_id), happening)
            self.feed.queue(user_id).add(TYPES[happening.kind], data, self.clock.now())

    def _seconds(self, method: str, params: Params) -> float:
        if isinstance(self.processing_time, Mapping):
            return self.processing_time.get(method, 0.0)
        return self.processing_time(method, params.raw) if callable(self.processing_time) else self.processing_time

    def _check(self, key: tuple[str, str]) -> None:
        if self.operating_limited and self.operating.blocked(key, self.clock.now()):
            self.refusals += 1
            raise RestError("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429)

    def _charge(self, key: tuple[str, str]) -> tuple[float, int] | None:
        if not self.operating_limited:
            return None
        return self.operating.charge(key, self.operating_cost.get(key[1], 0.0), self.clock.now())

    def _time(self, started: float, operating: tuple[float, int] | None) -> dict[str, Any]:
        """The block ``time``: its numbers are int or float as PHP happened to make them."""
        dice = self.random.random
        loose = self.quirks.float_times
        duration = self.clock.now() - started + 0.002 + dice() * 0.03
        finish = started + duration
        block: dict[str, Any] = {
            "start": int(started) if loose and dice() < 0.6 else started,
            "finish": int(finish) if loose and dice() < 0.1 else finish,
            "duration": duration,
            "processing": 0 if loose and dice() < 0.6 else duration / 2,
            "date_start": self.clock.iso(started),
            "date_finish": self.clock.iso(finish),
        }
        if operating is not None:
            spent, reset_at = operating
            block["operating_reset_at"] = reset_at
            block["operating"] = 0 if loose and not spent else float(spent)
        return block


def _envelope(answer: Answer) -> dict[str, Any]:
    envelope: dict[str, Any] = {"result": answer.result}
    if answer.next is not None:
        envelope["next"] = answer.next
    if answer.total is not None:
        envelope["total"] = answer.total
    return envelope
