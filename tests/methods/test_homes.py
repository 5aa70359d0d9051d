"""Each method of scope im is where docs/methods.md says, with the signature that stands there."""

import inspect
import re
from pathlib import Path

import pytest

from bitrix_im import BitrixIM
from bitrix_im.rest import catalog

PAGE = (Path(__file__).parents[2] / "docs" / "methods.md").read_text("utf-8")
ROWS = {
    name: (home, parameters)
    for name, home, parameters in re.findall(r"^\| `(im\.[^`]+)` \| (.*?) \| (.*?) \|", PAGE, re.MULTILINE)
}
HOMES = {name: home.strip("`") for name, (home, _) in ROWS.items() if name != "im.notify"}
CATALOG = {row.name: row for row in catalog.METHODS}
CLIENT = BitrixIM("https://acme.bitrix24.com/rest/1/SECRET/")


def place(method):
    return HOMES[method].partition("(")[0]


def function_at(home):
    found = CLIENT
    for name in home.split("."):
        found = getattr(found, name)
    return found


def test_the_page_and_the_catalog_have_the_same_69_methods():
    assert len(ROWS) == 69
    named = {name for name in CATALOG if name.startswith("im.") and name != "im.v2.Chat.Bot.sendContext"}
    assert set(ROWS) == named


@pytest.mark.parametrize("method", HOMES)
def test_page_and_catalog_agree_on_the_home(method):
    assert CATALOG[method].home == place(method)


@pytest.mark.parametrize("method", HOMES)
def test_a_method_is_at_its_home_and_names_its_rest_method(method):
    text = inspect.getdoc(function_at(place(method))) or ""
    assert f"``{method}``" in text or (method == "im.v2.Event.subscribe" and "im.v2.Event.get" in text)


@pytest.mark.parametrize("method", HOMES)
def test_a_method_takes_what_the_page_writes(method):
    written = re.sub(r"\(on BitrixIM\)|\(None: who calls\)", "", HOMES[method]).partition(" -> ")[0]
    written = written.strip().partition("(")[2].removesuffix(")")
    written = written.replace("file_id or upload_id", "file_id, upload_id")
    parameters = inspect.signature(function_at(place(method))).parameters
    before, _, behind = written.partition("*")
    assert_parameters(before, parameters, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    assert_parameters(behind, parameters, inspect.Parameter.KEYWORD_ONLY)
    if "…" not in written:
        named = re.findall(r"(\w+)(?:[:=][^,]*)?(?:, |$)", written)
        assert [name for name in parameters if name not in named] == []


def assert_parameters(written, parameters, kind):
    for part in written.split(", "):
        if found := re.match(r"(\w+)(?:=(.+))?", part):
            parameter = parameters[found[1]]
            assert parameter.kind is kind
            if found[2]:
                assert re.match(re.escape(repr(parameter.default).replace("'", '"')), found[2])
            else:  # a default that the page does not write is None, off, or the largest page
                is_required = kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
                assert (parameter.default is inspect.Parameter.empty) == is_required
                assert is_required or parameter.default in (None, False) or found[1] == "page_size"


@pytest.mark.parametrize("method", HOMES)
def test_a_page_is_as_large_as_the_server_allows_where_nothing_is_said(method):
    parameters = inspect.signature(function_at(place(method))).parameters
    if "page_size" in parameters:
        assert parameters["page_size"].default == CATALOG[method].page_size


@pytest.mark.parametrize("method", [method for method in HOMES if place(method) != "events"])
def test_a_method_returns_what_the_page_writes(method):
    told = inspect.signature(function_at(place(method)), eval_str=False).return_annotation
    returns = HOMES[method].partition(" -> ")[2].partition(" (")[0].replace(" or ", " | ") or "None"
    plain = told.replace("builtins.", "").replace("UnreadCounters", "Counters")
    assert plain == returns
    is_walk = returns.startswith("Pager")
    assert inspect.iscoroutinefunction(function_at(place(method))) is not is_walk
