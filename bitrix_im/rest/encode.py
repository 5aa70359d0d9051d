"""Parameters as the portal reads them: a JSON body, or the query string of a batch command."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PLAIN_NAME = re.compile(r"\w+", re.ASCII)


def encode(value: Any) -> Any:
    """A parameter as the portal wants it in a JSON body.

    Flags are ``"Y"`` and ``"N"``, since JSON ``true`` is ignored; datetimes carry whole seconds and ``±HH:MM``, since
    any other form is dropped without a word (BITRIX24.md §1). A mapping's None values are left out.
    """
    if value is True:
        return "Y"
    if value is False:
        return "N"
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, Mapping):
        return {str(name): encode(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [encode(inner) for inner in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(
        f"expected text, a number, a flag, an aware datetime, a list or a mapping, got {type(value).__name__}"
    )


def timestamp(moment: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SS±HH:MM``, the only form in which the portal keeps the zone.

    Raises `ValueError` for a naive datetime: the portal would read it in its own zone.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"expected an aware datetime, got {moment!r}: add a time zone, e.g. tzinfo=timezone.utc")
    return moment.isoformat(timespec="seconds")


def body(params: Mapping[str, Any]) -> bytes:
    """The JSON body of a call."""
    return _ENCODER.encode(encode(params)).encode() if params else b"{}"


def query(params: Mapping[str, Any]) -> str:
    """Parameters as a PHP query string: everything percent-encoded, nested values as ``a[b]=c`` (BITRIX24.md §3)."""
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in _flatten(encode(params)))


def is_safe_in_batch(params: Mapping[str, Any]) -> bool:
    """Whether a command of a batch reads these parameters as a call of its own does.

    In a command ``$result[…]``, ``$total`` and their like are replaced wherever they stand, so a text that holds a
    ``$`` could fetch what other callers asked for; and a query string has no empty lists, no null, no odd names
    (BITRIX24.md §3).
    """
    return all(_PLAIN_NAME.fullmatch(str(name)) and _is_plain(value) for name, value in params.items())


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return "$" not in value
    if isinstance(value, Mapping):
        return bool(value) and all("$" not in str(name) and _is_plain(inner) for name, inner in value.items())
    if isinstance(value, Sequence | set | frozenset):
        return bool(value) and all(inner is not None and _is_plain(inner) for inner in value)
    return True


def _flatten(params: Mapping[str, Any] | list[Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs = params.items() if isinstance(params, Mapping) else enumerate(params)
    flat: list[tuple[str, str]] = []
    for key, value in pairs:
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(value, Mapping | list):
            flat += _flatten(value, name)
        else:
            flat.append((name, "" if value is None else str(value)))
    return flat
