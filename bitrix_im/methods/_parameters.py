"""Checks of what callers pass, made before a request is spent on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    for name, value in names.items():
        if not isinstance(value, bool):
            raise ValueError(f"expected {name} to be True or False, got {value!r}")  # noqa: TRY004 - one kind of error for bad input
    return {name.upper(): True for name, value in names.items() if value}


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
