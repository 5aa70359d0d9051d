"""What a waiting call costs: many at once, answered at once by a transport in process.

The longest step is how long the event loop was kept from everything else at a time. Times are the processor's, so that
waiting and other processes do not count.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import httpx

from bitrix_im import BitrixIM, Limits, Retry

URL = "https://portal.bitrix24.test/rest/1/secret/"
FAST = Limits(rate=5_000, burst=1)  # everybody waits, and hardly for long
_NAMES = re.compile(rb'"(u\d+c\d+)":')


class Answering(httpx.AsyncBaseTransport):
    """Answers every command with its name."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        names = [name.decode() for name in _NAMES.findall(request.content)]
        result: Any = "me"
        if names:
            time_block = {name: {"duration": 0.001, "finish": 1772606606.31} for name in names}
            result = {"result": dict.fromkeys(names, "me"), "result_error": [], "result_time": time_block}
        return httpx.Response(200, content=json.dumps({"result": result}).encode())


@attrs.frozen
class Cost:
    """What so many waiting calls took."""

    calls: int
    seconds: float
    """Of processor time, for each call."""
    longest: float
    """The longest step of the event loop, in seconds of processor time."""


@contextmanager
def _steps() -> Iterator[list[float]]:
    """The seconds that each step of the event loop takes."""
    taken: list[float] = []
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        taken.append(time.thread_time() - began)

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    try:
        yield taken
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]


async def _wait(count: int, params: dict[str, Any]) -> None:
    retry = Retry(max_elapsed=3600)
    async with (
        httpx.AsyncClient(transport=Answering()) as http,
        BitrixIM(URL, http=http, limits=FAST, retry=retry) as im,
    ):
        await im.call("user.get", params)
        await asyncio.gather(*[im.call("user.get", params) for _ in range(count)])


def measure(calls: int) -> Cost:
    """What *calls* waiting calls cost each, and the longest step without the collector."""
    params = {"ID": 5, "FILTER": {"NAME": "Ann"}}
    asyncio.run(_wait(100, params))
    began = time.process_time()
    asyncio.run(_wait(calls, params))
    seconds = (time.process_time() - began) / calls
    gc.disable()  # its pauses grow with all that lives in the process, whoever made it
    try:
        with _steps() as taken:
            asyncio.run(_wait(calls, params))
    finally:
        gc.enable()
    return Cost(calls, seconds, max(taken[10:]))


if __name__ == "__main__":
    for number in (1_000, 20_000):
        cost = measure(number)
        print(f"{number} waiting: {cost.seconds * 1e6:.0f} µs a call, longest step {cost.longest * 1e3:.1f} ms")
