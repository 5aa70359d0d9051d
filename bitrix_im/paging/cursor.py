"""Cursors: a step of a walk as a short URL-safe text, bound to the walk's method and parameters.

A cursor holds where to read on, never what is read: no parameter's value, no secret. One checksum shows a damaged
cursor; another, keyed with the method and the parameters, one of another walk. Short fingerprints of the parameters
let the error name which of them differ.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import Any, TypeAlias

import attrs

from ..errors import InvalidCursor
from ..rest import encode
from ..rest.call import Call

_VERSION = 4
# Bytes; 3 n of them, so that base64 needs no padding.
_DAMAGE = 3
_BINDING = 9
_PRINT = 2
_MOST = 2**18

Cut: TypeAlias = frozenset[int]
"""Fingerprints of the items of a page that were handed out: dialogs of one second come in another order each time."""


@attrs.frozen
class Place:
    """What a cursor holds."""

    step: list[Any]
    cut: Cut = frozenset()
    """What of the step's page was handed out already."""


def dump(binding: Call, place: Place) -> str:
    """Write a cursor."""
    prints = "".join(mark.hex() for mark in _prints(binding).values())
    values = [_VERSION, prints, place.step, sorted(place.cut)]
    sealed = _sealed(binding, _packed(values))
    return _text(_digest(sealed, _DAMAGE) + sealed)


def load(binding: Call, cursor: str) -> Place:
    """Read a cursor. Raises `InvalidCursor` for one that is not this walk's, and says why."""
    damaged = InvalidCursor(f"expected a cursor that a page of {binding.method} gave: this one is damaged")
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (AttributeError, ValueError, TypeError):
        raise damaged from None
    sealed = raw[_DAMAGE:]
    # Base64 can be written in more than one way; a cursor only in ours.
    if raw[:_DAMAGE] != _digest(sealed, _DAMAGE) or cursor != _text(raw):
        raise damaged
    try:
        version, prints, step, cut = _unpacked(sealed[_BINDING:])
    except (ValueError, TypeError, zlib.error):
        raise damaged from None
    if version != _VERSION:
        raise InvalidCursor("expected a cursor of this version of bitrix_im, got one of another")
    if sealed != _sealed(binding, sealed[_BINDING:]):
        raise InvalidCursor(
            f"expected a cursor that a page of {binding.method} gave with these very parameters: "
            f"{', '.join(_differing(binding, prints))}"
        )
    return Place(step, frozenset(cut))


def _differing(binding: Call, prints: str) -> Iterator[str]:
    """What of the binding the cursor does not share, as far as short fingerprints can tell."""
    given = {bytes.fromhex(prints[start : start + 2 * _PRINT]) for start in range(0, len(prints), 2 * _PRINT)}
    own = _prints(binding)
    if own[""] not in given:
        yield "this one is another method's"
        return
    names = [name for name, mark in own.items() if mark not in given]
    yield f"here {', '.join(names)} differs" if names else "it was given with more of them"


def _prints(binding: Call) -> dict[str, bytes]:
    """A fingerprint of the method (under the empty name) and of each parameter."""
    params = encode.normalise(binding.params)
    return {
        name: _digest(json.dumps([name, value], sort_keys=True).encode(), _PRINT)
        for name, value in [("", binding.method), *sorted(params.items())]
    }


def _sealed(binding: Call, values: bytes) -> bytes:
    """The values behind a checksum that only this method with these parameters gives."""
    bound = binding.method.encode() + b"\0" + json.dumps(encode.normalise(binding.params), sort_keys=True).encode()
    return _digest(values, _BINDING, key=_digest(bound, 32)) + values


def _packed(values: list[Any]) -> bytes:
    """JSON in less space: a step can hold the ids of many dialogs."""
    squeeze = zlib.compressobj(9, wbits=-15)
    return squeeze.compress(json.dumps(values, separators=(",", ":")).encode()) + squeeze.flush()


def _unpacked(data: bytes) -> Any:
    return json.loads(zlib.decompressobj(wbits=-15).decompress(data, _MOST))  # an invented cursor may hold anything


def _digest(data: bytes, size: int, key: bytes = b"") -> bytes:
    return hashlib.blake2b(data, digest_size=size, key=key).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
