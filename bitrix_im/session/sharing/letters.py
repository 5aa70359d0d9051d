"""What a process has to tell the others, and what it last heard from them. Sans-I/O."""

from __future__ import annotations

import math
from typing import Literal
from uuid import uuid4

from ...limits import LeakyBucket, Limits
from ...limits.turns import KEPT_FOR, Answer, Ask, News

_MOST = 1e12  # for no limit: a number that every place can count with
_UNKNOWN = "?"  # the name of no bucket


class Letters:
    """One process's side of the exchanges about one portal."""

    def __init__(self) -> None:
        self.is_cut = False
        """Whether answers of the portal are worth telling."""
        self.is_lost = False
        """Whether this process sent requests that the place knows nothing of."""
        self._process = uuid4().hex[:12]
        self._news: list[tuple[float, News]] = []
        self._last: Answer | None = None
        self._heard_at = -math.inf

    @property
    def processes(self) -> int:
        """How many shared the limits when they were last seen, this one included."""
        return self._last.processes if self._last is not None else 1

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._news)

    def add(self, now: float, news: News) -> None:
        """Tell this with the next exchange; of a method's operating time, the last word alone."""
        if news[0] == "operating":
            self._news = [each for each in self._news if each[1][:2] != news[:2]]
        self._news.append((now, news))

    def ask(self, limits: Limits, want: Literal["", "turn"] | int, now: float) -> Ask:
        """The next question, with all that is to be told: it counts as told."""
        bucket, last = LeakyBucket(limits), self._last
        news, self._news = tuple(_aged(news, now - at) for at, news in self._news), []
        is_recent = last is not None and now - self._heard_at < KEPT_FOR / 2  # later it may be forgotten, and drained
        known = _UNKNOWN if self.is_lost else last.born if last is not None and is_recent else ""
        version = last.version if last is not None else 0
        return Ask(self._process, min(bucket.rate, _MOST), min(bucket.capacity, _MOST), known, want, version, news)

    def heard(self, answer: Answer, now: float) -> None:
        """The place has answered."""
        self._last, self._heard_at, self.is_cut, self.is_lost = answer, now, answer.is_cut, False


def _aged(news: News, seconds: float) -> News:
    """*news* of so many *seconds* ago, as of now."""
    match news:
        case "answered", float(age):
            return "answered", age + seconds
        case "operating", name, used, float(resets_in), reset_at, cost:
            return "operating", name, used, max(0.0, resets_in - seconds), reset_at, cost
    return news
