"""`Fleet`: asks the place in time, hands out what is gained, and ends what is lost. `Shares` decides."""

from __future__ import annotations

import logging
import math
import os
from collections import deque
from collections.abc import Iterable
from contextvars import Context
from types import TracebackType
from uuid import uuid4

import anyio
import anyio.lowlevel

from ..redact import redact
from ..redis_link import is_server, meeting_place, server_name
from ..session.loop import start
from ..session.sharing.place import ANSWER_LIMIT
from .leases import KEPT_FOR
from .mine import Mine
from .places import place_of
from .shares import Change, Shares

log = logging.getLogger("bitrix_im")

_TOGETHER = 0.2  # of a beat: what ends within it is told of at once, not one by one


class Fleet:
    """One worker of a fleet: it is told which portals are its own.

    ::

        async def work(mine: Mine) -> None:
            async with mine, BitrixIM(webhooks[mine.portal]) as im:
                ...                                     # cancelled when the lease is lost

        async with Fleet("redis://cache:6379/0", webhooks) as fleet, anyio.create_task_group() as tasks:
            async for mine in fleet:
                tasks.start_soon(work, mine)

    *where* is the URL of a Redis server for workers of any number of hosts, or the path of a file (SQLite) for those of
    one host. *portals* are names, whatever they mean: every worker is told all of them, and owns an equal part. What a
    worker leaves cleanly has another owner within a second; what was a killed worker's, soon after its *lease*, in
    seconds, has ended, and certainly within three. At any time a portal has one owner at most: a worker that hears
    nothing from the place goes on until four fifths of its lease are over, and then gives up, until it is back. Several
    fleets of one place need a *name* each. In a place that is new, or that was started anew, nobody is given anything
    for one lease: somebody might own it still.

    The iteration never ends by itself. Leaving the ``async with`` ends all work and gives everything back. Raises
    `TypeError` or `ValueError` for what cannot work, `ImportError` for a Redis server where redis-py is missing; a
    place that is away is told in the log and waited for.
    """

    def __init__(
        self, where: str | os.PathLike[str], portals: Iterable[str], lease: float = 10.0, *, name: str = "fleet"
    ) -> None:
        names = [] if isinstance(portals, str) else list(portals)
        if not names or not all(isinstance(each, str) and each for each in names):
            raise TypeError(f"expected portals to be names of portals, like ['acme.bitrix24.com'], got {portals!r}")
        if not 0.1 <= lease <= KEPT_FOR / 4:
            raise ValueError(f"expected a lease of 0.1 to {KEPT_FOR / 4:.0f} seconds, got {lease!r}")
        self._where, self._secrets = meeting_place(where, "Fleet")
        self._name = name
        self._lease = lease
        self._shares = Shares(uuid4().hex[:12], dict.fromkeys(names), lease)
        self._place = place_of(self._where)
        self._mine: dict[str, Mine] = {}
        self._gained: deque[Mine] = deque()
        self._is_open = self._is_closed = self._is_away = False
        self._changed, self._arrived, self._rested = anyio.Event(), anyio.Event(), anyio.Event()

    @property
    def owned(self) -> tuple[str, ...]:
        """The portals that are this worker's just now."""
        return tuple(portal for portal, mine in self._mine.items() if not mine.lost)

    # ---- what comes

    async def __aenter__(self) -> Fleet:
        if self._is_open or self._is_closed:
            raise RuntimeError("this fleet was entered before: make a new one")
        self._is_open = True
        self._place.open()
        start(self._live, context=Context())
        return self

    def __aiter__(self) -> Fleet:
        return self

    async def __anext__(self) -> Mine:
        if not self._is_open:
            raise RuntimeError("enter the fleet first: async with Fleet(…) as fleet")
        await anyio.lowlevel.checkpoint()
        while True:
            while self._gained:
                mine = self._gained.popleft()
                if not mine.lost:
                    return mine
            if self._is_closed:
                raise StopAsyncIteration
            if self._arrived.is_set():
                self._arrived = anyio.Event()
            await self._arrived.wait()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        self._end(self._shares.leave())
        self._arrived.set()
        with anyio.CancelScope(shield=True):
            self._changed.set()
            await self._rested.wait()
            await self._place.aclose()

    # ---- what goes on

    async def _live(self) -> None:
        """Ask in time, for as long as the fleet is entered and work goes on; then say goodbye."""
        due = -math.inf
        try:
            while not self._is_closed or self._shares.held:
                self._changed = anyio.Event()
                now = anyio.current_time()
                if now >= due:
                    sent, was_answered = now, await self._ask()
                    now = anyio.current_time()
                    is_urgent = was_answered and self._shares.is_urgent(now)
                    due = now if is_urgent else max(now, sent + self._shares.beat)
                self._end(self._shares.expired(now).ending)
                if due > now and not self._changed.is_set():
                    with anyio.CancelScope(deadline=min(due, self._shares.until)):
                        await self._changed.wait()
                if self._changed.is_set() and not self._is_away:
                    due = min(due, anyio.current_time() + self._shares.beat * _TOGETHER)
            await self._ask_place_to_forget()
        finally:
            self._rested.set()

    async def _ask(self) -> bool:
        """One exchange; whether it was answered."""
        sent = anyio.current_time()
        ask = self._shares.ask(sent)
        within = min(ANSWER_LIMIT, self._lease / 2, max(0.0, self._shares.until - sent))
        try:
            answer = await self._place.ask(self._name, ask, within)
        except Exception as error:  # noqa: BLE001 - whatever its driver raises, the place is away
            self._log_away(error)
            return False
        if self._is_away:
            self._is_away = False
            log.warning("the leases in %s are back", self._there)
        self._heed(self._shares.heard(ask, answer, sent, anyio.current_time()))
        return True

    async def _ask_place_to_forget(self) -> None:
        try:
            await self._place.ask(self._name, self._shares.last_words())
        except Exception as error:  # noqa: BLE001 - then the lease ends by itself
            self._log_away(error)

    def _heed(self, change: Change) -> None:
        for portal in change.gained:
            mine = self._mine[portal] = Mine(portal, self._ended)
            self._gained.append(mine)
        if change.gained:
            self._arrived.set()
        self._end(change.ending)
        if self._is_closed:
            self._end(self._shares.end_all())

    def _end(self, portals: Iterable[str]) -> None:
        for portal in portals:
            self._mine[portal]._end()

    def _ended(self, mine: Mine) -> None:
        """The work there has ended: tell the place at once."""
        del self._mine[mine.portal]
        self._shares.ended(mine.portal, anyio.current_time())
        self._changed.set()

    @property
    def _there(self) -> str:
        return server_name(self._where) if is_server(self._where) else self._where

    def _log_away(self, error: Exception) -> None:
        if self._is_away:
            return
        self._is_away = True
        why = f"{type(error).__name__}: {redact(str(error)) or 'no answer in time'}"
        text = "the leases in %s cannot be asked (%s): what this worker owns it keeps until its lease ends"
        log.warning(text, self._there, why)

    def __repr__(self) -> str:
        return f"Fleet({self._there!r}, {len(self._mine)} portals are mine)"
