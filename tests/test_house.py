"""The structure: who imports whom, what may touch clocks and sockets, how long a module may grow."""

import ast
import importlib
import pkgutil
import re
import tomllib
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import bitrix_im

ROOT = Path(bitrix_im.__file__).parent

# From the top down: a room imports only from floors above its own. docs/architecture.md draws the same house.
FLOORS = [
    {"errors", "markup", "redact"},
    {"file_link", "redis_link"},
    {"convert"},
    {"models"},
    {"rest"},
    {"limits"},
    {"auth"},
    {"session"},
    {"paging"},
    {"methods"},
    {"events"},
    {"bots"},
    {"client", "fleet"},
    {"_public"},
    {"__init__"},
    {"export"},
    {"pipelines", "report"},
    {"cli"},
    {"__main__"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
SANS_IO = ("errors", "redact", "markup", "convert", "models", "rest", "limits", "paging", "session/retry",
           "session/budgets", "session/company", "session/doubt", "session/dues", "session/estimates", "session/fate",
           "session/landing", "session/observer", "session/parked", "session/queue",
           "session/sharing/accounts", "session/sharing/letters", "fleet/leases", "fleet/shares")  # fmt: skip
ACTS = ("limits/gate",)  # where a room that decides meets the world: by a protocol of its own
CLOCKS_AND_SOCKETS = {"anyio", "asyncio", "trio", "httpx", "time", "socket", "threading", "tenacity", "urllib.request"}
LONG = 250


def modules():
    return sorted(ROOT.rglob("*.py"))


def within(path):
    return path.relative_to(ROOT).as_posix()


def room(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"))


def imports(path):
    """Absolute names of all that a module imports: modules, and names of modules."""
    package = ["bitrix_im", *path.relative_to(ROOT).with_suffix("").parts]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*(package[: -node.level] if node.level else []), *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def inside(path):
    return [name.removeprefix("bitrix_im.") for name in imports(path) if name.startswith("bitrix_im.")]


def is_one_of(path, names):
    return any(within(path).removesuffix(".py") == name or within(path).startswith(f"{name}/") for name in names)


def where(paths):
    return pytest.mark.parametrize("path", paths, ids=within)


@where(modules())
def test_each_module_imports_only_from_those_above_it(path):
    own = room(path)
    others = {name.split(".")[0] for name in inside(path)} - {own}
    if within(path) == "testing/plugin.py":
        others.discard("BitrixIM")  # a fixture hands out both
    if own == "testing":
        assert not others, "the embedded portal shares nothing with the client"
        return
    if own in {"cli", "__main__"}:
        others.discard("testing")  # the demo shows the embedded portal
    for other in others:
        # What is no room is a name that the package itself offers
        level = FLOOR[other if (ROOT / f"{other}.py").exists() or (ROOT / other).is_dir() else "__init__"]
        assert level < FLOOR[own], f"{own} imports {other}, which is not above it"


def test_no_module_imports_itself_by_way_of_others():
    known = {dotted(path): path for path in modules()}
    graph = {}
    for name, path in known.items():
        # ``from .call import Call`` needs call; ``from . import call`` needs call as well
        needed = {other if other in known else other.rpartition(".")[0] for other in inside(path)}
        graph[name] = {other for other in needed & known.keys() if other != name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


@where([path for path in modules() if is_one_of(path, SANS_IO) and not is_one_of(path, ACTS)])
def test_what_decides_has_no_clock_and_no_socket(path):
    assert not {
        name for name in imports(path) if CLOCKS_AND_SOCKETS & {name, name.split(".")[0], name.rpartition(".")[0]}
    }
    asked = [node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)]
    assert not {"now", "utcnow", "today"} & set(asked), "it is given *now*, it does not look at a clock"


def test_httpx_stays_in_few_rooms():
    users = {room(path) for path in modules() if any(name.split(".")[0] == "httpx" for name in imports(path))}
    assert users <= {"session", "auth", "client", "testing"}


@where(modules())
def test_a_module_is_short_or_says_why_not(path):
    lines = len(path.read_text("utf-8").splitlines())
    reason = re.search(r"\bLong(?:er)?\b[^.]*\bbecause \w+", ast.get_docstring(tree(path)) or "")
    assert lines <= LONG or reason, (
        f"{lines} lines: give one of its ideas a module of its own, or say in the docstring: long because …"
    )


def test_every_module_says_what_it_is_for():
    for info in pkgutil.walk_packages(bitrix_im.__path__, "bitrix_im."):
        if not info.name.endswith("__main__"):
            assert importlib.import_module(info.name).__doc__, info.name


def test_run_time_dependencies_are_the_five():
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    names = {requirement.split(">")[0] for requirement in project["dependencies"]}
    assert names == {"httpx", "attrs", "cattrs", "anyio", "tenacity"}
