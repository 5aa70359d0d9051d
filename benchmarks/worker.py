"""One of several processes that share a portal's limits, or its tokens: says "ready", waits for a line, works, reports.

``python -m benchmarks.worker JSON``; the JSON is a `Task`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import attrs

from bitrix_im import BitrixError, BitrixIM, JSONFileTokenStore, Limits, OAuth, RedisTokenStore, SharedLimits, Tokens


@attrs.frozen(kw_only=True)
class Task:
    """What a worker is to do."""

    work: str
    """reads, writes, dies or expiries"""
    url: str
    backend: str = "asyncio"
    where: str | None = None
    """Where the limits, or for expiries the tokens, are shared; None for not at all."""
    rate: float = 2.0
    burst: float = 50.0
    calls: int = 0
    name: str = ""
    dialog: str = ""
    tokens: dict[str, Any] | None = None

    def limits(self) -> Limits | SharedLimits:
        limits = Limits(rate=self.rate, burst=self.burst)
        return SharedLimits(self.where, limits) if self.where else limits


async def reads(task: Task, im: BitrixIM) -> None:
    """Many calls at once, that share requests."""
    async with anyio.create_task_group() as tasks:
        for _ in range(task.calls):
            tasks.start_soon(im.users.get, 1)


async def writes(task: Task, im: BitrixIM) -> None:
    """Calls that travel alone, all of them waiting from the start."""
    async with anyio.create_task_group() as tasks:
        for number in range(task.calls):
            tasks.start_soon(partial(im.messages.send, task.dialog, f"{task.name} {number}", system=True))


async def dies(task: Task, im: BitrixIM) -> None:
    """The same, until it holds a turn that it waits for: then it is killed."""
    from bitrix_im.session.sharing.gate import SharedGate

    ask = SharedGate._ask

    async def ask_and_die(gate: SharedGate) -> None:
        await ask(gate)
        if gate._turn is not None and not gate._turn.is_sure:
            os.kill(os.getpid(), signal.SIGKILL)

    SharedGate._ask = ask_and_die  # type: ignore[method-assign]
    await writes(task, im)


def application(task: Task) -> OAuth:
    given = task.tokens or {}
    store = RedisTokenStore(task.where or "") if "://" in (task.where or "") else JSONFileTokenStore(task.where or "")
    return OAuth(
        given["client_endpoint"],
        Tokens(given["access_token"], given["refresh_token"]),
        "app.1",
        "the client secret",
        store=store,
        server=given["server"],
    )


async def expiries(task: Task) -> dict[str, Any]:
    """Call after call, while tokens run out, until a line comes."""
    done, failed, is_over = 0, [], False

    async def listen() -> None:
        nonlocal is_over
        await anyio.to_thread.run_sync(sys.stdin.readline)
        is_over = True

    async with BitrixIM(application(task), limits=Limits.unlimited()) as im, anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        while not is_over:
            try:
                await im.users.get(1)
                done += 1
            except BitrixError as error:
                failed.append(repr(error))
            await anyio.sleep(0.005)
        stats = im.stats
    return {"calls": done, "failed": failed, "refreshes": stats.refreshes}


async def wait_for_line() -> None:
    print("ready", flush=True)
    await anyio.to_thread.run_sync(sys.stdin.readline)


async def main(task: Task) -> dict[str, Any]:
    if task.work == "expiries":
        await wait_for_line()
        return await expiries(task)
    async with BitrixIM(task.url, limits=task.limits()) as im:
        await im.revision()  # all is imported, and the connection is there
        await wait_for_line()
        began = time.monotonic()
        await {"reads": reads, "writes": writes, "dies": dies}[task.work](task, im)
        seconds, stats = time.monotonic() - began, im.stats
    return {"seconds": seconds, "requests": stats.requests - 1, "limit_hits": stats.limit_hits}


if __name__ == "__main__":
    own = Task(**json.loads(sys.argv[1]))
    print(json.dumps(anyio.run(main, own, backend=own.backend)), flush=True)
