"""Texts on a line of a terminal.

Those of a portal are written by anybody: what a terminal would obey never gets there.
"""

from __future__ import annotations

import json
import re

# Control characters, invisible ones that reorder or hide text, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_LONGEST = 500


def clean(text: str, *, longest: int | None = _LONGEST) -> str:
    """*text* on one line, cut to *longest* characters, and without anything that a terminal would obey."""
    line = _UNSAFE.sub("", " ".join((text if longest is None else text[: 4 * longest]).split()))
    return line if longest is None or len(line) <= longest else line[: longest - 1] + "…"


def count(number: int, noun: str) -> str:
    """``1 page``, ``1,234 messages``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{'es' if noun.endswith('ch') else 's'}"


def escaped(json_text: str) -> str:
    """JSON with such characters written as escapes, which mean the same."""
    return _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], json_text)
