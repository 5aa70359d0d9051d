"""How the reference reads docstrings: a public name in single backticks leads to its place, and ``::`` opens code."""

import re
from typing import Any

import griffe

import bitrix_im
from bitrix_im import testing

PLACES = {name: f"bitrix_im.{name}" for name in bitrix_im.__all__ if name != "errors"}
PLACES |= {name: f"bitrix_im.testing.{name}" for name in testing.__all__}


def _linked(found: re.Match[str]) -> str:
    name, _, rest = found[1].partition(".")
    place = PLACES.get(name)
    return f"[`{found[1]}`][{place}{rest and '.' + rest}]" if place else found[0]


class Docstrings(griffe.Extension):
    """Make Markdown of what the sources write."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of whatever was just loaded."""
        if obj.docstring:
            text = re.sub(r"::\n\n(?= )", ":\n\n", obj.docstring.value)
            obj.docstring.value = re.sub(r"(?<![`\[])`(\w+(?:\.\w+)?)`(?!`)", _linked, text)
