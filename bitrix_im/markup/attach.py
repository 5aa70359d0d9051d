"""Blocks under a message (docs/portal.md#attachments), with the server's keys; what it would refuse is a ValueError.

``attach=`` takes a list of blocks::

    attach=[attach.message("[b]Order 5[/b]"), attach.grid({"Sum": "42 €", "State": "paid"})]
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .bb import address_of

Block = Mapping[str, Any]
Attach = Sequence[Block] | Mapping[str, Any]

LIMIT = 60_000
"""Characters of an attachment, written as JSON."""

_KINDS = frozenset({"MESSAGE", "LINK", "USER", "GRID", "IMAGE", "FILE", "DELIMITER", "RICH_LINK", "HTML"})
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_DISPLAYS = ("BLOCK", "LINE", "ROW", "TABLE")


def message(text: str) -> Block:
    """A text (``MESSAGE``). It is markup: `bb.escape` what people wrote."""
    return {"MESSAGE": _text("text", text)}


def link(
    url: str,
    name: str | None = None,
    *,
    description: str | None = None,
    preview: str | None = None,
    width: int | None = None,
    height: int | None = None,
) -> Block:
    """A link with its text, description and a picture (``LINK``); sizes are pixels."""
    return {
        "LINK": _given(
            LINK=address_of("url", url),
            NAME=name,
            DESC=description,
            PREVIEW=_address("preview", preview),
            WIDTH=_count("width", width),
            HEIGHT=_count("height", height),
        )
    }


def user(
    name: str,
    *,
    avatar: str | None = None,
    url: str | None = None,
    user_id: int | None = None,
    chat_id: int | None = None,
    bot_id: int | None = None,
) -> Block:
    """A person's card (``USER``); a press leads to *url*, or to that user, chat or bot of the portal."""
    return {
        "USER": _given(
            NAME=_text("name", name),
            AVATAR=_address("avatar", avatar),
            LINK=_address("url", url),
            USER_ID=_count("user_id", user_id),
            CHAT_ID=_count("chat_id", chat_id),
            BOT_ID=_count("bot_id", bot_id),
        )
    }


def grid(
    fields: Mapping[str, str],
    *,
    display: Literal["BLOCK", "LINE", "ROW", "TABLE"] = "ROW",
    width: int | None = None,
    color: str | None = None,
) -> Block:
    """Names and values (``GRID``): side by side (``"ROW"``), below each other (``"BLOCK"``) or as cards (``"LINE"``).

    Values are markup: `bb.escape` what people wrote. *width* is pixels, *color* of the values ``"#rrggbb"``.
    """
    if display not in _DISPLAYS:
        raise ValueError(f"expected display to be one of {', '.join(_DISPLAYS)}, got {display!r}")
    if not isinstance(fields, Mapping) or not fields:
        raise ValueError("expected at least one name and value, got none")
    looks = _given(DISPLAY=display, WIDTH=_count("width", width), COLOR=_color(color))
    return {"GRID": [{"NAME": str(name), "VALUE": str(value), **looks} for name, value in fields.items()]}


def image(
    url: str,
    name: str | None = None,
    *,
    preview: str | None = None,
    width: int | None = None,
    height: int | None = None,
) -> Block:
    """A picture (``IMAGE``); sizes are pixels, and better given."""
    return {
        "IMAGE": [
            _given(
                LINK=address_of("url", url),
                NAME=name,
                PREVIEW=_address("preview", preview),
                WIDTH=_count("width", width),
                HEIGHT=_count("height", height),
            )
        ]
    }


def file(url: str, name: str | None = None, *, size: int | None = None) -> Block:
    """A file that lies elsewhere, by its address (``FILE``); *size* in bytes. To send one, use ``bot.upload``."""
    return {"FILE": [_given(LINK=address_of("url", url), NAME=name, SIZE=_count("size", size, least=0))]}


def delimiter(size: int = 200, color: str | None = None) -> Block:
    """A line of *size* pixels (``DELIMITER``), *color* ``"#rrggbb"``."""
    return {"DELIMITER": _given(SIZE=_count("size", size), COLOR=_color(color))}


def build(attach: Attach) -> Any:
    """The attachment as the portal takes it: blocks, or a mapping with BLOCKS as it is.

    Raises `ValueError` for no blocks, something that is no block, or more than 60,000 characters.
    """
    blocks = attach.get("BLOCKS") if isinstance(attach, Mapping) else attach
    if isinstance(blocks, str) or not isinstance(blocks, Sequence) or not blocks:
        raise ValueError("expected attach to be a list of at least one block")
    for block in blocks:
        if not isinstance(block, Mapping) or not _KINDS & set(block):
            raise ValueError(f"expected blocks made by bitrix_im.bots.attach, got {type(block).__name__}")
    size = len(json.dumps(attach, ensure_ascii=False))
    if size > LIMIT:
        raise ValueError(f"expected an attachment of at most {LIMIT} characters, got {size}")
    return dict(attach) if isinstance(attach, Mapping) else list(attach)


def _given(**keys: Any) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value is not None}


def _text(name: str, value: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected {name} to be a text, got {value!r}")
    return value


def _address(name: str, value: str | None) -> str | None:
    return None if value is None else address_of(name, value)


def _count(name: str, value: int | None, least: int = 1) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
        raise ValueError(f"expected {name} to be a whole number from {least}, got {value!r}")
    return value


def _color(value: str | None) -> str | None:
    if value is not None and (not isinstance(value, str) or not _HEX.fullmatch(value)):
        raise ValueError(f"expected a color like '#29619b', got {value!r}")
    return value
