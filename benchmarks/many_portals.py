"""A thousand portals in one process: what each client costs that hears one of them.

``python -m benchmarks.many_portals`` measures it; with ``serve COUNT`` it is the portals, a port each, in a process of
their own: they answer constants, so that nothing else is measured.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .runs import Run, run
from .session_cost import ANSWER

OURS = Path(__file__).with_name("ours.py")
PORTALS = 1_000
BAR = 60  # KB a client
RESULTS: dict[str, Any] = {"im.v2.Event.get": {"events": [], "nextOffset": 1, "hasMore": False}}


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One keep-alive connection."""
    time = json.loads(ANSWER)["time"]
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("ascii").lower().split("\r\n")
            length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
            await reader.readexactly(length)
            method = head.split(b" ", 2)[1].decode("ascii").rpartition("/")[2]
            body = json.dumps({"result": RESULTS.get(method, True), "time": time}).encode()
            said = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(said.encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve(count: int) -> None:
    servers = [await asyncio.start_server(_answer, "127.0.0.1", 0) for _ in range(count)]
    sys.stdout.write(json.dumps([server.sockets[0].getsockname()[1] for server in servers]) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)


@contextmanager
def serving(count: int) -> Iterator[list[int]]:
    """So many portals meanwhile; gives their ports."""
    command = [sys.executable, "-m", "benchmarks.many_portals", "serve", str(count)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.communicate()


def measure(portals: int = PORTALS) -> Run:
    """Hear so many portals in one process; the result has bytes and sockets a client, and what it grew by."""
    with serving(portals) as ports:
        return run(OURS, "many_portals", ports=ports)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(_serve(int(sys.argv[2])))
    else:
        print(json.dumps(measure(*map(int, sys.argv[1:])).result, indent=1))
