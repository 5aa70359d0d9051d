"""Several processes, one portal: what they cost with shared limits and tokens, and without.

``python -m benchmarks.processes`` prints the table; it starts a redis-server of its own, where there is one.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import anyio
import attrs

from bitrix_im.limits.turns import Ask
from bitrix_im.session.sharing import place_of
from bitrix_im.testing import Portal

from .table import markdown
from .worker import Task

ROOT = Path(__file__).parent.parent
PATIENCE = 120.0  # seconds until a worker that says nothing has failed
WORKERS = 4
RATE, BURST = 10.0, 50
STRICT = 20  # at once
WARMED = 2 * WORKERS  # requests of workers that come up, drained before they begin


class Crew:
    """Worker processes that begin together."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.worker", json.dumps(attrs.asdict(task))],
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for task in tasks
        ]
        for process in self._processes:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise RuntimeError(f"a worker did not start: {process.communicate()[1][-2000:]}")

    def tell(self) -> None:
        """Send each of them a line."""
        for process in self._processes:
            assert process.stdin is not None
            if process.poll() is None:
                process.stdin.write("\n")
                process.stdin.flush()

    def reports(self) -> list[dict[str, Any] | None]:
        """What each has to say once it is done; None for one that was killed."""
        reports: list[dict[str, Any] | None] = []
        for process in self._processes:
            said, complaints = process.communicate(timeout=PATIENCE)
            if process.returncode > 0:
                raise RuntimeError(complaints[-3000:])
            reports.append(json.loads(said) if process.returncode == 0 else None)
        return reports

    def close(self) -> None:
        """End those who still run."""
        for process in self._processes:
            process.kill()
            process.communicate()


@attrs.frozen
class Played:
    """What the portal saw of it, and the workers said."""

    requests: int
    refusals: int
    seconds: float
    texts: list[str]
    """All that was written."""
    reports: list[dict[str, Any] | None]


def play(
    works: Sequence[str],
    where: str | None,
    *,
    calls: int,
    burst: int = BURST,
    backends: Sequence[str] = ("asyncio", "trio"),
    meanwhile: Callable[[], None] = lambda: None,
) -> Played:
    """Let workers do *works* on a strict portal, the event loops in turn; *meanwhile* runs while they do."""
    portal = Portal(seed=5, rate=RATE, burst=burst)
    dialog = portal.add_chat("Work")
    with portal.serving() as url, ExitStack() as stack:
        crew = Crew(
            [
                Task(
                    work=work,
                    url=url,
                    backend=backends[number % len(backends)],
                    where=where,
                    rate=RATE,
                    burst=burst,
                    calls=calls,
                    dialog=dialog,
                    name=f"worker {number}",
                )
                for number, work in enumerate(works)
            ]
        )
        stack.callback(crew.close)
        time.sleep(WARMED / RATE)
        began, before = time.monotonic(), portal.requests
        crew.tell()
        meanwhile()
        reports = crew.reports()
        seconds = time.monotonic() - began
        texts = [text for text in portal.person(1).messages(dialog) if text.startswith("worker")]
    return Played(portal.requests - before, portal.refusals, seconds, texts, reports)


def ideal(calls: int) -> float:
    """Seconds that so many requests take at least."""
    return max(0.0, (calls - BURST) / RATE)


class Server(Portal):
    """A portal that is changed in the thread that serves it."""

    loop: asyncio.AbstractEventLoop

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.loop = asyncio.get_running_loop()
        await super().__call__(scope, receive, send)

    def do(self, act: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(PATIENCE)


def expire(where: str, times: int) -> tuple[int, int, list[str]]:
    """Let tokens run out so many *times* under four workers; refreshes, calls, and what failed."""
    portal = Server(seed=6, limited=False)
    portal.oauth_app("app.1", "the client secret")
    with portal.serving() as url, ExitStack() as stack:
        root = url.partition("/rest/")[0]
        portal.oauth.client_endpoint = f"{root}/rest/"
        given = portal.oauth.issue("app.1") | {"server": f"{root}/oauth/token/"}
        backends = ["asyncio", "trio"] * (WORKERS // 2)
        crew = Crew([Task(work="expiries", url=url, backend=each, where=where, tokens=given) for each in backends])
        stack.callback(crew.close)
        crew.tell()
        until = time.monotonic() + PATIENCE
        for number in range(1, times + 1):
            time.sleep(0.1)
            while portal.requests == 0:
                time.sleep(0.01)
            portal.do(portal.expire_tokens)
            while portal.refreshes < number and time.monotonic() < until:
                time.sleep(0.01)
        time.sleep(0.3)
        crew.tell()
        reports = [report for report in crew.reports() if report is not None]
    failed = [each for report in reports for each in report["failed"]]
    return portal.refreshes, sum(report["calls"] for report in reports), failed


@contextmanager
def places() -> Iterator[dict[str, str | None]]:
    """Where to share: nowhere, in a file, in Redis where there is one."""
    from tests.redis_server import HOW_TO_GET, RedisServer, is_here

    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found: dict[str, str | None] = {"nothing shared": None, "a file": f"{folder}/limits.db"}
        if is_here():
            server = RedisServer()
            stack.callback(server.close)
            server.start()
            found["Redis"] = server.url
        else:
            print(HOW_TO_GET, file=sys.stderr)
        yield found


async def _ask(where: str) -> float:
    """Seconds that a question takes, by the median."""
    place, ask, took = place_of(where), Ask("one", 1e12, 1e12, want="turn"), []
    place.open()
    for _ in range(200):
        began = time.perf_counter()
        await place.ask("acme.bitrix24.com", ask)
        took.append(time.perf_counter() - began)
    await place.aclose()
    return statistics.median(took)


def main() -> None:
    rows = []
    with places() as found:
        for name, where in found.items():
            played = play(["reads"] * WORKERS, where, calls=100, burst=STRICT)
            rows.append([f"{WORKERS} x 100 reads", name, played.requests, played.refusals, f"{played.seconds:.1f} s"])
            for backend in ("asyncio", "trio"):
                played = play(["writes"] * WORKERS, where, calls=60, backends=[backend])
                ratio = f"{played.seconds:.1f} s, {played.seconds / ideal(240):.2f} x the ideal"
                rows.append([f"{WORKERS} x 60 writes, {backend}", name, played.requests, played.refusals, ratio])
            if where is not None:
                for backend in ("asyncio", "trio"):
                    cost = anyio.run(_ask, where, backend=backend)
                    rows.append([f"a question, {backend}", name, "", "", f"{cost * 1e6:.0f} µs"])
                tokens = where if "://" in where else where.replace("limits.db", "tokens.json")
                refreshes, calls, failed = expire(tokens, 30)
                rows.append(["30 expiries", name, f"{calls} calls, {len(failed)} failed", f"{refreshes} refreshes", ""])
    print(markdown(["work", "shared in", "requests", "refused", "took"], rows))


if __name__ == "__main__":
    main()
