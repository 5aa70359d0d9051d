"""The pytest plugin in another project's tests: three lines, on the event loop that they ask for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOREIGN = """
import pytest
import sniffio
from bitrix_im import Limits


async def test_three_lines(bitrix_portal, bitrix_im):
    chat = bitrix_portal.add_chat("Launch")
    assert [dialog.dialog_id async for dialog in bitrix_im.recent.list()] == [chat]


async def test_the_loop_is_asyncio_unless_asked(bitrix_im):
    assert sniffio.current_async_library() == "asyncio"


@pytest.mark.anyio
async def test_the_loops_of_anyio_backend(bitrix_im, anyio_backend_name):
    await bitrix_im.call("server.time")
    assert sniffio.current_async_library() == anyio_backend_name


@pytest.mark.bitrix_portal(seed=5, limited=True, burst=7)
def test_options(bitrix_portal):
    assert (bitrix_portal.seed, bitrix_portal.limited) == (5, True)


class TestInAClass:
    async def test_a_method(self, bitrix_im):
        assert (await bitrix_im.call("profile")).result["ID"] == "1"


def test_the_fixture_in_a_sync_test(bitrix_im):
    assert "secret" not in repr(bitrix_im)


@pytest.fixture
def chat(bitrix_portal):
    return bitrix_portal.add_chat("By a fixture")


async def test_fixtures_of_ones_own(chat, bitrix_im):
    assert await bitrix_im.messages.send(chat, "Hello") > 0


@pytest.fixture
async def greeting(chat, bitrix_im):
    return await bitrix_im.messages.send(chat, "By an async fixture")


@pytest.mark.anyio
async def test_async_fixtures_that_use_the_client(chat, greeting, bitrix_im):
    assert await bitrix_im.messages.send(chat, "After it") > greeting


@pytest.fixture
async def draft(chat, bitrix_im):
    number = await bitrix_im.messages.send(chat, "A draft")
    yield number
    await bitrix_im.messages.delete(number)
    assert (await bitrix_im.call("im.dialog.messages.get", {"DIALOG_ID": chat})).result["messages"]
    print("cleaned up")


@pytest.fixture
def draft_of_a_draft(draft):
    return draft


@pytest.mark.anyio
async def test_async_fixtures_that_clean_up_by_the_client(draft_of_a_draft, bitrix_im):
    await bitrix_im.messages.update(draft_of_a_draft, "Written")


async def test_failing(bitrix_im):
    assert (await bitrix_im.call("server.time")).result == "yesterday"
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "test_foreign.py").write_text(FOREIGN, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "anyio",
        "-p",
        "bitrix_im.testing.plugin",
        "-p",
        "no:cacheprovider",
        "-rA",
        "-W",
        "error",
    ]
    # By name, and nothing else by itself: the plugin of this checkout, installed or not
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    ended = subprocess.run(
        [*command, "--strict-markers", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
    )
    return ended.stdout + ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "test_three_lines[asyncio]",
        "test_the_loop_is_asyncio_unless_asked[asyncio]",
        "test_the_loops_of_anyio_backend[asyncio]",
        "test_the_loops_of_anyio_backend[trio]",
        "test_options",
        "TestInAClass::test_a_method[asyncio]",
        "test_the_fixture_in_a_sync_test",
        "test_fixtures_of_ones_own[asyncio]",
        "test_async_fixtures_that_use_the_client[asyncio]",
        "test_async_fixtures_that_use_the_client[trio]",
        "test_async_fixtures_that_clean_up_by_the_client[asyncio]",
        "test_async_fixtures_that_clean_up_by_the_client[trio]",
    ],
)
def test_a_foreign_test_passes(report, name):
    assert f"PASSED test_foreign.py::{name}" in report, report


@pytest.mark.slow
def test_a_foreign_test_can_fail_and_nothing_else_is_told(report):
    assert "FAILED test_foreign.py::test_failing" in report
    assert "1 failed, 12 passed in" in report
    assert report.count("cleaned up") == 2
    assert "unclosed" not in report
