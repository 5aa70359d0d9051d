"""The gate of a portal whose limits are shared with other processes: it asks for each turn, one at a time.

It stands where `Pace` does, so what is refused takes turns anew, and a refusal slows down everybody. Only the first of
its line has a turn taken for him: a process that dies costs the others one turn. Where the place does not answer, the
process goes on alone, by its part of the rate, and looks for the place until it is back.
"""

from __future__ import annotations

import logging
import math
from contextvars import Context
from typing import Literal
from weakref import WeakKeyDictionary

import anyio
import attrs

from ...limits import LeakyBucket, Limits, OperatingBudget, Waiter
from ...limits.turns import Answer, Ask, News
from ...redact import redact
from ..loop import start
from .accounts import Account, heard_of
from .letters import Letters
from .place import Place

log = logging.getLogger("bitrix_im")

_LEAST_PAUSE = 0.5  # seconds after a refusal where no rate is told
_LOOKS_AGAIN = 1.0  # seconds between two looks at the turn in hand: it may have moved
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0  # seconds until a place that did not answer is asked again


@attrs.define
class _Turn:
    """A turn that was taken for the first in line."""

    at: float
    epoch: int
    is_sure: bool
    """Whether he may go: a turn that was waited for is asked for once more, for it may have moved."""


class SharedGate:
    """A `Gate` whose bucket is kept in a `Place`."""

    def __init__(self, place: Place[Ask, Answer], portal: str, name: str) -> None:
        self._place = place
        self._portal = portal
        self._name = name
        self._letters = Letters()
        self._told: WeakKeyDictionary[Waiter, Limits] = WeakKeyDictionary()
        self._budgets: dict[str, OperatingBudget] = {}
        self._line: list[Waiter] = []
        self._turn: _Turn | None = None
        self._asked_at = -math.inf
        self._alone: LeakyBucket | None = None
        self._pause = 0.0
        self._is_asking = self._is_open = False
        self._changed, self._rested = anyio.Event(), anyio.Event()
        self._limits = Limits.unlimited()

    # ---- who is there

    def join(self, who: Waiter, limits: Limits) -> None:
        """From now on *who* sends, too, and was told *limits*."""
        if not self._is_open:
            self._is_open = True
            self._place.open()
        self._told[who] = limits
        self._settle()

    def share(self, account: str, budget: OperatingBudget) -> None:
        """Tell other processes what *budget* is told, and it what they are told of the same account."""
        self._budgets[account] = budget
        budget.others = Account(account, self._letters, self._look)

    async def part(self, who: Waiter) -> None:
        """*who* sends no more; where it was the last, what is not told yet is passed on, and the place closed."""
        self.leave(who)
        self._told.pop(who, None)
        if self._told:
            self._settle()
        elif self._is_open:
            self._is_open = False
            self._look()
            with anyio.CancelScope(shield=True):
                while self._is_asking:
                    await self._rested.wait()
                await self._place.aclose()

    def _settle(self) -> None:
        told = list(self._told.values())
        self._limits = Limits(rate=min(each.rate for each in told), burst=min(each.burst for each in told))

    # ---- the protocol of gates

    @property
    def gap(self) -> float:
        """Seconds between two requests of this process once the burst is spent: others take their turns between."""
        return self._letters.processes / self._limits.rate

    def delay(self, who: Waiter, now: float) -> float:
        """Seconds until *who* may send; ``inf`` while that is not known yet."""
        if who not in self._line:
            self._line.append(who)
        if self._alone is not None:
            return self._alone.delay(now, 1 + self._line.index(who))
        if self._turn is not None and self._turn.is_sure and self._line[0] is who:
            return 0.0
        self._look()
        return math.inf

    def take(self, who: Waiter, now: float) -> None:
        """A request of *who* leaves."""
        self._turn = None
        self.leave(who)
        if self._alone is not None:
            self._alone.reserve(now)

    def leave(self, who: Waiter) -> None:
        """*who* has nothing to send just now; the turn in hand is the next one's."""
        if who in self._line:
            self._line.remove(who)
            for other in self._line:
                other.wake()
            self._look()

    def refused(self, now: float, wait: float = 0.0) -> None:
        """The portal refused a request: everybody waits, in all processes."""
        if self._alone is not None:
            self._alone.refused(now, wait)
        else:
            least = 0.0 if math.isfinite(self._limits.rate) else _LEAST_PAUSE
            self._tell(now, ("refused", max(float(wait), least)))

    def stopped(self, now: float, wait: float = 0.0) -> None:
        """The same, but something in front of the portal refused."""
        if self._alone is not None:
            self._alone.stopped(now, wait)
        else:
            self._tell(now, ("stopped", float(wait)))

    def answered(self, sent: float, now: float) -> None:
        """A request that left at *sent* got through."""
        if self._alone is not None:
            if self._alone.answered(sent, now):
                self._wake()
        elif self._letters.is_cut:
            self._tell(now, ("answered", now - sent))

    def _tell(self, now: float, news: News) -> None:
        self._letters.add(now, news)
        if news[0] != "answered":
            self._letters.is_cut = True
            if self._turn is not None:  # it has moved
                self._turn.is_sure = False
        self._look()

    # ---- asking

    def _look(self) -> None:
        """See whether there is something to ask, in a task of its own."""
        if self._is_asking:
            self._changed.set()
        elif self._due() < math.inf:
            self._is_asking, self._rested = True, anyio.Event()
            start(self._asking, context=Context())

    def _due(self) -> float:
        """When the place must be asked."""
        if self._alone is not None:
            return self._asked_at + self._pause if self._told else math.inf
        is_settled = bool(self._line) == (self._turn is not None)  # else a turn is to be taken, or given back
        if self._letters.is_waiting or not is_settled:
            return -math.inf
        if self._turn is not None and not self._turn.is_sure:
            return min(self._turn.at, self._asked_at + _LOOKS_AGAIN)
        return math.inf

    async def _asking(self) -> None:
        try:
            while True:
                self._changed = anyio.Event()
                due = self._due()
                if due == math.inf:
                    return
                if due > anyio.current_time():
                    with anyio.CancelScope(deadline=due):
                        await self._changed.wait()
                else:
                    await self._ask()
        finally:
            self._is_asking = False
            self._rested.set()

    async def _ask(self) -> None:
        """One exchange."""
        now, turn = anyio.current_time(), self._turn
        if turn is not None and not self._line:
            self._letters.add(now, ("unused",))
            self._turn = None
        want: Literal["", "turn"] | int = ""
        if self._line and self._alone is None:
            want = "turn" if turn is None else turn.epoch
        try:
            answer = await self._place.ask(self._portal, self._letters.ask(self._limits, want, now))
        except Exception as error:  # noqa: BLE001 - whatever its driver raises, the place is away
            self._go_on_alone(error)
            return
        now = self._asked_at = anyio.current_time()
        self._letters.heard(answer, now)
        if heard_of(answer, self._budgets, now):
            self._wake()
        if self._alone is not None:
            self._alone, self._pause = None, 0.0
            if self._place.is_away:
                self._place.is_away = False
                log.warning("the shared limits in %s are back", self._name)
            self._wake()
        elif want == "turn":
            is_sure = not answer.wait and not self._letters.is_waiting  # a refusal that came meanwhile moves it
            self._turn = _Turn(now + (answer.wait or 0.0), answer.epoch, is_sure)
        elif want != "" and turn is not None:
            turn.at = turn.at if answer.wait is None else now + answer.wait
            turn.epoch, turn.is_sure = answer.epoch, turn.at <= now and not self._letters.is_waiting
        if self._turn is not None and self._turn.is_sure and self._line:
            self._line[0].wake()

    def _go_on_alone(self, error: Exception) -> None:
        """By this process's part of the rate, and with no burst: nobody knows what the others send."""
        now = self._asked_at = anyio.current_time()
        self._pause = min(2 * self._pause, _LONGEST_PAUSE) or _FIRST_PAUSE
        if self._alone is not None:
            return
        part, limits = self._letters.processes, self._limits
        self._alone = LeakyBucket(Limits(rate=limits.rate / part, burst=limits.burst / part))
        self._alone.fill(now)
        self._turn, self._letters.is_lost = None, True
        if not self._place.is_away:  # once, for any number of portals
            why = f"{type(error).__name__}: {redact(str(error)) or 'no answer in time'}"
            text = "the shared limits in %s do not answer (%s): until they are back, this process keeps to 1/%d of them"
            log.warning(text, self._name, why, part)
        self._place.is_away = True
        self._wake()

    def _wake(self) -> None:
        for who in self._told:
            who.wake()
