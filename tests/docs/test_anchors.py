"""Facts are cited by what a reader of the repository can open: a page of docs/ and its anchor, and each resolves."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = (".github", "benchmarks", "bitrix_im", "docs", "examples", "tests")
KINDS = {".html", ".md", ".py", ".sh", ".toml", ".yaml", ".yml"}
TEXTS = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in KINDS]
TEXTS += sorted(ROOT.glob("*.md"))
PAGES = sorted((ROOT / "docs").rglob("*.md"))

CITED = re.compile(r"\b(docs/[\w/-]+\.md)(?:#([\w-]+))?")
LINKED = re.compile(r"\]\(([\w./-]*\.md)?(?:#([\w-]+))?\)")
NAMES = "|".join(("BITRIX" + "24", "BO" + "TS", "METH" + "ODS", "DES" + "IGN", "ST" + "YLE"))
ELSEWHERE = re.compile(rf"\b(?:{NAMES})\.md\b|\N{{SECTION SIGN}}")


def name(path):
    return str(path.relative_to(ROOT))


@cache
def anchors(page):
    text = page.read_text("utf-8")
    named = re.findall(r'<a id="([\w-]+)">', text)
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        own = re.search(r"\{#([\w-]+)\}$", heading)
        # As mkdocs makes them: lower case, words joined by dashes
        named.append(own[1] if own else re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip()))
    return named


def missing(page, anchor):
    return not page.exists() or (anchor and anchor not in anchors(page))


def test_every_cited_page_and_anchor_is_there():
    assert not [
        f"{name(path)} cites {page}#{anchor}"
        for path in TEXTS
        for page, anchor in CITED.findall(path.read_text("utf-8"))
        if missing(ROOT / page, anchor)
    ]


def test_every_link_between_pages_resolves():
    assert not [
        f"{name(path)} links to {page}#{anchor}"
        for path in [*PAGES, *sorted(ROOT.glob("*.md"))]
        for page, anchor in LINKED.findall(path.read_text("utf-8"))
        if missing((path.parent / page).resolve() if page else path, anchor)
    ]


def test_an_anchor_stands_once():
    assert not [
        f"{name(path)}#{anchor}" for path in PAGES for anchor in anchors(path) if anchors(path).count(anchor) > 1
    ]


def test_nothing_cites_a_text_that_is_not_in_the_repository():
    assert not [
        f"{name(path)}:{number}: {line.strip()}"
        for path in TEXTS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if ELSEWHERE.search(line)
    ]
