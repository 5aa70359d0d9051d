"""``python -m benchmarks``: every bar, and every peer, against the embedded portal on a loopback socket."""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

from . import bars, certificate, comparison, peers_venv

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "bench"
INTRO = """# Benchmarks

Written by `make bench`: the embedded portal on a loopback socket, in a process of its own, with the cloud's limits
(2 requests a second, 50 at once) unless said otherwise; every client in a fresh process. Completeness is looked at
first: a walk that misses or doubles something has missed its bar. Compare the columns, not the machine's seconds.
"""
BARS = """
## What bitrix-im has to keep to

"Least possible" is what no client could do without. Whatever depends on the machine's mood (waits, microseconds,
ratios) is tried three times at most.
"""
PEERS = """
## Beside others

A portal with deleted, doubled and waiting rows, https, limits on. "That recipe" is the REST documentation's own loop
over the client's plain call; list methods are used as the client's documentation says. Peak memory is the whole
process, interpreter included.
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
    met = all(outcome.met for outcome in outcomes)

    if not chosen.quick:
        trials = []
        python = peers_venv.python(BUILD / "venv")
        for trial in comparison.trials(python, certificate.make(BUILD)):
            trials.append(trial)
            _progress(f"{trial.work.title}, {trial.way.name}: {trial.failure[:90] or trial.completeness or '—'}")
        report += PEERS + "\n" + comparison.table(trials)
        report += f"\nPython {platform.python_version()}; {', '.join(peers_venv.requirements())}.\n"
        met = met and comparison.is_whole(trials)
        (HERE / "RESULTS.md").write_text(report, "utf-8")
    print(report)
    return 0 if met or chosen.report_only else 1


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
