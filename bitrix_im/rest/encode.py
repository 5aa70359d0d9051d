"""Parameters as the portal reads them: one normal form, sent as a JSON body or as a batch command's query string.

PHP reads a query string as texts, and a JSON body as whatever stands there; a value must mean the same on both roads.
So `normalise` makes of every value what a query string would say: texts, lists and mappings, and nothing else
(docs/portal.md#json-body, docs/portal.md#batch-commands).
"""

from __future__ import annotations

import json
import math
import operator
import re
from collections import UserString
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import quote
from uuid import UUID

from .call import Ref

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_EXPECTED = "expected text, a number, a flag, a date, an aware datetime, a list or a mapping"
_DEEPEST = 32  # levels; PHP drops parameters of a query string below 64 without a word
_PLAIN_NAME = re.compile(r"\w+", re.ASCII)
_MOST_DIGITS = 4300  # that Python writes of a whole number
_MOST_VALUES = 500  # in one command; PHP reads 1,000 by default and drops the rest without a word
# What the server replaces in a batch's command, in any case; any other "$" stays (docs/portal.md#references).
_REPLACED = re.compile(r"\$(?:result|next|total|time|error)\[", re.IGNORECASE)


class Normal(dict[str, Any]):
    """Parameters in normal form: texts, lists and mappings of them, in a copy that nobody changes any more."""


def normalise(params: Mapping[str, Any]) -> Normal:
    """*params* in normal form.

    Flags become ``"Y"`` and ``"N"``, since JSON ``true`` is ignored (docs/portal.md#flags); datetimes carry whole
    seconds and ``±HH:MM``, since any other form is dropped without a word (docs/portal.md#datetimes); an enum's member
    is its value; None is left out, wherever it stands, and so is a list or a mapping that held nothing else.

    Raises `ValueError` for a number that is none (NaN, infinity) or that has thousands of digits, a naive datetime, a
    text that is no Unicode, and `TypeError` for a value of another type, each naming the parameter: the portal ignores
    a body that it cannot read, and the method would run without any parameters.
    """
    if isinstance(params, Normal):
        return params
    if not isinstance(params, Mapping):
        raise TypeError(f"expected parameters as a mapping of names to values, got {type(params).__name__}")
    return Normal(_mapping(params, ""))


def body(params: Mapping[str, Any]) -> bytes:
    """The JSON body of a call."""
    return _ENCODER.encode(normalise(params)).encode() if params else b"{}"


def query(params: Mapping[str, Any]) -> str:
    """Parameters as a PHP query string: everything percent-encoded, nested values as ``a[b]=c``."""
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in _flatten(normalise(params)))


def is_safe_in_batch(params: Mapping[str, Any]) -> bool:
    """Whether a command of a batch reads these parameters as a call of its own does.

    In a command ``$result[…]`` and its like are replaced wherever they stand, so a text with them could fetch what
    other callers asked for. And a query string has no empty lists, no odd names and not too many values.
    """
    normal = normalise(params)
    if untellable(normal) is not None:
        return False
    values = [value for _, value in _flatten(normal)]
    return len(values) <= _MOST_VALUES and not any(isinstance(value, str) and is_replaced(value) for value in values)


def is_replaced(text: str) -> bool:
    """Whether the server would replace something in *text* where it stands in a batch's command."""
    return _REPLACED.search(text) is not None


def untellable(params: Mapping[str, Any]) -> str | None:
    """The path of the first parameter that a query string cannot tell as a JSON body does, None where it can all."""
    normal = normalise(params)
    for name, value in normal.items():
        if not _PLAIN_NAME.fullmatch(name):
            return name
        if (path := _untellable(value, name)) is not None:
            return path
    return None


def timestamp(moment: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SS±HH:MM``, the only form in which the portal keeps the zone.

    Raises `ValueError` for a naive datetime: the portal would read it in its own zone.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"expected an aware datetime, got {moment!r}: add a time zone, e.g. tzinfo=timezone.utc")
    if offset.total_seconds() % 60:  # zones of the nineteenth century count in seconds, the portal does not
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds")


def _mapping(params: Mapping[Any, Any], path: str) -> dict[str, Any]:
    normal: dict[str, Any] = {}
    for given, value in params.items():
        name = _name(given, path)
        inner = f"{path}[{name}]" if path else name
        if name in normal:
            raise ValueError(f"{inner}: expected each name once, got it twice")
        if (plain := _value(value, inner)) is not None:
            normal[name] = plain
    return normal


def _name(name: Any, path: str) -> str:
    if isinstance(name, Enum):
        name = name.value
    if isinstance(name, str):
        return _text(name, _a_name(path))
    if isinstance(name, int) and not isinstance(name, bool):
        return _whole(name, _a_name(path))
    raise TypeError(f"{path or 'parameters'}: expected names to be texts, got {type(name).__name__}")


def _a_name(path: str) -> str:
    return f"a name in {path}" if path else "a parameter's name"


def _value(value: Any, path: str) -> Any:
    """The normal form, or None for what is left out."""
    if value is None:
        return None
    if isinstance(value, str) and not isinstance(value, Enum):
        return _text(value, path)
    if isinstance(value, Enum):
        return _value(value.value, path)
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, int):
        return _whole(value, path)
    if isinstance(value, float | Decimal):
        return _number(value, path)
    if isinstance(value, UserString):  # a sequence of itself, without end
        return _text(value.data, path)
    if isinstance(value, Mapping | Sequence | AbstractSet) and not isinstance(value, bytes | bytearray | memoryview):
        if path.count("[") >= _DEEPEST:
            raise ValueError(f"{path[:80]}…: expected at most {_DEEPEST} levels of nested values")
        normal = _mapping(value, path) if isinstance(value, Mapping) else _list(value, path)
        return normal if normal or not len(value) else None
    return _other(value, path)


def _list(values: Iterable[Any], path: str) -> list[Any]:
    plain = (_value(inner, f"{path}[{index}]") for index, inner in enumerate(values))
    return [inner for inner in plain if inner is not None]


def _other(value: Any, path: str) -> str | Ref:
    if isinstance(value, Ref):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        try:
            return timestamp(value) if isinstance(value, datetime) else value.isoformat()
        except (ValueError, AttributeError, OverflowError) as error:  # pandas' NaT calls itself a datetime
            failure = ValueError(f"{path}: {error}")
        raise failure
    # numpy's numbers and flags are Python's for anybody who asks them.
    plain = value.item() if callable(getattr(value, "item", None)) and not getattr(value, "shape", ()) else value
    if plain is not value and isinstance(plain, bool | int | float):
        return str(_value(plain, path))
    try:
        whole = operator.index(value)
    except TypeError:
        failure_text = f"{path}: {_EXPECTED}, got {type(value).__name__}"
    else:
        return _whole(whole, path)
    raise TypeError(failure_text)


def _text(text: str, path: str) -> str:
    plain = str.__str__(text)
    if not plain.isascii():
        try:
            plain.encode()
        except UnicodeEncodeError:
            problem = f"{path}: expected text of whole characters, got half of a surrogate pair"
        else:
            return plain
        raise ValueError(problem)
    return plain


def _whole(value: int, path: str) -> str:
    try:
        return str(int(value))
    except ValueError:  # Python writes no endless numbers, and its error does not say which
        problem = _too_long(path)
    raise ValueError(problem)


def _too_long(path: str) -> str:
    return f"{path}: expected a number of at most {_MOST_DIGITS} digits, got a longer one"


def _number(value: float | Decimal, path: str) -> str:
    is_finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    if not is_finite:
        raise ValueError(f"{path}: expected a number, got {value}: leave it out, or say None")
    if isinstance(value, Decimal) and abs(value.adjusted()) >= _MOST_DIGITS:
        raise ValueError(_too_long(path))
    if value == int(value):
        return _whole(int(value), path)
    return format(value, "f") if isinstance(value, Decimal) else repr(float(value))


def _untellable(value: Any, path: str) -> str | None:
    if isinstance(value, str | Ref):
        return None
    if not value:
        return path
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
    for name, inner in pairs:
        text = str(name)
        if not text or text[0].isspace() or any(mark in text for mark in "[]\0") or is_replaced(text):
            return f"{path}[{text}]"
        if (found := _untellable(inner, f"{path}[{text}]")) is not None:
            return found
    return None


def _flatten(params: Mapping[str, Any] | list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    pairs = params.items() if isinstance(params, Mapping) else enumerate(params)
    for key, value in pairs:
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(value, str | Ref):
            yield name, value
        else:
            yield from _flatten(value, name)
