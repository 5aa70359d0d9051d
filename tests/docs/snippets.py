"""The Python of the README and of docs/: what it is, and the modules that a type checker reads.

A block with a title is a piece of the file of that name; the pieces of a page make the files of a reader's folder. One
that makes an event loop (``anyio.run``) is a program of its own. All others of a page are fragments: they run one after
the other, in the same names, with an open client ``im``, as the page says.
"""

import re
import textwrap
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PRELUDE = "from bitrix_im import BitrixIM\n\n\nasync def page(im: BitrixIM) -> None:\n"
FENCE = re.compile(r'^( *)```(\w+)(?: title="([\w.]+)")?\n(.*?)^ *```$', re.DOTALL | re.MULTILINE)


@attrs.frozen
class Snippet:
    """One block of a page."""

    page: Path
    line: int
    language: str
    title: str | None
    code: str

    @property
    def is_program(self) -> bool:
        return self.title is None and re.search(r"^(anyio|asyncio|trio)\.run\(", self.code, re.MULTILINE) is not None

    @property
    def is_fragment(self) -> bool:
        return self.title is None and not self.is_program

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Snippet]:
    """All blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [
        Snippet(page, text[: found.start()].count("\n") + 2, found[2], found[3], textwrap.dedent(found[4]))
        for found in FENCE.finditer(text)
    ]


def of(page: Path) -> list[Snippet]:
    """The Python blocks of a page that are no pieces of a file."""
    return [block for block in blocks(page) if block.language == "python" and block.title is None]


def files(page: Path) -> dict[str, str]:
    """The files that a reader of the page makes."""
    found: dict[str, list[str]] = {}
    for block in blocks(page):
        if block.title is not None:
            found.setdefault(block.title, []).append(block.code)
    return {name: "\n\n".join(pieces) for name, pieces in found.items()}


def modules(page: Path) -> dict[str, str]:
    """The modules to type-check: files and programs by themselves, the fragments together in one function."""
    name = re.sub(r"\W", "_", str(page.relative_to(ROOT).with_suffix("")))
    found = {title: code for title, code in files(page).items() if title.endswith(".py")}
    found |= {f"{name}_{one.line}.py": one.code for one in of(page) if one.is_program}
    fragments = "\n".join(one.code for one in of(page) if one.is_fragment)
    if fragments:
        found[f"{name}_fragments.py"] = PRELUDE + textwrap.indent(fragments, "    ")
    return found
