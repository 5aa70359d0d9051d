"""bitrix_im beside what else there is on PyPI: the same portal, the same work, whole or not."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from .certificate import Certificate
from .completeness import Completeness, compare
from .environments import Missing
from .portal import serving
from .runs import Failed, run
from .table import markdown, megabytes, number

HERE = Path(__file__).parent
OURS = HERE / "ours.py"
FIND = "Project"


@attrs.frozen
class Work:
    """Something that everybody is asked to do."""

    title: str
    job: str
    moving: bool = False


@attrs.frozen
class Way:
    """One way to do it: a client, by the means that its documentation names."""

    name: str
    client: str
    """Whose environment it runs in."""
    script: Path
    jobs: dict[str, str]
    """The script's function for each job that the client has a way to do."""


@attrs.frozen
class Trial:
    """What came of it."""

    work: Work
    way: Way
    requests: int = 0
    seconds: float | None = None
    peak: int = 0
    completeness: Completeness | None = None
    failure: str = ""
    """Why it did not come to an end; nothing else is worth looking at then."""


WORKS = [
    Work("All 702 dialogs", "dialogs"),
    Work("All dialogs, while some rise and some disappear", "dialogs", moving=True),
    Work("520 found chats", "found"),
    Work("5,000 messages of a dialog", "messages"),
]
_WAYS = [
    ("httpx", "the documentation's recipe", ["dialogs", "found", "messages"], ""),
    ("fast-bitrix24", "`get_all`", ["dialogs", "found"], ""),
    ("fast-bitrix24", "that recipe", ["dialogs", "found", "messages"], "_loop"),
    ("b24pysdk", "`.as_list()`", ["dialogs", "found"], ""),
    ("b24pysdk", "that recipe", ["dialogs", "found", "messages"], "_loop"),
    ("b24api", "`iter_list`", ["dialogs", "found"], ""),
    ("b24api", "`iter_list_counted`", ["found"], "_counted"),
    ("b24api", "`iter_list_cursor`", ["messages"], ""),
    ("b24api", "`iter_cursors` from a start of ours", ["messages"], "_bound"),
    ("b24api", "that recipe", ["dialogs", "found", "messages"], "_loop"),
    ("bitrix24-rest", "`callMethod`", ["dialogs", "found"], ""),
    ("bitrix24-rest", "that recipe", ["dialogs", "found", "messages"], "_loop"),
]
WAYS = [
    Way("**bitrix-im**", "bitrix-im", OURS, {job: job for job in ("dialogs", "found", "messages")}),
    *(
        Way(
            f"{client}, {means}",
            client,
            HERE / "peers" / f"via_{client.replace('-', '_')}.py",
            {job: job + suffix for job in jobs},
        )
        for client, means, jobs, suffix in _WAYS
    ),
]


def trials(pythons: Mapping[str, str | Missing], certificate: Certificate, patience: float = 90) -> Iterator[Trial]:
    """Let everybody do everything; *pythons* are the clients' interpreters, or why there is none: a `Missing`."""
    for work in WORKS:
        for way in WAYS:
            if (job := way.jobs.get(work.job)) is not None:
                yield _trial(work, way, job, pythons, certificate, patience)


def _trial(
    work: Work, way: Way, job: str, pythons: Mapping[str, str | Missing], certificate: Certificate, patience: float
) -> Trial:
    interpreter = pythons.get(way.client, sys.executable)
    if isinstance(interpreter, Missing):
        return Trial(work, way, failure=f"Not run: {interpreter}")
    with serving("lively", certificate=certificate.files, moving=work.moving) as portal:
        options: dict[str, Any] = {"url": portal.url, "find": FIND, "dialog": portal.showcase}
        try:
            done = run(way.script, job, python=interpreter, environ=certificate.trust, patience=patience, **options)
        except Failed as failure:
            return Trial(work, way, portal.counts().requests, failure=f"Stopped: {failure}")
        counts = portal.counts()
    completeness = compare(counts.truth[work.job], done.result, counts.truth["hidden"])
    return Trial(work, way, counts.requests, done.seconds, done.peak, completeness)


def is_whole(trials: list[Trial]) -> bool:
    """Whether we, at least, found everything, once."""
    return all(t.completeness is not None and t.completeness.whole for t in trials if t.way is WAYS[0])


def table(trials: list[Trial]) -> str:
    """The trials as Markdown, a table for each work, with notes below."""
    notes: list[str] = []
    head = ["client", "requests", "seconds", "times ours", "missing", "doubled", "peak memory"]
    parts = []
    for work in dict.fromkeys(trial.work for trial in trials):
        own = [trial for trial in trials if trial.work == work]
        ours = next((trial.seconds for trial in own if trial.way is WAYS[0]), None)
        parts.append(f"### {work.title}\n\n" + markdown(head, (_row(trial, ours, notes) for trial in own)))
    listed = "\n".join(f"{place}. {note}" for place, note in enumerate(notes, 1))
    return "\n".join(parts) + (f"\nNotes:\n\n{listed}\n" if listed else "")


def _row(trial: Trial, ours: float | None, notes: list[str]) -> list[Any]:
    if trial.failure:
        return [trial.way.name, number(trial.requests), _noted(_plain(trial.failure), notes), *[None] * 4]
    assert trial.seconds is not None
    assert trial.completeness is not None
    times = "" if not ours else f"{trial.seconds / ours:.1f}"
    whole = trial.completeness
    return [
        trial.way.name,
        number(trial.requests),
        f"{trial.seconds:.2f}",
        times,
        _bold(whole.missing),
        _bold(whole.doubled),
        megabytes(trial.peak),
    ]


def _noted(note: str, notes: list[str]) -> str:
    if note not in notes:
        notes.append(note)
    return f"— ({notes.index(note) + 1})"


def _bold(count: int) -> str:
    return f"**{number(count)}**" if count else "0"


def _plain(failure: str) -> str:
    """The beginning of an error, without what Markdown would take for its own."""
    text = failure.replace("|", "/").replace("`", "'")
    return text if len(text) <= 90 else text[:90].rstrip() + " …"
