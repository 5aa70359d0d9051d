"""PHP's habits: readers for single values of decoded JSON.

Each reader takes what is right, then what PHP makes of it, and raises `Wrong` for anything else: nothing is coerced in
silence. The habits:

- ``null`` is the same as no field at all: the field's default (`compile` sees to that, not the readers);
- an empty object comes as ``[]``, and an object, list or date that is not there as ``false``, ``[]`` or ``""``;
- a list with holes comes as an object, ``{"0": …, "2": …}``, and can hold ``null``: dropped;
- numbers come as strings, and whole numbers as ``5.0``;
- a flag comes as ``true``, ``"Y"``, ``1`` or ``"1"``, and as ``""`` where PHP wrote its ``false`` as text.

Readers have the two parameters of cattrs' hooks; the second, the type asked for, is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, NoReturn

from .frozen import EMPTY, FrozenDict

Reader = Callable[[Any, Any], Any]

NOT_READ: Any = object()


class Wrong(ValueError):
    """A value that is not what it should be. On its way up every level puts down where it was.

    ``read`` is what could be read of it all the same (the good entries of a list), or `NOT_READ`.
    """

    def __init__(self, expected: str, value: Any) -> None:
        super().__init__(expected)
        self.expected, self.value = expected, value
        self.where: list[str] = []
        self.read = NOT_READ


_NOTHINGS = frozenset({NoneType, bool, str, list, dict})


def is_nothing(value: Any) -> bool:
    """``null``, ``false``, ``""``, ``[]`` or ``{}``, but not 0."""
    return not value and type(value) in _NOTHINGS


def whole_number(value: Any, _: Any = None) -> int:
    """5, ``"5"`` or ``5.0``."""
    if type(value) is int:
        return value
    if type(value) is str and len(value) < 20 and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    if type(value) is float and value.is_integer():
        return int(value)
    raise Wrong("a whole number", value)


def number_or_nothing(value: Any, _: Any = None) -> int:
    """A whole number; 0 where ``false``, ``""`` or ``[]`` says that there is none."""
    return 0 if is_nothing(value) else whole_number(value)


def text(value: Any, _: Any = None) -> str:
    """A string."""
    if type(value) is str:
        return value
    raise Wrong("a string", value)


def text_or_nothing(value: Any, _: Any = None) -> str:
    """A string; empty where ``false`` or ``[]`` says that there is none."""
    return "" if is_nothing(value) else text(value)


def id_text(value: Any, _: Any = None) -> str:
    """An id that is a text for some things and a number for others: ``"chat12"``, 547."""
    return str(value) if type(value) is int else text(value)


def flag(value: Any, _: Any = None) -> bool:
    """A flag in any of PHP's spellings."""
    if value is True or value is False:
        return value
    if value in ("Y", "1", 1):
        return True
    if value in ("N", "0", 0, "", None) or is_nothing(value):
        return False
    raise Wrong("true or false", value)


def moment(value: Any, _: Any = None) -> datetime:
    """A date with its time and offset."""
    try:
        at = datetime.fromisoformat(text(value))
    except ValueError:
        raise Wrong("a date", value) from None
    return at if at.tzinfo else without_offset(value)


_NO_DATE = re.compile(r"(?:0000-00-00|-0001-11-30)(?:[T ][\d:.]*(?:Z|[+-][\d:]+)?)?")


def is_no_date(value: Any) -> bool:
    """Nothing, or what PHP and MySQL write for no date: zero, ``0000-00-00 00:00:00``, the day before the year 0."""
    return is_nothing(value) or value in (0, "0") or (type(value) is str and _NO_DATE.fullmatch(value) is not None)


def without_offset(value: Any) -> NoReturn:
    """Refuse a date that does not tell its offset."""
    raise Wrong("a date with its offset", value)


def mapping(value: Any, _: Any = None) -> Mapping[str, Any]:
    """An object as it came, frozen."""
    if is_nothing(value):
        return EMPTY
    if type(value) is dict:
        return FrozenDict(value)
    raise Wrong("an object", value)


def entries(value: Any) -> Iterable[tuple[Any, Any]]:
    """Give the entries of a list with their places."""
    if type(value) is list:
        return enumerate(value)
    if type(value) is dict and all(map(str.isdecimal, value)):
        return value.items()
    if is_nothing(value):
        return ()
    raise Wrong("a list", value)


def ids_that_hold(value: Any, _: Any = None) -> frozenset[int]:
    """A set of ids: ``[]``, ``{"503": true}`` or a list of them."""
    if type(value) is dict:
        return frozenset([whole_number(one) for one, holds in value.items() if holds])
    return frozenset([whole_number(one) for _, one in entries(value)])


def one_or_many(reader: Reader) -> Reader:
    """Read a list, or one value by itself, each by *reader*."""

    def one_or_many(value: Any, _: Any = None) -> tuple[Any, ...]:
        if type(value) in (list, dict) or is_nothing(value):
            made: tuple[Any, ...] = sequence(value, reader, tuple)
            return made
        return (reader(value, None),)

    return one_or_many


def sequence(value: Any, reader: Reader, make: Callable[[list[Any]], Any], *, of_objects: bool = False) -> Any:
    """Read each entry of a list, but for those that are ``null``, or nothing where objects are expected.

    What *reader* makes None of drops out, too. The error of the first wrong entry has the others, read.
    """
    made: list[Any] = []
    first: Wrong | None = None
    for place, entry in entries(value):
        if not entry and (entry is None or (of_objects and is_nothing(entry))):
            continue
        try:
            one = reader(entry, None)
        except Wrong as error:
            error.where.append(f"[{place}]")
            first = first or error
        else:
            if one is not None:
                made.append(one)
    if first is not None:
        first.read = make(made)
        raise first
    return make(made)
