"""``examples/workers.py``: four uvicorn workers are as polite as one, and refresh once."""

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import anyio
import httpx
import pytest

from benchmarks.processes import Server

ROOT = Path(__file__).parents[2]
PLACES = ["file", pytest.param("redis", marks=pytest.mark.redis)]


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_four_workers_share_limit_and_tokens(place, tmp_path, request):
    portal = Server(seed=7)
    dialog = portal.add_chat("Launch")
    portal.oauth_app("app.1", "the client secret")
    port = free_port()
    with portal.serving() as url:
        root = url.partition("/rest/")[0]
        portal.oauth.client_endpoint = f"{root}/rest/"
        given = portal.oauth.issue("app.1")
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BITRIX_PORTAL": f"{root}/rest/",
            "BITRIX_AUTH_SERVER": f"{root}/oauth/token/",
            "BITRIX_APP": "app.1",
            "BITRIX_SECRET": "the client secret",
            "BITRIX_ACCESS": given["access_token"],
            "BITRIX_REFRESH": given["refresh_token"],
            "BITRIX_SHARED": str(tmp_path) if place == "file" else request.getfixturevalue("redis_server").url,
        }
        command = [sys.executable, "-m", "uvicorn", "--workers", "4", "--port", str(port), "examples.workers:app"]
        service = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/dialogs")
            first = anyio.run(ask, address, dialog, 40)
            portal.do(portal.expire_tokens)
            second = anyio.run(ask, address, dialog, 40)
        finally:
            service.terminate()
            service.wait(30)
        texts = portal.person(1).messages(dialog)
    assert portal.refusals == 0
    assert portal.refreshes == 1
    assert len({answer["worker"] for answer in first + second}) > 1
    assert len([text for text in texts if text.startswith("note")]) == 40


async def ask(address, dialog, count):
    """So many requests at once, each on a connection of its own, for whichever worker takes it; half of them write."""
    answers = []

    async def one(number):
        async with httpx.AsyncClient(timeout=60) as http:
            if number % 2:
                answer = await http.post(f"{address}/dialogs/{dialog}", content=f"note {number}")
            else:
                answer = await http.get(f"{address}/dialogs")
            answers.append(answer.raise_for_status().json())

    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(one, number)
    return answers


def wait_for(address):
    until = time.monotonic() + 60
    while True:
        try:
            return httpx.get(address, timeout=60).raise_for_status()
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
