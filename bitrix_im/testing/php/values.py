"""PHP's habits with values: casts, arrays that are lists or objects, JSON, dates."""

import json
import re
from datetime import datetime, timezone
from typing import Any

_NUMBER = re.compile(r"\s*([+-]?\d+)")
_NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
_EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_ZONELESS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?")


class PhpTypeError(Exception):
    """An uncaught PHP 8 TypeError: an array where a string was expected; the whole HTTP request answers 500."""


def to_int(value: Any) -> int:
    """PHP's ``(int)``: leading digits count, everything else is 0; arrays are 0 or 1."""
    if isinstance(value, (bool, int, float)):
        return int(value)
    if isinstance(value, str):
        match = _NUMBER.match(value)
        return int(match[1]) if match else 0
    return int(bool(value))


def to_str(value: Any) -> str:
    """PHP's conversion to string, as a typed parameter does it; an array is an uncaught TypeError."""
    if isinstance(value, (list, dict)):
        raise PhpTypeError("Argument must be of type string, array given")
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float):
        return _float_text(value)
    return "" if value is None else str(value)


def _float_text(value: float) -> str:
    """A float as PHP writes it: 14 digits, ``1`` for 1.0, ``1.0E+25`` where it is far from 1."""
    plain, exponent, power = f"{value:.14G}".partition("E")
    if not exponent:
        return plain
    return f"{plain if '.' in plain else plain + '.0'}E{power[0]}{power[1:].lstrip('0')}"


def is_numeric(value: Any) -> bool:
    """PHP's ``is_numeric``."""
    if isinstance(value, bool):
        return False
    return isinstance(value, (int, float)) or (isinstance(value, str) and _NUMERIC.fullmatch(value) is not None)


def values(value: Any) -> list[Any]:
    """What ``foreach`` sees: the values of a list or of a PHP array."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def array(items: dict[Any, Any]) -> dict[Any, Any] | list[Any]:
    """A PHP array as JSON shows it: ``[]`` when empty, a list when its keys are 0..n-1, else an object."""
    for index, key in enumerate(items):
        if key != index and key != str(index):
            return items
    return list(items.values())


def arrays(value: Any) -> Any:
    """Apply `array` at every depth."""
    if isinstance(value, dict):
        return array({key: arrays(inner) for key, inner in value.items()})
    return [arrays(inner) for inner in value] if isinstance(value, list) else value


def encode(value: Any) -> bytes:
    r"""JSON as Bitrix writes it: ``/`` as ``\/``, the characters of HTML as ``\u00XX``, letters as they are."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for plain, escaped in (("/", "\\/"), ("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026"), ("'", "\\u0027")):
        text = text.replace(plain, escaped)
    return text.encode("utf-8", "surrogatepass")


def decode_object(body: bytes) -> dict[str, Any]:
    """A JSON body's parameters; malformed JSON, or one that is no object, is silently ignored.

    docs/portal.md#json-body
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is malformed for PHP
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are Python's own


def moment(value: Any, zone: timezone) -> int | None:
    """A datetime parameter as Unix seconds, or None where the server silently drops it.

    Only ``YYYY-MM-DDTHH:MM:SS±HH:MM`` keeps its zone; with ``Z``, a fraction or no offset the zone is lost and
    the server reads it as its own.
    """
    text = to_str(value)
    try:
        if _EXACT.fullmatch(text):
            return int(datetime.fromisoformat(text).timestamp())
        if loose := _ZONELESS.fullmatch(text):
            return int(datetime.fromisoformat(loose[1]).replace(tzinfo=zone).timestamp())
    except ValueError:  # the 31st of February
        pass
    return None


def day(value: Any, zone: timezone) -> int | None:
    """The beginning of the day of a date or datetime, or None where the server drops it."""
    text = to_str(value)[:10]
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) if len(text) == 10 else None
    except ValueError:
        return None
