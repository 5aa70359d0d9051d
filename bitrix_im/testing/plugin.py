"""The pytest plugin: fixtures for other projects' tests. The one module here that knows the client, to hand it out.

A test that takes `bitrix_im` and has no marker of its own runs on asyncio, without any other plugin. With
``@pytest.mark.anyio`` it runs on what your `anyio_backend` says, trio as well; pytest-asyncio's tests work, too.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from bitrix_im import BitrixIM

    from .portal import Portal

_HTTP = pytest.StashKey[httpx.AsyncClient]()
_RUNNERS = ("anyio", "asyncio", "trio")


@pytest.fixture
def bitrix_portal(request: pytest.FixtureRequest) -> "Portal":
    """An embedded portal, empty and without the leaky bucket, since a test's time is real.

    ``@pytest.mark.bitrix_portal(limited=True, seed=3, …)`` gives `bitrix_im.testing.Portal` other options.
    """
    from . import Portal

    marker = request.node.get_closest_marker("bitrix_portal")
    return Portal(**{"limited": False, **(marker.kwargs if marker is not None else {})})


@pytest.fixture
def bitrix_im(request: pytest.FixtureRequest, bitrix_portal: "Portal") -> "BitrixIM":
    """A client of `bitrix_portal`, in process; an async test's is closed when the test ends.

    Your own async fixtures may use it before the test, and after it, behind their ``yield``: where a test has such a
    one, the client stays open, and ends with the test's event loop.
    """
    from bitrix_im import BitrixIM

    http = bitrix_portal.http()
    request.node.stash[_HTTP] = http
    return BitrixIM(bitrix_portal.webhook, http=http)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "bitrix_portal(**options): options of the embedded portal of `bitrix_portal`")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> None:
    """Let a test that nobody else would run be run by anyio's own plugin, on asyncio."""
    if not (collector.istestfunction(obj, name) and inspect.iscoroutinefunction(obj)):
        return
    marks = [mark.name for mark in getattr(obj, "pytestmark", [])]
    taken = any(runner in marks or collector.get_closest_marker(runner) for runner in _RUNNERS)
    if "bitrix_im" not in inspect.signature(obj).parameters or taken or _runs_all(collector.config):
        return
    on_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])
    for mark in (pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend"), on_asyncio):
        mark(obj)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Close the client where the test ran, on its own event loop, whoever runs it."""
    for item in items:
        if not isinstance(item, pytest.Function) or "bitrix_im" not in item.fixturenames:
            continue
        if inspect.iscoroutinefunction(item.obj) and not _is_used_after(item):
            item.obj = _closing(item, item.obj)


def _closing(item: pytest.Function, test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def run(*args: Any, **kwargs: Any) -> None:
        im: Any = item.funcargs["bitrix_im"]
        async with aclosing(item.stash[_HTTP]), aclosing(im):  # not entered: a fixture may have used them already
            await test(*args, **kwargs)

    return run


def _is_used_after(item: pytest.Function) -> bool:
    """Whether a fixture may use the client when the test is over: an async one with a ``yield``."""
    known = item._fixtureinfo.name2fixturedefs
    users = found = {"bitrix_im"}
    while found:  # whoever takes a fixture that takes the client
        found = {name for name, (*_, last) in known.items() if users & {*last.argnames}} - users
        users = users | found
    last = (known[name][-1].func for name in users & known.keys())
    return any(inspect.isasyncgenfunction(inspect.unwrap(function)) for function in last)


def _runs_all(config: pytest.Config) -> bool:
    """Whether another plugin takes every async test unasked."""
    modes = []
    for name in ("asyncio_mode", "anyio_mode"):
        try:
            modes.append(config.getini(name))
        except (ValueError, KeyError):
            continue
    asked = getattr(config.option, "asyncio_mode", None)
    return "auto" in [*modes, asked]
