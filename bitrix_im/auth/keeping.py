"""A token store as a keeper uses it: with limits on how long it may take, and with its lock where it has one."""

from __future__ import annotations

import logging
import math
from types import TracebackType
from typing import Any

import anyio

from ..errors import TransportError
from ..redact import redact
from .stores import TokenStore
from .tokens import Tokens

log = logging.getLogger("bitrix_im")

ANSWER_LIMIT = 10.0
"""Seconds that a store may take to load or to save."""
_CATCH_UP_LIMIT = 2.0  # seconds of a call that wants something else
LOCK_LIMIT = 60.0
"""Seconds to wait for another process's refresh: longer than one takes that goes badly."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds between two tries to save what could not be saved


class Keeping:
    """What a keeper asks of its store; without one, nothing is kept, and nothing fails."""

    def __init__(self, store: TokenStore | None) -> None:
        self._store = store
        self._unsaved: Tokens | None = None
        self._is_saving = False
        self._next_try = -math.inf
        self._pause = 0.0
        self.has_lock = callable(getattr(store, "lock", None))
        self.exists = store is not None

    async def load(self) -> Tokens | None:
        """The pair saved last. Raises what the store raises, `TransportError` where it does not answer."""
        if self._store is None:
            return None
        with anyio.move_on_after(ANSWER_LIMIT):
            return await self._store.load()
        why = f"the token store did not answer within {ANSWER_LIMIT:g} s"
        raise TransportError(why, sent=False, phase="refresh")

    async def save(self, tokens: Tokens) -> None:
        """Save a new pair; one that hangs is given up, what it raises is raised. Both are made good later."""
        self._unsaved, self._pause, self._next_try = tokens, 0.0, -math.inf
        await self._try(ANSWER_LIMIT)

    async def catch_up(self) -> None:
        """Save what could not be saved before, if it is time for another try; fails nobody."""
        if self._unsaved is None or self._is_saving or anyio.current_time() < self._next_try:
            return
        try:
            await self._try(_CATCH_UP_LIMIT)
        except Exception as error:  # noqa: BLE001 - whatever the store raises: the call has its tokens
            log.warning("the new tokens are still not saved: %s: %s", type(error).__name__, redact(str(error)))

    async def last_chance(self) -> None:
        """Save what is still unsaved, however short ago that failed; fails nobody."""
        self._next_try = -math.inf
        await self.catch_up()

    async def _try(self, within: float) -> None:
        tokens = self._unsaved
        if self._store is None or tokens is None:
            self._unsaved = None
            return
        self._is_saving = True
        try:
            with anyio.move_on_after(within) as scope:
                await self._store.save(tokens)
                if self._unsaved is tokens:
                    self._unsaved = None
        finally:
            self._is_saving = False
            self._next_try = anyio.current_time() + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
        if scope.cancelled_caught:  # one that hangs costs the next one who asks it that long again: not soon
            self._next_try = anyio.current_time() + _LONGEST_PAUSE
            log.warning("the token store did not save within %g s: the new tokens are kept in memory", within)

    def lock(self) -> _Lock:
        """Held by one process at a time; nothing where the store has none, or where it cannot be had in time."""
        return _Lock(self._store.lock() if self.has_lock and self._store is not None else None)  # type: ignore[attr-defined]


class _Lock:
    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self.is_held = False

    async def __aenter__(self) -> _Lock:
        if self._manager is None:
            return self
        try:
            with anyio.move_on_after(LOCK_LIMIT):
                await self._manager.__aenter__()
                self.is_held = True
        except Exception as error:  # noqa: BLE001 - whatever it raises, two refreshes at once are better than none
            log.warning("refreshing without the store's lock: %s: %s", type(error).__name__, redact(str(error)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_held:
            await self._manager.__aexit__(None, None, None)
