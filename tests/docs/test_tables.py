"""What the pages list is what the code has."""

import re

from bitrix_im import BitrixIM, errors
from bitrix_im.methods._group import Group
from bitrix_im.rest import catalog

from ..test_house import FLOORS
from . import snippets

DOCS = snippets.ROOT / "docs"


def test_the_house_is_drawn_as_it_is_built():
    drawing = re.search(r"```text\n(errors .*?)```", (DOCS / "architecture.md").read_text("utf-8"), re.DOTALL)
    assert drawing
    floors = [set(re.split(r" {2,}", line.strip())[0].split()) for line in drawing[1].splitlines()]
    assert floors == FLOORS


def test_the_tree_of_errors_is_that_of_the_code():
    drawn = re.findall(r"^.*[─] ?(\w+)", (DOCS / "errors.md").read_text("utf-8"), re.MULTILINE)
    assert ["BitrixError", *drawn] == re.findall(r"(?:^ {4}|[─] )([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    assert set(drawn) == {name for name, value in vars(errors).items() if _is_error(value)} - {"BitrixError"}


def test_every_method_of_the_messenger_has_its_line_and_its_home():
    page = (DOCS / "methods.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(im(?:bot)?\.[\w.]+)` \| (.*?) \|", page, re.MULTILINE))
    known = {row.name: row.home for row in catalog.METHODS if row.name.startswith("im")}
    known.pop("im.v2.Chat.Bot.sendContext")  # it has no page, and stands below the table
    assert rows.keys() == known.keys()
    assert not {name: (home, rows[name]) for name, home in known.items() if f"{home}(" not in rows[name] and home}


def test_every_group_of_methods_is_in_the_reference():
    client = BitrixIM("https://acme.bitrix24.com/rest/1/SECRET/")
    groups = {type(value) for value in vars(client).values() if isinstance(value, Group)}
    page = (DOCS / "reference" / "methods.md").read_text("utf-8")
    assert len(groups) >= 10
    assert not {kind for kind in groups if f"::: {kind.__module__}.{kind.__qualname__}\n" not in page + "\n"}


def test_every_file_that_the_pages_name_is_there():
    pages = [snippets.ROOT / "CONTRIBUTING.md", snippets.ROOT / "README.md", *DOCS.rglob("*.md")]
    places = r"`((?:bitrix_im|tests|docs|examples|benchmarks)/[\w./-]*)`"
    named = {(page.name, place) for page in pages for place in re.findall(places, page.read_text("utf-8"))}
    named = {(page, place) for page, place in named if not re.search(r"[A-Z]{4}", place)}  # NAMESPACE, METHOD
    assert ("CONTRIBUTING.md", "bitrix_im/rest/catalog.py") in named
    assert not {(page, place) for page, place in named if not (snippets.ROOT / place).exists()}


def _is_error(value):
    return isinstance(value, type) and issubclass(value, errors.BitrixError)
