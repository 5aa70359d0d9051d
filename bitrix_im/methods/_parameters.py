"""Checks of what callers pass, made before a request is spent on it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..rest import encode

_DIALOG_ID = re.compile(r"(?:chat|sg)?[1-9]\d*")


def dialog_id(value: str | int) -> str:
    """A dialog's id as the portal takes it: ``"chat12"``, ``"sg3"`` or a user's id. Raises `ValueError`."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _DIALOG_ID.fullmatch(text):
        raise ValueError(f"expected a dialog id like 'chat12', 'sg3' or a user's id, got {value!r}")
    return text


def page_size(value: int, most: int) -> int:
    """A page size that the server keeps to: it clamps larger ones without a word, and takes 0 for "no limit"."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"expected a page size from 1 to {most}, got {value!r}")
    return value


def message_id(name: str, value: int | None, least: int = 0) -> int | None:
    """A message's id, or None."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
        raise ValueError(f"expected {name} to be a message's id (a whole number from {least}), got {value!r}")
    return value


def aware(name: str, value: datetime | None) -> datetime | None:
    """An aware datetime, or None."""
    if value is not None:
        if not isinstance(value, datetime):
            raise ValueError(f"expected {name} to be an aware datetime, got {value!r}")
        encode.timestamp(value)
    return value


def flags(**names: bool) -> Mapping[str, Any]:
    """The flags that are set, by their REST names."""
    return {name.upper(): True for name, value in names.items() if flag(name, value)}


def text(name: str, value: str) -> str:
    """A text to search for. How short it may be is the portal's to say (FIND_SHORT)."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected {name} to be a text to search for, got {value!r}")
    return value


def words(name: str, value: str) -> str:
    """A text to show, as it is; a message that is no text would be refused as an empty one."""
    if not isinstance(value, str):
        raise ValueError(f"expected {name} to be a text, got {value!r}")  # noqa: TRY004 - one kind of error for bad input
    return value


def word(name: str, value: str) -> str:
    """A text that must not be empty: a title, a status, a color, a code."""
    if not words(name, value).strip():
        raise ValueError(f"expected {name} to be a text, got an empty one")
    return value


def maybe(name: str, value: str | None) -> str | None:
    """A text, or None."""
    return None if value is None else words(name, value)


# The portal cuts what is longer without a word, and without an error (docs/portal.md#text-cut).
LONGEST_MESSAGE = 20_000


def maybe_message(name: str, value: str | None) -> str | None:
    """A message's text, or None."""
    return None if value is None else message(name, value)


def message(name: str, value: str) -> str:
    """A message's text, which the portal trims and, above 20,000 characters, would cut without a word."""
    length = len(words(name, value).strip())
    if length > LONGEST_MESSAGE:
        raise ValueError(
            f"expected {name} to have at most {LONGEST_MESSAGE:,} characters, got {length:,}: "
            "the portal would cut it; send it in parts (bitrix_im.bots.bb.split)"
        )
    return value


def number(name: str, value: int, least: int = 1) -> int:
    """An id or another whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"expected {name} to be a whole number from {least}, got {value!r}")
    return value


def numbers(name: str, values: Iterable[int]) -> list[int]:
    """Ids; one id by itself is one of them."""
    if isinstance(values, int):
        return [number(name, values)]
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise ValueError(f"expected {name} to be ids, got {values!r}")  # noqa: TRY004 - one kind of error for bad input
    return [number(name, value) for value in values]


def some(name: str, values: Iterable[int]) -> list[int]:
    """Ids, at least one: the portal takes none for a missing parameter."""
    found = numbers(name, values)
    if not found:
        raise ValueError(f"expected {name} to be at least one id, got none")
    return found


def flag(name: str, value: bool) -> bool:
    """True or False; 1 and "N" would mean something else to the portal than to Python."""
    if not isinstance(value, bool):
        raise ValueError(f"expected {name} to be True or False, got {value!r}")  # noqa: TRY004 - one kind of error for bad input
    return value


def image(name: str, value: bytes) -> str:
    """A picture's bytes as the portal takes them: Base64."""
    if not isinstance(value, bytes | bytearray | memoryview) or not value:
        raise ValueError(f"expected {name} to be the bytes of a picture, got {type(value).__name__}")
    return base64.b64encode(value).decode("ascii")


def one_of(name: str, value: str, allowed: Mapping[str, str]) -> str:
    """One of a few words, as the portal spells it."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"expected {name} to be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return allowed[value]
