"""JSON that something else was printed around: a PHP notice, a comment of a cache (docs/portal.md#notice-before-json).

Only what is certainly an answer is taken, the portal's or the auth server's: one object that begins with a field of an
answer and holds what every answer has, and nothing but markup or notices before and behind it.
"""

from __future__ import annotations

import json
import re
from typing import Any

_HELD = ("result", "error", "access_token")  # one of them is in every answer
_FIELDS = (
    *_HELD,
    *("error_description", "time", "total", "next"),
    *("refresh_token", "expires", "expires_in", "scope", "domain", "server_endpoint", "status", "client_endpoint"),
    *("member_id", "user_id"),
)
_ANSWER = re.compile(rf'\{{\s*"(?:{"|".join(_FIELDS)})"\s*:')
_NOTICE = re.compile(
    r"(?:<b>|PHP |^|\n|>)\s*"
    r"(Deprecated|Notice|Warning|Strict Standards|Recoverable fatal error|Fatal error|Parse error)"
    r"(?:</b>)?\s*:",
    re.IGNORECASE,
)
_TAG_BEFORE = re.compile(r">\s*\Z")
_LINE_BEFORE = re.compile(r"\bon line \d+\s*\Z")
_MARKUP_BEHIND = re.compile(r"\s*(?:<|\Z)")
_MOST = 64 * 1024  # bytes around the answer
_DECODER = json.JSONDecoder()


def find(content: bytes, nothing: object) -> Any:
    """The one answer that is in *content*, or *nothing*."""
    text = content.decode("utf-8", "replace").lstrip("\ufeff")
    begin = _ANSWER.search(text)
    if begin is None or begin.start() > _MOST:
        return nothing
    try:
        answer, end = _DECODER.raw_decode(text, begin.start())
    except (ValueError, RecursionError):
        return nothing
    if not any(name in answer for name in _HELD):
        return nothing
    before, behind = text[: begin.start()], text[end:]
    is_whole = (
        (not before.strip("\ufeff \t\r\n") or _TAG_BEFORE.search(before) or _LINE_BEFORE.search(before))
        and (_MARKUP_BEHIND.match(behind) or _NOTICE.match(behind))
        and not _ANSWER.search(behind)
    )
    return answer if is_whole else nothing


def notice(content: bytes) -> str | None:
    """What kind of notice PHP printed into *content* ("Warning"), if it did."""
    found = _NOTICE.search(content[:_MOST].decode("utf-8", "replace"))
    return found[1].capitalize() if found else None
