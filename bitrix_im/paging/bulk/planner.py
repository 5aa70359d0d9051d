"""Who is asked next, and with whom: full requests over many dialogs, in turn. Sans-I/O.

A request holds a call for each of up to fifty dialogs, those that have waited longest first; where there are fewer, the
room left goes to further pages of the long ones. What fails in company is asked again alone, where the session has
retries for it, before it counts as the dialog's failure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import attrs

from ...errors import (
    AuthError,
    BatchError,
    BitrixError,
    DuplicateMessage,
    OperationTimeLimit,
    OverloadLimit,
    PortalGone,
    QueryLimitExceeded,
    ServerError,
    TransportError,
    UnexpectedResponse,
)
from ...rest.batch import MAX_COMMANDS, Outcome
from ...rest.call import Call, Ref
from ...session.retry import breaks_up
from .page import BulkPage
from .road import Road

Learn = Callable[[Sequence[Call], "Sequence[Outcome] | BitrixError"], None]

# What may go better alone: it says nothing of the dialog.
_AGAIN = (BatchError, DuplicateMessage, OperationTimeLimit, QueryLimitExceeded, ServerError, UnexpectedResponse)
# What is true of every dialog, so that the whole bulk ends.
_OF_ALL = (AuthError, OperationTimeLimit, OverloadLimit, PortalGone, QueryLimitExceeded, TransportError)


@attrs.define(eq=False)
class _Dialog:
    """A dialog on its way."""

    dialog_id: str
    road: Road


@attrs.frozen
class _Part:
    """One dialog's calls of a round; they refer to each other by their places among themselves."""

    dialog: _Dialog
    calls: Sequence[Call]


@attrs.frozen
class Round:
    """Calls to make now. ``units`` leave each in a request of its own, or together as the session sees fit."""

    parts: Sequence[Sequence[_Part]]
    units: Sequence[Sequence[Call]]


class Planner:
    """The dialogs under way, and what to ask about them."""

    def __init__(
        self, road_to: Callable[[str], Road], learn: Callable[[Sequence[Call], Sequence[Outcome] | BitrixError], None]
    ) -> None:
        self._road_to = road_to
        self._learn = learn
        self._ready: deque[_Dialog] = deque()
        self._alone: deque[_Dialog] = deque()
        self._skipped: set[str] = set()
        self._waiting: deque[_Dialog] = deque()
        self._scout: _Dialog | None = None
        """The dialog that finds out what the waiting ones wait for."""
        self.asked = 0
        """Calls that are out."""

    def __len__(self) -> int:
        """Dialogs that can be asked about now."""
        return len(self._ready) + len(self._alone)

    @property
    def fills_a_request(self) -> bool:
        """Whether those that can be asked about need a whole request."""
        return len(self) >= MAX_COMMANDS or sum(dialog.road.most() for dialog in self._ready) >= MAX_COMMANDS

    def add(self, dialog_id: str) -> None:
        """Begin a dialog."""
        self._ready.append(_Dialog(dialog_id, self._road_to(dialog_id)))

    def skip(self, dialog_id: str) -> None:
        """End a dialog, wherever it is."""
        self._skipped.add(dialog_id)
        for line in (self._ready, self._alone, self._waiting):
            for dialog in [one for one in line if one.dialog_id == dialog_id]:
                line.remove(dialog)
                if dialog is self._scout:
                    self._scout = None
        self._choose_scout()

    def next(self) -> Round:
        """The calls of one request; those of a dialog that failed in company one by one."""
        if self._alone:
            parts = [[_Part(dialog, dialog.road.ask(1))] for dialog in self._alone]
            self._alone.clear()
        else:
            parts = [self._company()]
        units = [_united(unit) for unit in parts]
        self.asked += sum(map(len, units))
        return Round(parts, units)

    def _company(self) -> list[_Part]:
        """The dialogs that have waited longest, and for each how many calls."""
        dialogs = [self._ready.popleft() for _ in range(min(MAX_COMMANDS, len(self._ready)))]
        rooms = _shared([dialog.road.most() for dialog in dialogs])
        return [_Part(dialog, dialog.road.ask(room)) for dialog, room in zip(dialogs, rooms, strict=True)]

    def read(
        self, made: Round, outcomes: Sequence[list[Outcome] | BitrixError]
    ) -> tuple[list[BulkPage], BitrixError | None]:
        """The pages that came of a round, and what ends the bulk: asking would go on where it stood.

        *outcomes* are, for each of its units, those of the calls, or of the first ones, or what failed them all. The
        lists are used up.
        """
        self.asked -= sum(map(len, made.units))
        pages: list[BulkPage] = []
        failure: BitrixError | None = None
        some_got_through = any(not isinstance(outcome, _OF_ALL) for outcome in outcomes)
        for parts, calls, outcome in zip(made.parts, made.units, outcomes, strict=True):
            self._learn(calls, outcome)
            if not isinstance(outcome, BitrixError):
                self._read_unit(parts, outcome, pages)
            elif len(calls) > 1 and breaks_up(outcome):
                self._back(self._alone, parts)
            elif len(calls) > 1 or _is_of_all(outcome, some_got_through=some_got_through):
                failure = outcome
                self._back(self._ready, parts)
            else:
                self._read_unit(parts, [outcome], pages)
        self._let_wait(pages)
        return pages, failure

    @staticmethod
    def _back(line: deque[_Dialog], parts: Sequence[_Part]) -> None:
        line.extendleft(part.dialog for part in reversed(parts))

    def _read_unit(self, parts: Sequence[_Part], outcomes: list[Outcome], pages: list[BulkPage]) -> None:
        """Take what came for each dialog of a unit. *outcomes* is emptied: answers take more memory than messages."""
        is_lone = sum(len(part.calls) for part in parts) == 1
        for index, part in enumerate(parts):
            own = outcomes[: len(part.calls)]
            del outcomes[: len(part.calls)]
            if not own:  # the limits let only the first ones through
                self._back(self._ready, parts[index:])
                break
            pages += self._read_part(part, own, is_lone=is_lone)

    def _read_part(self, part: _Part, outcomes: Sequence[Outcome], *, is_lone: bool) -> list[BulkPage]:
        """Take what came for one dialog, and put it where it belongs next."""
        dialog, road = part.dialog, part.dialog.road
        is_scout = dialog is self._scout
        if is_scout:
            self._scout = None
        steps = road.read(part.calls, outcomes)
        pages = list(steps.pages)
        if steps.failure is not None and not is_lone and isinstance(steps.failure, _AGAIN + _OF_ALL):
            self._alone.append(dialog)
        elif steps.failure is not None and not road.turn(steps.failure):
            pages.append(BulkPage(dialog.dialog_id, done=True, error=steps.failure))
        elif steps.done or road.is_over or dialog.dialog_id in self._skipped:
            last = pages.pop() if pages else BulkPage(dialog.dialog_id)
            pages.append(attrs.evolve(last, done=True))
        elif road.is_over is None and is_scout:
            self._waiting.appendleft(dialog)  # it has more to find out: go on with this one
        else:
            (self._waiting if road.is_over is None else self._ready).append(dialog)
        return pages

    def _let_wait(self, pages: list[BulkPage]) -> None:
        """End those that wait for what is known by now; let one of them find it out where nobody does."""
        waiting, self._waiting = self._waiting, deque()
        for dialog in waiting:
            match dialog.road.is_over:
                case True:
                    pages.append(BulkPage(dialog.dialog_id, done=True))
                case False:
                    self._ready.append(dialog)
                case None:
                    self._waiting.append(dialog)
        self._choose_scout()

    def _choose_scout(self) -> None:
        if self._waiting and self._scout is None:
            self._scout = self._waiting.popleft()
            self._ready.appendleft(self._scout)


def _is_of_all(error: BitrixError, *, some_got_through: bool) -> bool:
    """Whether it says something of the portal, or of who calls. That nothing was answered says so where all failed."""
    if isinstance(error, TransportError) and error.sent:
        return not some_got_through
    return isinstance(error, _OF_ALL)


def _shared(wants: Sequence[int]) -> list[int]:
    """One call for each, and what is left of a request for those who can use more, in turn."""
    rooms = [1] * len(wants)
    left = MAX_COMMANDS - len(wants)
    while left > 0 and (more := [place for place, room in enumerate(rooms) if room < wants[place]]):
        for place in more[:left]:
            rooms[place] += 1
        left -= len(more)
    return rooms


def _united(parts: Sequence[_Part]) -> list[Call]:
    """All calls of a unit, their references moved to where the calls now stand."""
    calls: list[Call] = []
    for part in parts:
        begin = len(calls)
        calls += [_moved(call, begin) for call in part.calls] if begin else part.calls
    return calls


def _moved(call: Call, by: int) -> Call:
    params = {
        name: attrs.evolve(value, index=value.index + by) if isinstance(value, Ref) else value
        for name, value in call.params.items()
    }
    return attrs.evolve(call, params=params)
