"""Cursors: a step of a walk as a short URL-safe text, bound to the walk's method and parameters.

A cursor holds where to read on, never what is read: no parameter value, no secret. Its checksum is keyed with the
method and the parameters, so a cursor of another walk, a damaged one and an invented one are all told apart.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, TypeAlias

import attrs

from ..errors import InvalidCursor
from ..rest import encode
from ..rest.call import Call

_VERSION = 1
_CHECK = 9  # bytes; 3 n, so that base64 needs no padding for them


Cut: TypeAlias = tuple[str, int]
"""The last item of a page that was handed out, and a fingerprint of all that were."""


@attrs.frozen
class Place:
    """What a cursor holds."""

    step: list[Any]
    cut: Cut | None = None
    """Where a limit cut the step's page."""
    tail: list[str] = attrs.field(factory=list)
    """The last items before, where pages overlap: so that a resumed walk does not begin with them."""


def dump(binding: Call, place: Place) -> str:
    """Write a cursor."""
    values = json.dumps([_VERSION, place.step, place.cut, place.tail], separators=(",", ":")).encode()
    return _text(_checksum(binding, values) + values)


def load(binding: Call, cursor: str) -> Place:
    """Read a cursor. Raises `InvalidCursor` for one that is not this walk's."""
    place = _read(binding, cursor)
    if place is None:
        raise InvalidCursor(
            f"expected a cursor that a page of {binding.method} gave with these very parameters: "
            "this one is damaged, or belongs to another walk"
        )
    return place


def _read(binding: Call, cursor: str) -> Place | None:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        check, values = raw[:_CHECK], raw[_CHECK:]
        # Base64 can be written in more than one way; a cursor only in ours.
        if check != _checksum(binding, values) or cursor != _text(raw):
            return None
        version, step, cut, tail = json.loads(values)
    except (AttributeError, ValueError, TypeError):
        return None
    return Place(step, cut and tuple(cut), tail) if version == _VERSION else None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _checksum(binding: Call, values: bytes) -> bytes:
    bound = binding.method.encode() + b"\0" + json.dumps(encode.normalise(binding.params), sort_keys=True).encode()
    return hashlib.blake2b(values, digest_size=_CHECK, key=hashlib.blake2b(bound, digest_size=32).digest()).digest()
