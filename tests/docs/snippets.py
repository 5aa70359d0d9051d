"""The Python of the README and of docs/: what it is, and the module that a type checker reads.

A block that makes an event loop (``anyio.run``) is a program of its own, one with tests in it a test file. All others
of a page are fragments: they run one after the other, in the same names, with an open client ``im``, as the page says.
"""

import re
import textwrap
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PRELUDE = "from bitrix_im import BitrixIM\n\n\nasync def page(im: BitrixIM) -> None:\n"


@attrs.frozen
class Snippet:
    """One block of a page."""

    page: Path
    line: int
    code: str

    @property
    def is_program(self) -> bool:
        return re.search(r"^(anyio|asyncio|trio)\.run\(|^run\(", self.code, re.MULTILINE) is not None

    @property
    def is_test_file(self) -> bool:
        return not self.is_program and re.search(r"^(async )?def test_", self.code, re.MULTILINE) is not None

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def of(page: Path) -> list[Snippet]:
    """All Python blocks of a page, in order."""
    text = page.read_text("utf-8")
    return [
        Snippet(page, text[: found.start()].count("\n") + 2, textwrap.dedent(found[2]))
        for found in re.finditer(r"^( *)```python\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    ]


def modules(page: Path) -> dict[str, str]:
    """The modules to type-check: each program and test file by itself, the fragments together in one function."""
    snippets = of(page)
    name = re.sub(r"\W", "_", str(page.relative_to(ROOT).with_suffix("")))
    found = {f"{name}_{one.line}": one.code for one in snippets if one.is_program or one.is_test_file}
    fragments = "\n".join(one.code for one in snippets if not one.is_program and not one.is_test_file)
    if fragments:
        found[f"{name}_fragments"] = PRELUDE + textwrap.indent(fragments, "    ")
    return found
