"""PHP's ``parse_str``: query strings and form bodies as the server reads them.

``a=1&b[x][]=2`` becomes ``{"a": "1", "b": {"x": {0: "2"}}}``. A PHP array is a dict here, its keys int or str.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

PhpArray = dict[Any, Any]


def parse_query(query: str) -> PhpArray:
    """Parse *query* with PHP's rules; a name given twice keeps its last value."""
    result: PhpArray = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        name = decode(name).lstrip(" ").partition("\0")[0]
        if name:
            _register(result, name, decode(value))
    return result


def parse_pairs(pairs: Iterable[tuple[str, str]]) -> PhpArray:
    """Names and values that are decoded already (a multipart form's), by the same rules."""
    result: PhpArray = {}
    for name, value in pairs:
        if name:
            _register(result, name, value)
    return result


def decode(text: str) -> str:
    """Undo percent-encoding; ``+`` is a space, which is what breaks an unencoded ``+03:00``."""
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")


def array_key(text: str) -> int | str:
    """A key as PHP stores it: ``"12"`` is the number 12, ``"012"`` and ``"-0"`` stay strings."""
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0") and text != "-0":
        return int(text)
    return text


def _register(target: PhpArray, name: str, value: str) -> None:
    base, path = _split(name)
    if not base:
        return
    keys = [array_key(base), *path]
    for key, following in zip(keys, [*keys[1:], ...], strict=True):
        slot = _next_index(target) if key is None else key
        if following is ...:
            target[slot] = value
            return
        inner = target.get(slot)
        if not isinstance(inner, dict):  # a scalar of that name is overwritten by the array
            inner = target[slot] = {}
        target = inner


def _split(name: str) -> tuple[str, list[int | str | None]]:
    """A name's base and its bracketed keys; None is ``[]``, the next free index."""
    base, bracket, rest = name.partition("[")
    if bracket and base and "]" not in rest:
        base, bracket, rest = f"{base}_{rest}", "", ""  # PHP turns an unclosed bracket into an underscore
    elif bracket and not base:
        base, bracket, rest = f"_{rest}", "", ""
    path: list[int | str | None] = []
    while bracket:
        key, closed, rest = rest.partition("]")
        if not closed:
            break
        key = key.lstrip(" ")
        path.append(array_key(key) if key else None)
        if not rest.startswith("["):  # anything between "]" and the next "[" ends the name
            break
        rest = rest[1:]
    return base.replace(".", "_").replace(" ", "_"), path


def _next_index(array: PhpArray) -> int:
    numbers = [key for key in array if isinstance(key, int)]
    return max(numbers, default=-1) + 1 if numbers else 0
