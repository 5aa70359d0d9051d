"""The structure: who imports whom, what is public, what a wheel must hold."""

import ast
import importlib
import pkgutil
import tomllib
from pathlib import Path

import pytest

import bitrix_im
from bitrix_im import errors, testing

ROOT = Path(bitrix_im.__file__).parent
FLOORS = [
    {"errors", "redact"},
    {"models"},
    {"convert"},
    {"rest"},
    {"limits"},
    {"auth"},
    {"session"},
    {"paging"},
    {"methods"},
    {"client"},
    {"__init__"},
    {"cli"},
    {"__main__"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
PURE = {"errors", "rest", "limits", "convert", "paging", "models"}
CLOCKS_AND_SOCKETS = {"anyio", "asyncio", "trio", "httpx", "time", "socket", "threading", "tenacity"}


def modules():
    return list(ROOT.rglob("*.py"))


def room(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def imports(path):
    """Absolute names of all that a module imports."""
    package = ["bitrix_im", *path.relative_to(ROOT).with_suffix("").parts]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: -node.level]) + "." if node.level else ""
            if node.module:
                yield base + node.module
            else:
                yield from (base + alias.name for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_imports_only_from_those_above_it(path):
    own = room(path)
    inside = [name.split(".")[1] for name in imports(path) if name.startswith("bitrix_im.")]
    if own == "testing":
        assert set(inside) <= {"testing"}, "the embedded portal shares nothing with the client"
        return
    for other in inside:
        if other == own:
            continue
        if other == "testing":
            assert own == "cli"
            continue
        if (ROOT / other).with_suffix(".py").exists() or (ROOT / other).is_dir():
            level = FLOOR[other]
        else:
            level = FLOOR["__init__"]  # a name that the package itself offers
        assert level < FLOOR[own], f"{own} imports {other}"


@pytest.mark.parametrize("path", [p for p in modules() if room(p) in PURE], ids=lambda p: str(p.relative_to(ROOT)))
def test_what_decides_has_no_clock_and_no_socket(path):
    assert not {name.split(".")[0] for name in imports(path)} & CLOCKS_AND_SOCKETS


def test_httpx_stays_in_few_modules():
    users = {room(path) for path in modules() if "httpx" in {name.split(".")[0] for name in imports(path)}}
    assert users <= {"session", "auth", "client", "testing"}


def test_the_public_names_are_sorted_and_there():
    for module in (bitrix_im, testing):
        assert module.__all__ == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)
    contract = {
        "BitrixIM", "Webhook", "Limits", "Retry", "Reply", "Call", "Pager", "Page", "Stats", "errors",
        "BitrixError", "ApiError", "QueryLimitExceeded", "OperationTimeLimit", "OverloadLimit", "AuthError",
        "ExpiredToken", "AccessError", "InvalidParameter", "MethodNotFound", "ServerError", "TransportError",
        "UnexpectedResponse", "InvalidCursor", "WalkStalled",
    }  # fmt: skip
    assert contract <= set(bitrix_im.__all__)
    assert "Portal" in testing.__all__


def test_every_error_class_is_public_and_in_the_tree():
    classes = {
        name: value for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)
    }
    assert set(classes) <= set(bitrix_im.__all__)
    assert all(issubclass(value, errors.BitrixError) for value in classes.values())
    assert all(name in errors.__doc__ for name in classes)


def test_everything_public_is_documented():
    for info in pkgutil.walk_packages(bitrix_im.__path__, "bitrix_im."):
        if info.name.endswith("__main__"):
            continue
        assert importlib.import_module(info.name).__doc__, info.name
    for name in bitrix_im.__all__:
        assert getattr(bitrix_im, name).__doc__, name


def test_run_time_dependencies_are_the_five():
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    names = {requirement.split(">")[0] for requirement in project["dependencies"]}
    assert names == {"httpx", "attrs", "cattrs", "anyio", "tenacity"}
