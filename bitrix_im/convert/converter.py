"""The one cattrs converter: from decoded JSON to models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_origin

import attrs
from cattrs import Converter

from ..errors import UnexpectedResponse
from ..redact import redact
from . import kinds, values
from .compile import Readers
from .values import Reader, Wrong

T = TypeVar("T")


def structure(data: Any, kind: type[T], at: str = "$") -> T:
    """Make a *kind* of decoded JSON. Raises `UnexpectedResponse`, which says where below *at* the data is wrong."""
    try:
        return _converter().structure(data, kind)
    except Wrong as error:
        path = at + "".join(reversed(error.where))
        text = f"expected {error.expected}, got {_name(error.value)} at {path}"
    # Raised out here, so that not even __context__ leads to the value.
    raise UnexpectedResponse(text, path=path)


def _name(value: Any) -> str:
    """Name a value in a few words: what people write in a portal does not belong into error texts."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return f"{type(value).__name__} of {len(value)}"
    text = redact(repr(value))
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:39] + '…'}"


@cache
def _converter() -> Converter:
    return make_converter()


def make_converter() -> Converter:
    """Build the converter. It only structures: parameters are written by ``rest.encode``."""
    converter = Converter(detailed_validation=False)
    plain: dict[Any, Reader] = {int: values.whole_number, str: values.text, bool: values.flag, datetime: values.moment}
    for kind, reader in plain.items():
        converter.register_structure_hook(kind, reader)
    converter.register_structure_hook_func(lambda kind: kind is Any, lambda value, _: value)
    factories: list[tuple[Callable[[Any], bool], Callable[[Any, Readers], Reader]]] = [
        (lambda kind: get_origin(kind) in (tuple, list), kinds.sequence),
        (lambda kind: get_origin(kind) is Mapping, kinds.mapping),
        (lambda kind: get_origin(kind) in (Union, UnionType), kinds.union),
        (attrs.has, kinds.model),
    ]
    for is_for, factory in factories:

        def hook(kind: Any, factory: Callable[[Any, Readers], Reader] = factory) -> Reader:
            return factory(kind, converter.get_structure_hook)

        converter.register_structure_hook_factory(is_for, hook)
    return converter
