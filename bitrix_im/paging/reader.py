"""The replies to a walk's steps, several in one request where the walk can foretell its calls."""

from __future__ import annotations

from collections import deque
from typing import Any

from ..errors import BitrixError
from ..rest.batch import as_made
from ..rest.call import Call, Reply
from ..session.retry import breaks_up
from .walk import Caller, Walk


class Reader:
    """One walk's replies, in the order of its steps.

    The first page comes alone, so that whoever wants no more pays for no more; windows grow as they are read. Nothing
    runs ahead in the background: a window is fetched when its first page is asked for.
    """

    def __init__(self, caller: Caller, walk: Walk[Any, Any]) -> None:
        self._caller = caller
        self._walk = walk
        self._round = 0
        self._ahead: deque[tuple[Call, Reply]] = deque()

    async def reply(self, step: Any, wanted: int | None) -> tuple[Call, Reply]:
        """The reply to *step*, and the call that it answers."""
        call = self._walk.call(step, wanted)
        wrong = 0
        while self._ahead:
            made, reply = self._ahead.popleft()
            if _is_same(made, call):
                return made, reply
            wrong += 1
        if wrong > 1:  # the list moved: no time to run far ahead (one guess too many is no sign of that)
            self._round = min(self._round, 1)
        windows = self._walk.windows
        calls = self._walk.foretell(step, windows[min(self._round, len(windows) - 1)], wanted)
        self._round += 1
        if len(calls) > 1 and _is_same(calls[0], call) and await self._fetch(calls):
            return self._ahead.popleft()
        return call, await self._caller.call(call)

    async def _fetch(self, calls: list[Call]) -> bool:
        """Fill the window; False where not even its first call got through, so that it must be made alone."""
        try:
            outcomes = await self._caller.unit(calls)
        except BitrixError as error:
            if not breaks_up(error):
                raise
            self._walk.learn(calls, error)
            self._round = 0
            return False
        self._walk.learn(calls, outcomes)
        for call, outcome in zip(calls, outcomes, strict=False):
            made = as_made(call, outcomes)
            if made is not None and isinstance(outcome, Reply):
                self._ahead.append((made, outcome))
            elif call is calls[0]:
                return False  # any other is made again when its turn comes, with an error and retries of its own
        return bool(self._ahead)


def _is_same(made: Call, call: Call) -> bool:
    """Whether a call asks for what another does, be it more or less of it at once."""
    return made.method == call.method and {**made.params, "LIMIT": 0} == {**call.params, "LIMIT": 0}
