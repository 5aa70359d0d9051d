"""Every Python block of the README and of docs/ runs as printed, and is typed."""

import ast
import inspect
import os
import subprocess
import sys
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest

from bitrix_im import BitrixIM
from bitrix_im.testing import Portal

from .. import virtual_time
from . import snippets

PROGRAMS = [snippet for page in snippets.PAGES for snippet in snippets.of(page) if snippet.is_program]
WITH_FRAGMENTS = [page for page in snippets.PAGES if any(snippet.is_fragment for snippet in snippets.of(page))]
WITH_FILES = [page for page in snippets.PAGES if snippets.files(page)]


def page_name(page):
    return str(page.relative_to(snippets.ROOT))


@pytest.fixture
def portal():
    """The portal of the pages: acme.bitrix24.com with its webhook, the dialog chat1489, chats to find."""
    portal = Portal(seed=1, user_id=1, secret="SECRET", host="acme.bitrix24.com")
    while (name := portal.add_chat("Project")) != "chat1489":
        assert int(name[4:]) < 1489
    portal.add_history("chat1489", 130, unread=12)
    return portal


@pytest.fixture(autouse=True)
def network(portal, monkeypatch, tmp_path):
    """There is no network but the embedded portal, no time but virtual time, and no folder but an empty one."""
    monkeypatch.chdir(tmp_path)

    async def handle(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return await portal.http()._transport.handle_async_request(request)

    async def inline(function, *arguments, **_: Any):
        return function(*arguments)  # virtual time does not wait for threads

    monkeypatch.setattr(anyio.to_thread, "run_sync", inline)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
    monkeypatch.setattr(anyio, "run", lambda program: virtual_time.run(for_a_while, program, portal))


async def for_a_while(program, portal):
    """Run a program while somebody writes; one that hears messages would never end by itself."""
    with anyio.move_on_after(60):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(somebody_writes, portal)
            await program()
            tasks.cancel_scope.cancel()


async def somebody_writes(portal):
    ann = portal.person("Ann")
    ann.join("chat1489")
    await anyio.sleep(5)
    ann.write("chat1489", "Is it ready?")


@pytest.mark.slow
@pytest.mark.parametrize("snippet", PROGRAMS, ids=lambda snippet: snippet.name)
def test_a_program_runs_as_printed(snippet, capsys):
    exec(compile(snippet.code, snippet.name, "exec"), {"__name__": "__main__"})
    assert "print(" not in snippet.code or capsys.readouterr().out


@pytest.mark.grid(every=4)
@pytest.mark.parametrize("page", WITH_FRAGMENTS, ids=page_name)
def test_a_page_s_fragments_run_one_after_the_other(page, portal):
    async def main() -> None:
        async with BitrixIM(portal.webhook) as im:
            names: dict[str, Any] = {"im": im}
            for snippet in snippets.of(page):
                if snippet.is_fragment:
                    # Lines as on the page, so that a traceback leads there
                    source = "\n" * (snippet.line - 1) + snippet.code
                    outcome = eval(compile(source, str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
                    if inspect.isawaitable(outcome):
                        await outcome

    virtual_time.run(main)


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_FILES, ids=page_name)
def test_the_files_that_a_page_makes_pass_their_own_tests(page, tmp_path):
    for name, code in snippets.files(page).items():
        (tmp_path / name).write_text(code, "utf-8")
    # By name, not as installed: so it is this checkout's plugin
    environment = {**os.environ, "PYTHONPATH": str(snippets.ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    plugins = ["-p", "anyio", "-p", "bitrix_im.testing.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_all_of_it_passes_mypy_strict(tmp_path):
    for page in snippets.PAGES:
        for name, code in snippets.modules(page).items():
            (tmp_path / name).write_text(code, "utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        tmp_path / "cache",
        tmp_path,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=snippets.ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_s_listener_answers_what_somebody_writes(portal):
    (listener,) = [snippet for snippet in snippets.of(snippets.ROOT / "README.md") if "im.events" in snippet.code]
    exec(compile(listener.code, listener.name, "exec"), {"__name__": "__main__"})
    assert portal.message_texts("chat1489")[-2:] == ["Is it ready?", "Seen."]
