"""From models to columns, by one rule a type, and the values of these columns for many models at once.

One column a field, under the names of ``to_dict``, ``extra`` last. A model inside a model is spread out
(``params.is_edited`` is ``params_is_edited``); where its field would be called like one of the outer model's, that is
the same fact (``RecentItem.chat.id``) and stands once. What a page joins (``Message.author``) has a table of its own.
Lists of numbers and of texts stay lists; whatever else JSON can hold is JSON text. Dates are in UTC. Nothing at all
(``None``, ``{}``, ``[]`` where JSON is expected) is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Any, get_args, get_origin

import attrs

from ..convert.field import bare
from ..convert.source import members
from ..convert.travel import to_json

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Kind(StrEnum):
    """What a column holds."""

    INTEGER = "integer"
    """Of 64 bits."""
    NUMBER = "number"
    """A float of 64 bits."""
    BOOLEAN = "boolean"
    TEXT = "text"
    """What UTF-8 can write: half a surrogate pair, which PHP cuts at times, becomes U+FFFD."""
    TIMESTAMP = "timestamp"
    """A `datetime.datetime` in UTC."""
    INTEGERS = "list of integers"
    TEXTS = "list of texts"
    JSON = "json"
    """JSON text."""


@attrs.frozen
class Column:
    """A column of a table: all but those of its key may be empty."""

    name: str
    kind: Kind


Values = list[Any]


def columns_of(model: type[attrs.AttrsInstance]) -> tuple[Column, ...]:
    """Give the columns of a *model*, in order."""
    return tuple(column for field in _fields_of(model) for column in field.columns)


def values_of(model: type[attrs.AttrsInstance], items: Iterable[Any]) -> list[Values]:
    """Give the values of *items*, which are of that *model*: for each of its columns a list, as long as the items."""
    return list(_spread(_fields_of(model), list(items)))


@attrs.frozen
class _Field:
    get: Callable[[Any], Any]
    columns: tuple[Column, ...]
    """One; of a field that is spread out, all of them."""
    convert: Callable[[Values], Values] | None = None
    inner: tuple[_Field, ...] = ()


class _Nobody:
    """Stands where a part is missing: all that one asks of it is missing, too."""

    def __getattr__(self, name: str) -> None:
        return None


_NOBODY = _Nobody()


def _spread(fields: Iterable[_Field], items: Values) -> Iterable[Values]:
    for field in fields:
        values = list(map(field.get, items))
        if field.inner:
            yield from _spread(field.inner, [_NOBODY if part is None else part for part in values])
        else:
            yield values if field.convert is None else field.convert(values)


@cache
def _fields_of(model: Any, prefix: str = "", taken: frozenset[str] = frozenset()) -> list[_Field]:
    attrs.resolve_types(model, include_extras=True)
    kinds = {field.name: bare(field.type) for field in attrs.fields(model)}
    if "extra" in kinds:
        kinds["extra"] = kinds.pop("extra")  # last: it is the least of them
    own = {name: kind for name, (kind, wire) in kinds.items() if wire.comes and prefix + name not in taken}
    known = taken.union(prefix + name for name in own)
    return [_field(name, prefix + name, kind, known) for name, kind in own.items()]


def _field(name: str, column: str, kind: Any, known: frozenset[str]) -> _Field:
    get = attrgetter(name)
    if inner := _model_in(kind):
        fields = tuple(_fields_of(inner, f"{column}_", known))
        return _Field(get, tuple(column for field in fields for column in field.columns), inner=fields)
    held = kind_of(kind)
    return _Field(get, (Column(column, held),), _CONVERT.get(held))


def _some(kind: Any) -> list[Any]:
    return [member for member in members(kind) if member is not NoneType]


def _model_in(kind: Any) -> type[attrs.AttrsInstance] | None:
    """The ``X`` of ``X`` and ``X | None``."""
    some = _some(kind)
    return some[0] if len(some) == 1 and attrs.has(some[0]) else None


_PLAIN = {
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.BOOLEAN,
    str: Kind.TEXT,
    datetime: Kind.TIMESTAMP,
}
_LISTS = {int: Kind.INTEGERS, str: Kind.TEXTS}


def kind_of(annotation: Any) -> Kind:
    """Tell what a column of that type holds: the rule itself."""
    some = _some(annotation)
    if len(some) > 1:
        return Kind.JSON
    if get_origin(some[0]) in (tuple, frozenset):
        return _LISTS.get(get_args(some[0])[0], Kind.JSON)
    return _PLAIN.get(some[0], Kind.JSON)


# How values become those of a column. What nearly all values are passes at the cost of a look.


def _texts(values: Values) -> Values:
    try:
        "".join(filter(None, values)).encode()
    except UnicodeEncodeError:
        return [value and _LONE_SURROGATE.sub("\ufffd", value) for value in values]
    return values


def _moments(values: Values) -> Values:
    try:
        return [value and value.astimezone(UTC) for value in values]
    except OverflowError:  # within hours of the year 1 or 9999
        return [value and _nearly_utc(value) for value in values]


def _nearly_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return value.replace(tzinfo=UTC)


def _lists(values: Values) -> Values:
    return [
        sorted(value) if value.__class__ is frozenset else None if value is None else list(value) for value in values
    ]


def _lists_of_texts(values: Values) -> Values:
    return [None if value is None else _texts(value) for value in _lists(values)]


def _json(values: Values) -> Values:
    return [None if not value and value in _NOTHING else to_json(value) for value in values]


_NOTHING: Sequence[Any] = (None, {}, [], ())

_CONVERT: dict[Kind, Callable[[Values], Values]] = {
    Kind.TEXT: _texts,
    Kind.TIMESTAMP: _moments,
    Kind.INTEGERS: _lists,
    Kind.TEXTS: _lists_of_texts,
    Kind.JSON: _json,
}
