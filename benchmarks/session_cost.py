"""What a call costs on top of httpx: the same POST to a transport that answers the same bytes at once, in process."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable

import httpx

from bitrix_im import BitrixIM, Limits

URL = "https://portal.bitrix24.test/rest/1/secret/"
ANSWER = json.dumps(
    {
        "result": "2026-03-04T09:43:26+03:00",
        "time": {
            "start": 1772606606.25,
            "finish": 1772606606.31,
            "duration": 0.06,
            "processing": 0.01,
            "date_start": "2026-03-04T09:43:26+03:00",
            "date_finish": "2026-03-04T09:43:26+03:00",
            "operating_reset_at": 1772607206,
            "operating": 0.02,
        },
    }
).encode()
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class Constant(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": "application/json"}, content=ANSWER)


async def _seconds(call: Callable[[], Awaitable[object]], times: int) -> float:
    """Of processor time: it waits for nothing, and other processes are not its business."""
    started = time.process_time()
    for _ in range(times):
        await call()
    return (time.process_time() - started) / times


async def _measure(rounds: int, times: int) -> tuple[float, float]:
    bare, ours = [], []
    async with (
        httpx.AsyncClient(transport=Constant()) as http,
        BitrixIM(URL, http=http, limits=Limits.unlimited()) as im,
    ):

        async def post() -> object:
            response = await http.post(URL + "server.time", content=b"{}", headers=HEADERS, timeout=75)
            return json.loads(response.content)

        async def call() -> object:
            return await im.call("server.time")

        for _ in range(rounds + 1):
            bare.append(await _seconds(post, times))
            ours.append(await _seconds(call, times))
    return statistics.median(bare[1:]), statistics.median(ours[1:])


def measure(rounds: int = 30, times: int = 100) -> tuple[float, float]:
    """Seconds of a bare POST and of a call, the medians of interleaved rounds."""
    return asyncio.run(_measure(rounds, times))


if __name__ == "__main__":
    bare, ours = measure()
    print(f"bare POST {bare * 1e6:.0f} µs, call {ours * 1e6:.0f} µs: {(ours - bare) * 1e6:.0f} µs more")
