"""PHP's ``http_build_query``: arrays as form fields, ``data[message][id]=5`` (docs/portal.md#webhook-scalars)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

from . import values


def build_query(array: dict[str, Any]) -> str:
    """A form's body: true is 1, false is 0, and null and empty arrays are not there at all."""
    return "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in _pairs(array, ""))


def _pairs(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, (dict, list)):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in entries:
            yield from _pairs(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, bool):
        yield name, "1" if value else "0"
    elif value is not None:
        yield name, values.to_str(value)
