"""Real processes: a fleet of three workers, one killed, one stopped, on a file and on a real Redis server."""

import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PORTALS = 60
PATIENCE = 60.0
pytestmark = pytest.mark.slow


class Workers:
    """The processes of a fleet, and the log that they write together."""

    def __init__(self, where, lease, log):
        self.log = log
        self.processes = []
        for backend in ("asyncio", "trio", "asyncio"):
            options = [where, str(PORTALS), str(lease), backend, str(log)]
            self.processes.append(subprocess.Popen([sys.executable, "-m", "tests.fleet.worker", *options], cwd=ROOT))
        self.killed = {}

    def kill(self, number):
        """At once; the time at which it was certainly dead."""
        process = self.processes[number]
        process.kill()
        process.wait()
        self.killed[str(process.pid)] = time.monotonic()
        return self.killed[str(process.pid)]

    def spells(self):
        """Who worked where, from when to when, in order of time; a killed worker until it was killed."""
        found, running = defaultdict(list), {}
        for line in self.log.read_text("ascii").splitlines() if self.log.exists() else []:
            at, what, portal, pid = line.split()
            if what == "begins":
                running[portal, pid] = [float(at), self.killed.get(pid, float("inf")), pid]
                found[portal].append(running[portal, pid])
            else:
                running.pop((portal, pid))[1] = float(at)
        return {portal: sorted(spells) for portal, spells in found.items()}

    def until_all_are_owned_by(self, *numbers):
        """Wait; then who owns how many."""
        pids = {str(self.processes[number].pid) for number in numbers}
        until = time.monotonic() + PATIENCE
        while True:
            owners = [spells[-1][2] for spells in self.spells().values() if spells[-1][1] == float("inf")]
            counts = [owners.count(pid) for pid in pids]
            if len(owners) == PORTALS and set(owners) == pids and max(counts) - min(counts) <= 1:
                return counts
            assert time.monotonic() < until, f"owned by {owners}"
            time.sleep(0.05)

    def check(self):
        """One owner each at all times."""
        for portal, spells in self.spells().items():
            for earlier, later in pairwise(spells):
                assert earlier[1] <= later[0], f"{portal} had two owners: {spells}"

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            process.wait(PATIENCE)


@pytest.mark.parametrize("kind", ["file", pytest.param("redis", marks=pytest.mark.redis)])
def test_sixty_portals_over_three_workers_have_one_owner_each_while_one_is_killed_and_one_stops(
    kind, tmp_path, request
):
    lease = 1.5
    where = str(tmp_path / "fleet.db") if kind == "file" else request.getfixturevalue("redis_server").url
    with ExitStack() as stack:
        workers = Workers(where, lease, tmp_path / "log")
        stack.callback(workers.close)
        assert workers.until_all_are_owned_by(0, 1, 2) == [20, 20, 20]

        killed_at = workers.kill(0)
        assert workers.until_all_are_owned_by(1, 2) == [30, 30]
        workers.check()
        assert max(spells[-1][0] for spells in workers.spells().values()) <= killed_at + 3 * lease

        workers.processes[1].terminate()
        assert workers.processes[1].wait(PATIENCE) == 0
        assert workers.until_all_are_owned_by(2) == [60]
        stopped = str(workers.processes[1].pid)
        left = [spells for spells in workers.spells().values() if spells[-2:][0][2] == stopped]
        assert len(left) == 30
        assert max(spells[-1][0] - spells[-2][1] for spells in left) <= 1
    workers.check()
    assert all(spells[-1][1] < float("inf") for spells in workers.spells().values())


@pytest.mark.redis
def test_redis_stopped_and_started_empty_ends_no_work(redis_server, tmp_path):
    lease = 5.0
    with ExitStack() as stack:
        workers = Workers(redis_server.url, lease, tmp_path / "log")
        stack.callback(workers.close)
        workers.until_all_are_owned_by(0, 1, 2)
        before = workers.spells()
        redis_server.stop()
        time.sleep(1)
        redis_server.start()
        time.sleep(2 * lease)
        assert workers.spells() == before
        assert workers.until_all_are_owned_by(0, 1, 2) == [20, 20, 20]
