"""BB codes, the only markup of messages: what people write is escaped, what is meant is built.

Bitrix24 documents no escape, so a zero-width space breaks what would act (docs/portal.md#bb-escape). A reader sees no
difference, and text that does nothing stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import attrs

LIMIT = 20_000
"""Characters of one message: the portal cuts what is longer without a word (docs/portal.md#text-cut)."""

_SPACE = "\u200b"  # ZERO WIDTH SPACE
_TAG = re.compile(
    r"\[(?P<close>/?)(?P<name>b|i|u|s|size|color|url|user|chat|context|code|img|icon|put|send|call|timestamp|disk|br)"
    r"(?P<value>[=\s][^\[\]]*)?\]",
    re.IGNORECASE,
)
_SINGLE = frozenset({"br", "icon", "timestamp", "disk"})  # nothing closes them

# A bracket that begins a tag, of a name known today or tomorrow; at the end of a text, one that the next completes.
_BRACKET = re.compile(r"\[(?=/?[A-Za-z*]|/?\Z)")
_CODE = re.compile(r"(?i)\[(?=/?code)")
_LINE = r"(?:\A|(?<=[\r\n\u2028\u2029]))"
_ARROWS = re.compile(rf"({_LINE}[ \t]*>)(?=>)")
_DASHES = re.compile(rf"(?:{_LINE}[ \t]*)-{{6,}}|-{{54,}}")
_BROKEN = re.compile(rf"({_LINE}[ \t]*>){_SPACE}(?=>)|(\[){_SPACE}|(-){_SPACE}(?=-)")


def escape(text: str) -> str:
    """Make *text* inert: whatever people wrote is shown as they wrote it, and does nothing.

    Breaks ``[`` where a tag could begin (``[send=…]`` and ``[user=all]`` in an echoed text would act), and ``>>`` or
    dashes that would quote, by a zero-width space. Everything else stays; escaping twice is escaping once.
    """
    text = _BRACKET.sub("[" + _SPACE, text)
    text = _ARROWS.sub(rf"\1{_SPACE}", text)
    return _DASHES.sub(lambda run: re.sub("-{5}(?=-)", "-----" + _SPACE, run[0]), text)


def strip(text: str) -> str:
    """*text* as it reads: without tags, ``[br]`` as a line break, and what `escape` broke made whole again."""
    text = _TAG.sub(lambda tag: "\n" if tag["name"].lower() == "br" else "", text)
    return _BROKEN.sub(r"\1\2\3", text)


def bold(text: str) -> str:
    """``[b]…[/b]``. *text* is markup: `escape` what people wrote."""
    return f"[b]{text}[/b]"


def italic(text: str) -> str:
    """``[i]…[/i]``. *text* is markup: `escape` what people wrote."""
    return f"[i]{text}[/i]"


def code(text: str) -> str:
    """``[code]…[/code]``, shown letter by letter. *text* is plain: a ``[/code]`` in it does not end it."""
    return f"[code]{_CODE.sub('[' + _SPACE, text)}[/code]"


def link(url: str, text: str | None = None) -> str:
    """``[url=…]…[/url]``; without *text* the address shows. *text* is markup: `escape` what people wrote.

    Raises `ValueError` for anything but ``http://``, ``https://`` or a path from the portal's root.
    """
    address = address_of("url", url)
    return f"[url]{address}[/url]" if text is None else f"[url={address}]{text}[/url]"


def mention(user: int | Literal["all"], name: str = "") -> str:
    """``[user=…]…[/user]``, a link that notifies the *user* (``"all"``: everybody). *name* is plain text.

    Raises `ValueError` for anything that is no user's id.
    """
    if user != "all" and (isinstance(user, bool) or not isinstance(user, int) or user < 1):
        raise ValueError(f"expected a user's id or 'all', got {user!r}")
    return f"[user={user}]{escape(name)}[/user]"


def quote(text: str) -> str:
    """Every line of *text* as a quotation, ``>>`` in front. *text* is markup: `escape` what people wrote."""
    return "\n".join(f">>{line}" for line in text.splitlines() or [""])


def address_of(name: str, url: str) -> str:
    """An address that the portal takes, with what would end a tag percent-encoded. Raises `ValueError`."""
    if not isinstance(url, str) or not re.match(r"(?i)https?://[^/\s]|/(?!/)", url) or not url.isprintable():
        raise ValueError(f"expected {name} to be an http:// or https:// address or a path like /crm/, got {url!r}")
    return url.replace("[", "%5B").replace("]", "%5D").replace(" ", "%20")


# --- splitting --------------------------------------------------------------------------------------------------------

_ATOM = re.compile(
    rf"\[(?P<whole>url|img|call)(?: [^\[\]]*)?\][^\[\]]*\[/(?P=whole)\]|(?P<tag>{_TAG.pattern})|[\[>-]{_SPACE}.|.",
    re.IGNORECASE | re.DOTALL,
)


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Cut *text* into parts of at most *limit* characters (20,000 is the portal's own).

    Behind a line where that is possible, else between words, never inside a tag; what is open at a cut is closed
    before it and opened again behind. White space at a cut goes: the portal trims texts anyway. Raises `ValueError`
    for a limit under 100.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 100:
        raise ValueError(f"expected a limit of 100 characters or more, got {limit!r}")
    if len(text) <= limit:
        return [text]
    return [part for part in _parts(text, limit) if strip(part).strip()]


@attrs.frozen
class _Open:
    """A tag that is open at some place of a text."""

    name: str
    tag: str

    @property
    def size(self) -> int:
        return len(self.tag) + len(self.name) + 3


def _parts(text: str, limit: int) -> Iterator[str]:
    opened: tuple[_Open, ...] = ()
    begin = 0
    while begin < len(text):
        head = _guard(text, begin) + "".join(one.tag for one in opened)
        end, inside = _reach(text, begin, limit - len(head), opened, limit)
        tail = "".join(f"[/{one.name}]" for one in reversed(inside))
        body = text[begin:end]
        yield head + (body.rstrip() if end < len(text) else body) + tail
        begin, opened = end, inside


def _guard(text: str, begin: int) -> str:
    """Behind a cut a line begins: what was no quotation there must not become one."""
    is_line = begin == 0 or text[begin - 1] in "\r\n\u2028\u2029"
    return _SPACE if not is_line and re.match(r"[ \t]*(?:>>|-{6,})", text[begin : begin + 80]) else ""


def _reach(text: str, begin: int, room: int, opened: tuple[_Open, ...], limit: int) -> tuple[int, tuple[_Open, ...]]:
    """Where to cut, so that what lies between and what closes it fit into *room*; and what is open there."""
    best = {"line": (begin, opened), "word": (begin, opened), "any": (begin + 1, opened)}
    place = begin
    while place < len(text):
        atom = _ATOM.match(text, place)
        assert atom is not None  # noqa: S101 - its last alternative takes any character
        place, short = atom.end(), atom[0]
        if len(short) > limit // 4:  # no tag that is meant: letters like others
            place, short = atom.start() + 1, "["
        elif atom["tag"]:
            opened = _behind(opened, atom, limit)
        if place - begin + sum(len(one.name) + 3 for one in opened) > room:
            break
        best["any"] = (place, opened)
        if short.isspace():
            best["line" if short in "\r\n" else "word"] = (place, opened)
    else:
        return place, opened
    return next((best[kind] for kind in ("line", "word") if best[kind][0] - begin > room // 2), best["any"])


def _behind(opened: tuple[_Open, ...], tag: re.Match[str], limit: int) -> tuple[_Open, ...]:
    """What is open behind *tag*."""
    name = tag["name"].lower()
    if opened and opened[-1].name == "code" and name != "code":
        return opened  # in there, tags are letters
    if tag["close"]:
        last = max((place for place, one in enumerate(opened) if one.name == name), default=len(opened))
        return opened[:last] + opened[last + 1 :]
    one = _Open(name, tag[0])
    if name in _SINGLE or sum(other.size for other in (*opened, one)) > limit // 2:
        return opened
    return (*opened, one)
