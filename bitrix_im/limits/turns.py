"""What processes that share a portal's limits ask of the place where they meet, and the rules that it answers by.

One *exchange* passes on what a process has seen, takes its next turn, and brings back what the others have seen.
`exchange` plays it on what was kept in a file; ``turns.lua`` plays the same inside a Redis server, and a test holds the
two together. The clock is that of the place.
"""

from __future__ import annotations

from typing import Any, Literal

import attrs

from .bucket import LeakyBucket

KEPT_FOR = 3600.0
"""Seconds until what nobody asks for is forgotten: longer than any bucket takes to drain, and than a window."""
SEEN_FOR = 60.0
"""Seconds that a process counts among those who share, after it has asked last."""
STEPPED_BACK = 1.0
"""Seconds that a clock may step back; by more it is another clock, and its times say nothing."""

News = tuple[str | float | None, ...]
"""What a process has seen, its kind first:

``("refused", wait)``; ``("stopped", wait)``; ``("answered", seconds since that request left)``; ``("unused",)`` for a
turn that it gives back; ``("operating", account and method, used, resets in, reset_at, cost)``.
"""


@attrs.frozen
class Ask:
    """What a process sends."""

    process: str
    """Its name: a random one."""
    rate: float
    capacity: float
    """The bucket's, as this process was told its limits."""
    known: str = ""
    """Which bucket it found the last time, by `Answer.born`; empty where that was long ago or never."""
    want: Literal["", "turn"] | int = ""
    """``"turn"``; or that which it has, by `Answer.epoch`: is it still good?"""
    version: int = 0
    """How much of the others' operating time it has heard of."""
    news: tuple[News, ...] = ()


@attrs.frozen
class Answer:
    """What comes back."""

    born: str
    epoch: int
    """How many times the bucket's times have moved, for a refusal or after one: turns given before are not good."""
    processes: int
    """How many share, this one included."""
    is_cut: bool
    """Whether it should be told of answers: they open a bucket that refusals have cut."""
    version: int
    wait: float | None = None
    """Seconds until the turn that was asked for; None where none was, or the one in hand is good."""
    operating: tuple[tuple[str, float | None, float, float | None, float], ...] = ()
    """What others have seen: account and method, used, resets in, reset_at, cost."""


@attrs.define
class Kept:
    """What is kept of one portal."""

    bucket: dict[str, float] = attrs.field(factory=dict)
    born: str = ""
    epoch: int = 0
    version: int = 0
    seen: dict[str, float] = attrs.field(factory=dict)
    operating: dict[str, list[Any]] = attrs.field(factory=dict)
    """Account and method → version, when, by whom, used, resets at, reset_at, cost."""


def exchange(kept: Kept, ask: Ask, now: float) -> Answer:
    """Answer *ask*; what is *kept* changes."""
    updated = kept.bucket.get("updated", now)
    if updated > now + STEPPED_BACK:
        kept.bucket, kept.born, kept.epoch, kept.version, kept.seen, kept.operating = {}, "", 0, 0, {}, {}
    elif updated > now:
        now = updated
    is_lost = bool(ask.known) and ask.known != kept.born
    if not kept.born:
        kept.born, kept.epoch = f"{now:.6f}", kept.epoch + 1
    bucket = LeakyBucket.of(ask.rate, ask.capacity, kept.bucket)
    if is_lost:  # what was sent lately is not on record here
        bucket.fill(now)
    for each in ask.news:
        _note(kept, ask, bucket, each, now, is_lost=is_lost)
    wait = None
    if ask.want == "turn":
        wait = bucket.reserve(now)
    elif ask.want != "" and (is_lost or ask.want != kept.epoch):
        if not is_lost:
            bucket.give_back(now)
        wait = bucket.reserve(now)
    kept.bucket = bucket.state
    kept.seen = {who: at for who, at in kept.seen.items() if at > now - SEEN_FOR} | {ask.process: now}
    since = 0 if is_lost or not ask.known else ask.version
    heard = tuple(
        (name, used, resets_at - now, reset_at, cost)
        for name, (version, _, who, used, resets_at, reset_at, cost) in sorted(kept.operating.items())
        if version > since and who != ask.process
    )
    return Answer(kept.born, kept.epoch, len(kept.seen), bucket.is_cut, kept.version, wait, heard)


def _note(kept: Kept, ask: Ask, bucket: LeakyBucket, news: News, now: float, *, is_lost: bool) -> None:
    match news:
        case "refused", float(wait):
            bucket.refused(now, wait)
            kept.epoch += 1
        case "stopped", float(wait):
            bucket.stopped(now, wait)
            kept.epoch += 1
        case "answered", float(age):
            kept.epoch += bucket.answered(now - age, now)
        case ("unused",) if not is_lost:
            bucket.give_back(now)
        case "operating", str(name), used, float(resets_in), reset_at, cost:
            kept.version += 1
            fresh = {name: at for name, at in kept.operating.items() if at[1] > now - KEPT_FOR}
            kept.operating = fresh | {name: [kept.version, now, ask.process, used, now + resets_in, reset_at, cost]}
