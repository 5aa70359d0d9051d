"""The numbers of a report, from rows of (dialog, author, moment) in the order they were written.

An answer is the time from the first message of a turn (what one person writes in a row) until another person writes in
the same dialog. Later than a week it is no answer but another conversation. What bots and the portal itself write
counts as activity, and is nobody's answer.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, tzinfo

import attrs

WEEK = 7 * 86400.0
_HOUR = 3600.0

BUCKETS: Sequence[tuple[str, float]] = (
    ("1 min", 60),
    ("5 min", 300),
    ("15 min", 900),
    ("1 h", _HOUR),
    ("4 h", 4 * _HOUR),
    ("1 day", 24 * _HOUR),
    ("1 week", WEEK),
)
"""How soon an answer came: up to that many seconds."""


@attrs.frozen
class Answers:
    """Times until somebody else answered, in seconds."""

    count: int
    median: float | None
    p90: float | None
    buckets: tuple[int, ...] = ()

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Answers:
        """Of times in any order."""
        times = sorted(seconds)
        bounds = [bound for _, bound in BUCKETS]
        buckets = [0] * len(bounds)
        for time in times:
            buckets[next(place for place, bound in enumerate(bounds) if time <= bound)] += 1
        return cls(len(times), quantile(times, 0.5), quantile(times, 0.9), tuple(buckets))


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The value that this *share* of an ordered sequence does not exceed; None of an empty one."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


@attrs.frozen(kw_only=True)
class Busy:
    """A dialog or a person, and what was written there or by them."""

    key: str | int
    messages: int
    others: int
    """Of a dialog: who wrote there; of a person: in how many dialogs."""
    answers: Answers


@attrs.frozen(kw_only=True)
class Numbers:
    """All of a report's."""

    messages: int
    dialogs: int
    people: int
    first: datetime | None
    last: datetime | None
    days: dict[date, int]
    """Messages by day."""
    hours: tuple[tuple[int, ...], ...]
    """Messages by weekday (Monday first) and hour."""
    answers: Answers
    busiest_dialogs: tuple[Busy, ...]
    busiest_people: tuple[Busy, ...]


@attrs.define
class _Tally:
    messages: int = 0
    others: set[str | int] = attrs.field(factory=set)
    answers: array[float] = attrs.field(factory=lambda: array("d"))

    def busy(self, key: str | int) -> Busy:
        return Busy(key=key, messages=self.messages, others=len(self.others), answers=Answers.of(self.answers))


def numbers(
    rows: Iterable[tuple[str, int, datetime]], zone: tzinfo, *, bots: Collection[int] = (), most: int = 15
) -> Numbers:
    """Count it all. *rows* come dialog by dialog, each in order; days and hours are those of *zone*.

    *bots* are ids whose messages are activity, but no person's. *most* dialogs and people are told one by one.
    """
    days: Counter[date] = Counter()
    hours = [[0] * 24 for _ in range(7)]
    dialogs: defaultdict[str | int, _Tally] = defaultdict(_Tally)
    people: defaultdict[str | int, _Tally] = defaultdict(_Tally)
    answers: array[float] = array("d")
    first = last = None
    here, asked_by, asked_at = "", 0, 0.0
    for dialog_id, author, moment in rows:
        local = moment.astimezone(zone)
        days[local.date()] += 1
        hours[local.weekday()][local.hour] += 1
        first = moment if first is None or moment < first else first
        last = moment if last is None or moment > last else last
        dialog = dialogs[dialog_id]
        dialog.messages += 1
        if dialog_id != here:
            here, asked_by = dialog_id, 0
        if not author or author in bots:
            continue
        dialog.others.add(author)
        person = people[author]
        person.messages += 1
        person.others.add(dialog_id)
        if author != asked_by:
            now = moment.timestamp()
            if asked_by and 0 <= now - asked_at <= WEEK:
                for times in (answers, dialog.answers, person.answers):
                    times.append(now - asked_at)
            asked_by, asked_at = author, now
    return Numbers(
        messages=days.total(),
        dialogs=len(dialogs),
        people=len(people),
        first=first and first.astimezone(zone),
        last=last and last.astimezone(zone),
        days=dict(sorted(days.items())),
        hours=tuple(map(tuple, hours)),
        answers=Answers.of(answers),
        busiest_dialogs=_most(dialogs, most),
        busiest_people=_most(people, most),
    )


def _most(tallies: dict[str | int, _Tally], most: int) -> tuple[Busy, ...]:
    first = sorted(tallies.items(), key=lambda item: (-item[1].messages, str(item[0])))[:most]
    return tuple(tally.busy(key) for key, tally in first)
