"""The iterator of `Messages.bulk`: it makes a `Planner`'s rounds, and hands out their pages."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping, Sequence
from contextvars import copy_context

import anyio

from ..errors import BitrixError
from ..paging import Caller
from ..paging.bulk import BulkPage, Descent, Planner, Road, Round, Strides, habits_of
from ..paging.history import links_of
from ..rest.batch import MAX_COMMANDS, Outcome
from ..rest.call import Call
from ..session.loop import start
from . import _parameters as checked

DialogIds = Iterable[str | int] | AsyncIterable[str | int]

# Calls that are out, and pages that wait for a slow consumer, together: one request's pages are read meanwhile.
_MOST = 2 * MAX_COMMANDS


def bulk_of(caller: Caller, dialog_ids: DialogIds, after: Mapping[str, int], before: Mapping[str, int]) -> Bulk:
    """Begin a bulk: nothing is asked yet."""
    links, habits = links_of(caller), habits_of(caller)
    floors, tops = _checked("after", after, 0), _checked("before", before, 1)

    def road_to(dialog_id: str) -> Road:
        after, before = floors.get(dialog_id, 0), tops.get(dialog_id, 0)
        if after or before:  # exact by id: what an import brought since may have any date
            return Descent(dialog_id, links, habits, after=after, before=before)
        return Strides(dialog_id, links, habits)

    return Bulk(caller, Planner(road_to, links.learn), dialog_ids)


def _checked(name: str, given: Mapping[str, int], least: int) -> dict[str, int]:
    return {checked.dialog_id(key): checked.message_id(name, number, least) or 0 for key, number in given.items()}


class Bulk:
    """Pages of many dialogs, as `Messages.bulk` gives them: ``async for page in bulk``, once.

    Requests leave when the next page is asked for, and belong to the client: stopping early leaves nothing behind but
    one or two that are under way, whose answers nobody reads.
    """

    def __init__(self, caller: Caller, planner: Planner, dialog_ids: DialogIds) -> None:
        self._caller = caller
        self._planner = planner
        self._ids = _Ids(dialog_ids)
        self._pages: deque[BulkPage] = deque()
        self._failure: Exception | None = None
        self._landed = anyio.Event()
        self._flying = 0

    def __aiter__(self) -> Bulk:
        return self

    def skip(self, dialog_id: str) -> None:
        """Ask for no more of a dialog that has shown enough. What is under way still comes, a ``done`` need not."""
        self._planner.skip(dialog_id)

    async def __anext__(self) -> BulkPage:
        while True:
            await self._set_out()
            if self._pages:
                return self._pages.popleft()
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            if not self._flying:
                raise StopAsyncIteration
            if self._landed.is_set():
                self._landed = anyio.Event()
            await self._landed.wait()

    async def _set_out(self) -> None:
        """Send what may leave now: full requests, as long as there are dialogs to fill them."""
        planner = self._planner
        while self._failure is None and planner.asked + len(self._pages) <= _MOST - MAX_COMMANDS:
            while len(planner) < MAX_COMMANDS and (dialog_id := await self._ids.next()) is not None:
                planner.add(dialog_id)
            if not planner or (self._flying and not planner.fills_a_request):
                break
            self._flying += 1
            start(self._fly, planner.next(), context=copy_context())

    async def _fly(self, made: Round) -> None:
        """Make a round, in a task of the client's own."""
        try:
            outcomes = await self._outcomes(made.units)
            pages, failure = self._planner.read(made, outcomes)
            self._pages += pages
            self._failure = self._failure or failure
        except Exception as error:  # noqa: BLE001 - raised where the next page is asked for
            self._failure = error
        finally:
            self._flying -= 1
            self._landed.set()

    async def _outcomes(self, units: Sequence[Sequence[Call]]) -> list[list[Outcome] | BitrixError]:
        """What became of each unit; they wait side by side, where there are several."""
        if len(units) == 1:
            return [await self._outcome(units[0])]
        outcomes: dict[int, list[Outcome] | BitrixError] = {}
        broken: list[Exception] = []

        async def wait(place: int, unit: Sequence[Call]) -> None:
            try:
                outcomes[place] = await self._outcome(unit)
            except Exception as error:  # noqa: BLE001 - raised below, not as a group
                broken.append(error)

        async with anyio.create_task_group() as tasks:
            for place, unit in enumerate(units):
                tasks.start_soon(wait, place, unit)
        if broken:
            raise broken[0]
        return [outcomes[place] for place in range(len(units))]

    async def _outcome(self, unit: Sequence[Call]) -> list[Outcome] | BitrixError:
        try:
            return list(await self._caller.unit(unit))
        except BitrixError as error:
            return error


class _Ids:
    """Dialog ids, checked and each once, from whatever gives them; asked for one by one, so never all of them held."""

    def __init__(self, given: DialogIds) -> None:
        if isinstance(given, str | bytes) or not isinstance(given, Iterable | AsyncIterable):
            raise ValueError(f"expected dialog ids to iterate over, got {given!r}")  # noqa: TRY004 - one kind of error for bad input
        self._rest = aiter(given) if isinstance(given, AsyncIterable) else iter(given)
        self._known: set[str] = set()
        self._is_over = False

    async def next(self) -> str | None:
        """The next one, or None: there are no more."""
        while not self._is_over:
            try:
                given = next(self._rest) if isinstance(self._rest, Iterator) else await anext(self._rest)
            except (StopIteration, StopAsyncIteration):
                self._is_over = True
                break
            dialog_id = checked.dialog_id(given)
            if dialog_id not in self._known:
                self._known.add(dialog_id)
                return dialog_id
        return None
