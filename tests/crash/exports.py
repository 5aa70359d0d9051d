"""Exports killed at random moments and run again: ``python -m tests.crash.exports --target duckdb --seed N``.

Each kill is an export of its own: killed once, at a moment drawn from what an undisturbed run takes, and run again to
its end. Then the target holds what the undisturbed one holds, and both runs together have made at most 1.4 times its
requests.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom

from bitrix_im.export.schema import TABLES
from bitrix_im.testing import Portal

from ..export.stage import KINDS, rows
from .run import Outcome
from .stage import PATIENCE, ROOT

_MOST = 1.4
_A_START = 12  # requests that a second start may cost, where a whole export takes hardly more
# What differs from run to run: when a row was written, when people were last seen, and what is unread by then.
_OF_A_RUN = re.compile(r"exported_at|(.*_)?last_activity_date|date_update|unread|counter")


def crash_exports(*, target, kills, seed, dialogs=400, messages=60):
    """Kill as many exports, each once. Gives the figures, and what went wrong."""
    random, began = Random(seed), time.monotonic()
    portal = _portal(seed, dialogs, messages)
    problems, ratios, amid = [], [], 0
    with tempfile.TemporaryDirectory() as folder, portal.serving() as webhook:
        home = Path(folder)
        _export(webhook, home / "calm", target)
        calm, requests, seconds = _contents(home / "calm", target), portal.requests, _lasted(home / "calm", target)
        for number in range(kills):
            here, before = home / str(number), portal.requests
            process = _start(webhook, here, target)
            moment = random.uniform(0, seconds * 1.1)
            _until_it_asks(portal, before, process)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                amid += 1
            _export(webhook, here, target)
            ratios.append((portal.requests - before) / requests)
            if (found := _contents(here, target)) != calm:
                problems.append(f"kill {number} after {moment:.2f} s: {_difference(calm, found)}")
            shutil.rmtree(here)
    ratio = sum(ratios) / len(ratios)
    if ratio > max(_MOST, 1 + _A_START / requests):
        problems.append(f"killed and run again took {ratio:.2f} times the requests")
    figures = (
        f"{target}: seed {seed}, {kills} exports killed ({amid} at work), {requests} requests undisturbed, "
        f"{ratio:.2f} times as many with a kill (at most {max(ratios):.2f}); {time.monotonic() - began:.0f} s"
    )
    return Outcome(figures, problems)


def _portal(seed, dialogs, messages):
    portal = Portal(seed=seed, rate=20, burst=50)
    now = datetime.fromtimestamp(portal.clock.seconds(), UTC)
    for number in range(dialogs):
        name = portal.add_chat(f"Chat {number}", date=now - timedelta(minutes=number + 1))
        portal.add_history(name, messages * 40 if number % 100 == 7 else messages)
    return portal


def _start(webhook, folder, target):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.crash.exporter", webhook, KINDS[target]]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})


def _export(webhook, folder, target):
    process = _start(webhook, folder, target)
    if process.wait(PATIENCE):
        raise RuntimeError(f"the export into {target} ended with {process.returncode}: see above")


def _until_it_asks(portal, before, process):
    until = time.monotonic() + PATIENCE
    while portal.requests == before and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)


def _path(folder, target):
    return f"{'parquet:' if target == 'parquet' else ''}{folder / KINDS[target].rpartition(':')[2]}"


def _contents(folder, target):
    """All rows of all tables but that of the runs, by table and key."""
    contents = {}
    for name in ("dialogs", "messages", "users", "files"):
        table = TABLES[name]
        columns = [column.name for column in table.columns if not _OF_A_RUN.fullmatch(column.name)]
        found = [dict(zip(columns, row, strict=True)) for row in rows(_path(folder, target), name, columns)]
        contents[name] = {tuple(row[name] for name in table.key): row for row in found}
        assert len(contents[name]) == len(found), f"{name}: {len(found) - len(contents[name])} rows are doubled"
    return contents


def _lasted(folder, target):
    return max(elapsed for (elapsed,) in rows(_path(folder, target), "runs", ["elapsed"]))


def _difference(calm, found):
    parts = []
    for name, wanted in calm.items():
        missing, strange = wanted.keys() - found[name].keys(), found[name].keys() - wanted.keys()
        other = {
            column for key in wanted.keys() & found[name].keys() for column in _differ(wanted[key], found[name][key])
        }
        if missing or strange or other:
            parts.append(f"{name}: {len(missing)} missing, {len(strange)} strange; other values in {sorted(other)}")
    return "; ".join(parts)


def _differ(one, other):
    return [column for column, value in one.items() if value != other[column]]


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.crash.exports", description=__doc__)
    parser.add_argument("--target", choices=KINDS, action="append", help="which kinds of target; by default all")
    parser.add_argument("--kills", type=int, default=30, help="how many exports are killed, for each target")
    parser.add_argument("--dialogs", type=int, default=400, help="of the portal")
    parser.add_argument("--seed", type=int, help="what the moments are drawn from; by default a random one")
    chosen = parser.parse_args(arguments)
    seed = SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    failed = False
    for target in chosen.target or KINDS:
        outcome = crash_exports(target=target, kills=chosen.kills, seed=seed, dialogs=chosen.dialogs)
        sys.stdout.write(f"{outcome}\n")
        sys.stdout.flush()
        failed = failed or bool(outcome.problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
