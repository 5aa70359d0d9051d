"""What a request that came back means for those aboard: an answer, an error, or that they go again. Sans-I/O."""

from __future__ import annotations

import copy

from ..errors import (
    BatchError,
    BitrixError,
    OperationTimeLimit,
    QueryLimitExceeded,
    TransportError,
    UnexpectedResponse,
)
from ..rest.batch import Outcome
from ..rest.call import Reply
from .doubt import Doubt
from .fate import Fate, Renewed, fate_of
from .observer import Observer
from .stats import Counts
from .unit import Flight, Unit

_LIMITED = (QueryLimitExceeded, OperationTimeLimit)
_PARTS = 4  # a batch that failed twice, while others got through, goes again in so many


class Landing:
    """Shares out what came back."""

    def __init__(self, doubt: Doubt, observer: Observer, counts: Counts) -> None:
        self._doubt = doubt
        self._observer = observer
        self._counts = counts

    def land(self, flight: Flight, landed: Reply | Exception, now: float) -> tuple[Fate, list[Unit]]:
        """Settle those aboard, but for those who go again: they are returned."""
        outcomes: list[list[Outcome]] | None = None
        if isinstance(landed, Reply):
            try:
                outcomes = flight.unpack(landed)
            except UnexpectedResponse as error:
                landed = error
        self._observer.landed(flight, landed, outcomes, now)
        fate = fate_of(landed, is_batch=flight.is_batch)
        if fate is Fate.REFUSED:
            return fate, self._refused(flight, landed)
        if fate is Fate.FAILED and isinstance(landed, BitrixError):
            return fate, self._failed(flight, landed, now)
        if fate is Fate.TOO_MUCH and isinstance(landed, BitrixError):
            return fate, self._again(flight, landed, now, parts=_PARTS)
        if fate is Fate.ANSWERED:
            self._doubt.succeeded(now)
            self._observer.answered(flight, now)
        if isinstance(landed, Exception):
            self._share(flight, landed)
            return fate, []
        return fate, self._answered(flight, outcomes or [])

    def _refused(self, flight: Flight, why: Reply | Exception) -> list[Unit]:
        """It did not run, so it costs nothing but time."""
        if not isinstance(why, Renewed):
            self._counts.retries += 1
        for unit in flight.aboard:
            if isinstance(why, BitrixError):
                unit.trials.failure = why.again()
        return list(flight.aboard)

    def _failed(self, flight: Flight, error: BitrixError, now: float) -> list[Unit]:
        """A lone call's failure is its caller's; a batch goes again, as it was, and in parts when it fails again."""
        first, _ = flight.load[0]
        is_unreached = isinstance(error, TransportError) and not error.sent
        longest = first.options.retry.max_delay
        self._doubt.failed(first.number, flight.departed, now, longest=longest, blames_none=is_unreached)
        if len(flight.load) > 1:
            return self._again(flight, error, now, parts=1)
        for unit in flight.aboard:
            unit.trials.tries += 1
            unit.settle(error)
        return []

    def _again(self, flight: Flight, error: BitrixError, now: float, parts: int) -> list[Unit]:
        """Everybody in a batch goes again, unless it was his last attempt. Looking for a bad command counts once."""
        commands, back = len(flight.calls), []
        for unit in sorted(flight.aboard, key=lambda unit: unit.number):
            trials, retry = unit.trials, unit.options.retry
            trials.tries += not trials.strikes
            trials.failure = error.again()
            if not self._doubt.is_down:
                trials.strikes += 1
                trials.most = max(1, commands // (_PARTS if trials.strikes > 1 else parts))
            if (retry.attempts is not None and trials.tries >= retry.attempts) or now >= unit.until:
                unit.fail(error)
            else:
                back.append(unit)
        return back

    def _answered(self, flight: Flight, outcomes: list[list[Outcome]]) -> list[Unit]:
        back = []
        for (unit, _), own in zip(flight.load, outcomes, strict=True):
            if unit not in flight.aboard:
                continue
            first = own[0]
            if unit.trials.most > 1 and any(isinstance(outcome, BatchError) for outcome in own):
                unit.trials.most = 1  # refused by batch itself, so it goes alone
                back.append(unit)
            elif unit.is_single and isinstance(first, _LIMITED):
                self._counts.retries += 1
                unit.trials.failure = first
                back.append(unit)
            else:
                unit.settle(own)
        return back

    def _share(self, flight: Flight, error: Exception) -> None:
        """Everybody gets an error of his own: it takes up the frames that it passes."""
        for number, unit in enumerate(flight.aboard):
            unit.settle(_copy(error) if number else error)


def _copy(error: Exception) -> Exception:
    try:
        return copy.copy(error).with_traceback(None)
    except Exception:  # noqa: BLE001 - a foreign class that cannot be copied
        return error
