"""Models as plain JSON values under their Python names, and back.

Not what comes over the wire: that is `structure`'s. Here each field has one name and one shape, so that what one
process writes another reads. cattrs does it, told of the few types that JSON has not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter, transform_error
from cattrs.gen import make_dict_unstructure_fn

from . import kinds, values
from .frozen import EMPTY, FrozenDict
from .source import members

T = TypeVar("T")

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def to_dict(model: Any) -> dict[str, Any]:
    """Give a model as JSON values."""
    told: dict[str, Any] = _converter().unstructure(model)
    return told


def to_json(model: Any) -> str:
    """Give a model as JSON text that every encoding of Unicode can write."""
    text = json.dumps(to_dict(model), ensure_ascii=False)
    return _LONE_SURROGATE.sub(lambda found: json.dumps(found[0])[1:-1], text)


def from_dict(data: Mapping[str, Any], kind: type[T]) -> T:
    """Make the *kind* that `to_dict` told. Raises `ValueError`, which says what is wrong and where."""
    if not isinstance(data, Mapping):
        raise ValueError(f"expected what {kind.__name__}.to_dict() gives, got {type(data).__name__}")  # noqa: TRY004
    try:
        return _converter().structure(data, kind)
    except BaseValidationError as error:
        wrong = "; ".join(transform_error(error, path=kind.__name__))
    raise ValueError(f"expected what {kind.__name__}.to_dict() gives: {wrong}")


@cache
def _converter() -> Converter:
    converter = Converter()
    for kind, reader in {
        int: values.whole_number,
        str: values.text,
        bool: values.flag,
        datetime: values.moment,
    }.items():
        converter.register_structure_hook(kind, reader)
    converter.register_structure_hook_factory(_is_mapping, lambda kind: _mapping(converter, kind))
    converter.register_structure_hook_factory(_is_union, lambda kind: kinds.union(kind, converter.get_structure_hook))

    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_unstructure_hook_func(_is_set, sorted)
    converter.register_unstructure_hook_func(lambda kind: kind is Any or _is_open(kind), _copied)
    converter.register_unstructure_hook_factory(attrs.has, lambda kind: _model(converter, kind))
    return converter


def _is_union(kind: Any) -> bool:
    """Values of several types, not only one that may be missing."""
    return get_origin(kind) in (Union, UnionType) and len(set(members(kind)) - {NoneType}) > 1


def _is_set(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is frozenset


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _is_open(kind: Any) -> bool:
    """An object of the portal's whose values nobody has described."""
    return _is_mapping(kind) and get_args(kind)[1] is Any


def _mapping(converter: Converter, kind: Any) -> values.Reader:
    member = get_args(kind)[1]
    reader = converter.get_structure_hook(member)

    def mapping(value: Any, _: Any) -> Mapping[str, Any]:
        made = {key: reader(entry, member) for key, entry in value.items()}
        return FrozenDict(made) if made else EMPTY

    return mapping


def _copied(value: Any) -> Any:
    """What the portal sent, in dicts and lists of its own."""
    if isinstance(value, Mapping):
        return {key: _copied(entry) for key, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list | tuple) else value


def _model(converter: Converter, kind: Any) -> Callable[[Any], dict[str, Any]]:
    unstructure = make_dict_unstructure_fn(kind, converter)

    def model(value: Any) -> dict[str, Any]:
        told = unstructure(value)
        told["extra"] = told.pop("extra")  # last: it is the least of them
        return told

    return model
