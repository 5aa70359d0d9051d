"""``bitrix-im export``: how far it is while it runs, and what became of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from typing import Any

import anyio
import attrs

from ..export import ExportReport, Progress, TargetRefused, export
from ..session.retry import Retry
from . import streams
from .connect import client, webhook_of
from .output import Counter, json_line
from .problems import Problem
from .texts import clean, count
from .typed.options import Connection

PARTLY = 3
"""The exit code where some dialogs could not be read."""

_EVERY = 10.0  # seconds between two lines where there is no terminal
_BAR = 12
_NAMED = 5  # dialogs


def run(connection: Connection, target: str, *, json: bool, **options: Any) -> None:
    """Export. Raises `Problem` for what cannot be done, and where some dialogs failed."""
    if json:
        streams.check()
    line = ProgressLine()

    async def program(webhook: str) -> ExportReport:
        async with client(webhook, Retry()) as im:
            try:
                return await export(im, target, progress=line, **options)
            except (TargetRefused, ValueError) as error:
                raise Problem(str(error)) from None
            except OSError as error:
                raise Problem(f"cannot write {target}: {error.strerror}") from None

    try:
        with webhook_of(connection) as webhook, line.counter:
            done = anyio.run(program, webhook)
    except KeyboardInterrupt:
        raise Problem(f"stopped by Ctrl-C after {line.told}; the same command goes on from there", 130) from None
    if json:
        streams.write(
            json_line(
                {
                    "target": target,
                    **attrs.asdict(done),
                    "failed": dict(done.failed),
                    "mismatched": dict(done.mismatched),
                }
            )
        )
    else:
        streams.tell(summary(done, target))
    if done.mismatched:
        streams.tell(f"bitrix-im: note: {compared(done.mismatched)}")
    for dialog_id, why in done.failed.items():
        streams.tell(f"bitrix-im: {clean(dialog_id)}: {clean(why)}")
    if done.failed:
        raise Problem(f"{count(len(done.failed), 'dialog')} failed, all others are exported: run it again", PARTLY)


def summary(done: ExportReport, target: str) -> str:
    """What was done, on one line."""
    counts = [count(getattr(done, f"{noun}s"), noun) for noun in ("dialog", "message", "user", "file", "request")]
    if done.dry_run:
        return f"there are about {', '.join(counts[:2])} to read by {counts[-1]}, in {lasting(done.elapsed)} or more"
    return f"{', '.join(counts)} written to {clean(target)} in {lasting(done.elapsed)}"


def compared(mismatched: Mapping[str, tuple[int, int]]) -> str:
    """Which dialogs the portal counts otherwise, on one line: the first few of them."""
    told = [f"{clean(name)} {stored:,} of {counted:,}" for name, (stored, counted) in mismatched.items()]
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return (
        f"stored of what the portal counts: {', '.join(told[:_NAMED])}{more}; it also counts messages from before you "
        "joined, which it does not show"
    )


class ProgressLine:
    """A line that is renewed in place on a terminal; elsewhere a line every ten seconds."""

    def __init__(self) -> None:
        self.counter = Counter()
        self.told = "0 messages"
        self._next = 0.0 if self.counter.is_shown else time.monotonic() + _EVERY

    def __call__(self, progress: Progress) -> None:
        """Tell it, if it is time."""
        self.told = count(progress.messages, "message")
        now = time.monotonic()
        if now < self._next:
            return
        if self.counter.is_shown:
            self._next = now + 0.1
            self.counter.show(progress_line(progress, shutil.get_terminal_size().columns - 1, bar=True), end="")
        else:
            self._next = now + _EVERY
            streams.tell(progress_line(progress, 200, bar=False))


def progress_line(progress: Progress, width: int, *, bar: bool) -> str:
    """The numbers that have room in *width* columns, the most important first."""
    of = f"/{progress.dialogs_total:,}" if progress.dialogs_total else ""
    parts = [f"{progress.dialogs:,}{of} dialogs"]
    if bar and progress.dialogs_total:
        done = min(_BAR, _BAR * progress.dialogs // progress.dialogs_total)
        parts.append("━" * done + "╌" * (_BAR - done))
    if progress.left is not None:
        parts.append(f"{lasting(progress.left)} left")
    parts += [count(progress.messages, "message"), count(progress.requests, "request"), f"{progress.rate:,.0f}/s"]
    if progress.files:
        parts.append(count(progress.files, "file"))
    if progress.waiting >= 1:
        parts.append(f"waited {lasting(progress.waiting)} for limits")
    line = parts[0]
    for part in parts[1:]:
        if len(line) + len(part) + 2 <= width:
            line += f"  {part}" if bar else f", {part}"
    return line


def lasting(seconds: float) -> str:
    """``3.2 s``, ``12 min``, ``1 h 20 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
