"""The places themselves, in real time: a file and a Redis server, asked by clients on both event loops."""

import logging
import sqlite3
from contextlib import closing

import anyio
import pytest

from bitrix_im import BitrixIM, Limits, SharedLimits
from bitrix_im.testing import Portal

SECRET = "a-webhooks-secret"
LIMITS = Limits(rate=100, burst=200)
PLACES = ["file", pytest.param("redis", marks=pytest.mark.redis)]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """In real time: threads that ask a server wake no virtual clock."""
    return request.param


@pytest.fixture(params=PLACES)
def where(request, tmp_path):
    return str(tmp_path / "limits.db") if request.param == "file" else request.getfixturevalue("redis_server").url


@pytest.fixture
def portal():
    found = Portal(seed=4, secret=SECRET, limited=False)
    found.operating_cost["im.user.get"] = 150.0
    return found


def all_that_is_stored(where, redis_server=None):
    if redis_server is None:
        with closing(sqlite3.connect(where)) as file:
            return str(file.execute("SELECT * FROM limits").fetchall())
    with closing(redis_server.client()) as client:
        rows = {key: client.ttl(key) for key in client.scan_iter()}
        assert all(0 < seconds <= 3600 for seconds in rows.values()), "keys expire"
        hashes = [client.hgetall(key) for key in rows if client.type(key) == "hash"]
        return str([rows, hashes, [client.zrange(key, 0, -1) for key in rows if client.type(key) == "zset"]])


async def test_nothing_secret_is_stored_and_all_of_it_expires(where, portal, request):
    async with portal.http() as http, BitrixIM(portal.webhook, http=http, limits=SharedLimits(where, LIMITS)) as im:
        for _ in range(3):
            await im.users.get(1)
    server = request.getfixturevalue("redis_server") if "://" in where else None
    stored = all_that_is_stored(where, server)
    assert portal.host in stored
    assert "im.user.get" in stored  # operating time was told
    assert SECRET not in stored
    assert portal.webhook not in stored


async def test_a_closed_client_can_be_followed_by_another_one(where, portal):
    async with portal.http() as http:
        for _ in range(2):
            async with BitrixIM(portal.webhook, http=http, limits=SharedLimits(where, LIMITS)) as im:
                await im.revision()
    assert portal.requests == 2


@pytest.mark.redis
async def test_a_server_that_hangs_delays_a_call_by_a_second_at_most(redis_server, portal, caplog):
    limits = SharedLimits(redis_server.url, LIMITS)
    async with portal.http() as http, BitrixIM(portal.webhook, http=http, limits=limits) as im:
        await im.revision()
        redis_server.pause()
        try:
            with anyio.fail_after(10):
                await im.revision()
            assert "until they are back" in caplog.text
            with anyio.fail_after(10):
                await im.revision()
        finally:
            redis_server.resume()
        with anyio.fail_after(30):
            while "are back\n" not in caplog.text:
                await anyio.sleep(0.05)
    assert portal.requests == 3


async def test_a_file_that_is_no_database_fails_no_call_and_is_named(tmp_path, portal, caplog):
    path = tmp_path / "notes.txt"
    path.write_text("something else entirely, and long enough to be looked at " * 20, "utf-8")
    with caplog.at_level(logging.WARNING, "bitrix_im"):
        async with portal.http() as http, BitrixIM(portal.webhook, http=http, limits=SharedLimits(path)) as im:
            await im.revision()
    assert f"the shared limits in {path} do not answer (DatabaseError: file is not a database)" in caplog.text
    assert path.read_text("utf-8").startswith("something else")


async def test_a_file_that_is_removed_is_made_anew_and_has_no_burst(tmp_path, portal):
    path = tmp_path / "limits.db"
    limits = SharedLimits(path, Limits(rate=20, burst=40))
    async with portal.http() as http, BitrixIM(portal.webhook, http=http, limits=limits) as im:
        await im.revision()
        for each in tmp_path.glob("limits.db*"):
            each.unlink()
        await im.revision()
        assert path.exists()
    with closing(sqlite3.connect(path)) as file:
        (kept,) = file.execute("SELECT kept FROM limits").fetchone()
    assert '"level": 20' in kept  # 19 are let through at once, and one is taken: full
