"""Every Python block of the README and of docs/ runs as printed, and is typed."""

import ast
import inspect
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

SNIPPETS = [snippet for page in snippets.PAGES for snippet in snippets.of(page)]
PROGRAMS = [snippet for snippet in SNIPPETS if snippet.is_program]
TEST_FILES = [snippet for snippet in SNIPPETS if snippet.is_test_file]
WITH_FRAGMENTS = [page for page in snippets.PAGES if set(snippets.of(page)) - {*PROGRAMS, *TEST_FILES}]


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
    monkeypatch.setattr(anyio, "run", virtual_time.run)


@pytest.mark.parametrize("snippet", PROGRAMS, ids=lambda snippet: snippet.name)
def test_a_program_runs_as_printed(snippet, capsys):
    exec(compile(snippet.code, snippet.name, "exec"), {"__name__": "__main__"})
    assert "print(" not in snippet.code or capsys.readouterr().out


@pytest.mark.parametrize("page", WITH_FRAGMENTS, ids=lambda page: str(page.relative_to(snippets.ROOT)))
def test_a_page_s_fragments_run_one_after_the_other(page, portal):
    async def main() -> None:
        async with BitrixIM(portal.webhook) as im:
            names: dict[str, Any] = {"im": im}
            for snippet in snippets.of(page):
                if not snippet.is_program and not snippet.is_test_file:
                    # Lines as on the page, so that a traceback leads there
                    source = "\n" * (snippet.line - 1) + snippet.code
                    outcome = eval(compile(source, str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
                    if inspect.isawaitable(outcome):
                        await outcome

    virtual_time.run(main)


@pytest.mark.slow
def test_all_of_it_passes_mypy_strict(tmp_path):
    for page in snippets.PAGES:
        for name, code in snippets.modules(page).items():
            (tmp_path / f"{name}.py").write_text(code)
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


def test_the_readme_s_first_example_is_the_design_s():
    first = snippets.of(snippets.ROOT / "README.md")[0].code
    assert "async for dialog in im.recent.list(skip_openlines=True):" in first
