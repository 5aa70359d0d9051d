"""Readers for kinds that are made of others: ``X | None``, lists, objects used as mappings, models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_origin

import attrs

from . import values
from .compile import Readers, compile_model
from .frozen import EMPTY, FrozenDict
from .source import members
from .values import Reader, Wrong, is_nothing

_PLAIN = frozenset({int, str, bool})


def union(kind: Any, reader_of: Readers) -> Reader:
    """``X | None``, or values that JSON tells apart, such as ``int | str | None``."""
    some = [member for member in members(kind) if member is not NoneType]
    if len(some) == 1:
        return _optional(some[0], reader_of(some[0]))
    plain = _PLAIN.intersection(some)
    other = next((member for member in some if member not in plain), None)
    reader = reader_of(other) if other else None

    def union(value: Any, _: Any = None) -> Any:
        if value is None or type(value) in plain:
            return value
        if reader is None or type(value) is not dict:
            raise Wrong(" or ".join(member.__name__ for member in some), value)
        return reader(value, None)

    return union


def _optional(kind: Any, reader: Reader) -> Reader:
    may_be_nothing = kind is datetime or attrs.has(kind) or get_origin(kind) is Mapping
    is_nobody = getattr(kind, "_is_nobody", None)

    def optional(value: Any, _: Any = None) -> Any:
        if not value and (value is None or (may_be_nothing and is_nothing(value))):
            return None
        if is_nobody is not None and value.__class__ is dict and is_nobody(value):
            return None
        return reader(value, None)

    return optional


def sequence(kind: Any, reader_of: Readers) -> Reader:
    """A list, of whose entries ``null`` and nobody drop out."""
    make, member = get_origin(kind), get_args(kind)[0]
    reader = reader_of(member | None) if hasattr(member, "_is_nobody") else reader_of(member)
    of_objects = attrs.has(member)

    def sequence(value: Any, _: Any = None) -> Any:
        return values.sequence(value, reader, make, of_objects=of_objects)

    return sequence


def mapping(kind: Any, reader_of: Readers) -> Reader:
    """An object whose keys are data, too."""
    member = get_args(kind)[1]
    if member is Any:
        return values.mapping
    reader = reader_of(member)

    def mapping(value: Any, _: Any = None) -> Any:
        made: dict[str, Any] = {}
        first: Wrong | None = None
        for key, entry in values.mapping(value).items():
            if entry is None:
                continue
            try:
                made[key] = reader(entry, None)
            except Wrong as error:
                error.where.append(f".{key}")
                first = first or error
        if first is not None:
            first.read = FrozenDict(made)
            raise first
        return FrozenDict(made) if made else EMPTY

    return mapping


def model(kind: Any, reader_of: Readers) -> Reader:
    """A model; prepared before it is read, where it asks for that."""
    reader = compile_model(kind, reader_of)
    prepare = getattr(kind, "_prepare", None)
    return reader if prepare is None else lambda value, _: reader(prepare(value), None)
