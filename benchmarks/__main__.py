"""``python -m benchmarks``: every bar, and every peer, against the embedded portal on a loopback socket."""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

from . import bars, certificate, comparison, environments, load

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "bench"
INTRO = """# Benchmarks

Written by `make bench`: the embedded portal on a loopback socket, in a process of its own, with the cloud's limits
(2 requests a second, 50 at once) unless said otherwise; every client in a fresh process. Completeness is looked at
first: a walk that misses or doubles something has missed its bar. Compare the columns, not the machine's seconds.
"""
BARS = """
## What bitrix-im has to keep to

"Least possible" is what no client could do without. Memory is what Python held at most (tracemalloc); waits,
microseconds and ratios depend on the machine's mood too, and are tried three times at most.
"""
LOAD = """
## Under load

In virtual time, so the figures are the same on every machine; a portal that takes 20 ms a command and lets 2 requests a
second through, 50 at once. Beside it httpx with the loop that everybody writes first: a pause of a second, eight tries.
"""
PEERS = """
## Beside others

A portal with deleted, doubled and waiting rows, https, limits on; each client at its current version, called as its own
documentation says, with the largest pages that it lets through. "That recipe" is the REST documentation's own loop over
the client's plain call. What steps by `start` gets all of a search; `im.recent.list` tells a total of -1 and a wrong
`next`, so there such a list ends after a page, or notices and stops. The recipe doubles what the portal shows twice,
loses what moves, and begins an unread dialog at its read mark. Peak memory is the whole process, interpreter included.
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition(": ")[2])
    parser.add_argument("--quick", action="store_true", help="the bars alone, without peers; no file is written")
    parser.add_argument("--report-only", action="store_true", help="exit with 0 even if a bar is missed")
    chosen = parser.parse_args()

    outcomes = []
    for outcome in bars.measure():
        outcomes.append(outcome)
        _progress(f"{outcome.work}: {outcome.measured}{'' if outcome.met else ' (missed)'}")
    report = INTRO + BARS + "\n" + bars.table(outcomes)
    loads = []
    for played in load.measure(plain=not chosen.quick):
        loads.append(played)
        _progress(f"{played.scene.work}: {played.asyncio.said}{'' if played.met else ' (missed)'}")
    report += LOAD + "\n" + load.table(loads)
    met = all(outcome.met for outcome in [*outcomes, *loads])

    if not chosen.quick:
        trials = []
        for trial in comparison.trials(_pythons(), certificate.make(BUILD)):
            trials.append(trial)
            _progress(f"{trial.work.title}, {trial.way.name}: {_said(trial)}")
        report += PEERS + "\n" + comparison.table(trials)
        report += f"\nPython {platform.python_version()}; {_versions()}.\n"
        met = met and comparison.is_whole(trials)
        (HERE / "RESULTS.md").write_text(report, "utf-8")
    print(report)
    return 0 if met or chosen.report_only else 1


def _pythons() -> dict[str, str | environments.Missing]:
    """The interpreter of each client; or why there is none: its own trials say so, and the others are compared."""
    pythons: dict[str, str | environments.Missing] = {}
    for name, peer in environments.peers().items():
        try:
            pythons[name] = peer.python()
        except environments.Missing as missing:
            pythons[name] = missing
    return pythons


def _versions() -> str:
    """What is compared with, in words."""
    return ", ".join(f"{peer.name} {peer.version}" for peer in environments.peers().values())


def _said(trial: comparison.Trial) -> str:
    whole = trial.completeness
    if whole is None:
        return trial.failure[:90] or "—"
    return f"{trial.requests} requests, {whole.missing} missing, {whole.doubled} doubled"


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
