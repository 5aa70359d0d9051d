"""A pair of tokens as text, as stores keep it."""

from __future__ import annotations

import json
from datetime import datetime

import attrs

from .tokens import Tokens


def to_json(tokens: Tokens) -> bytes:
    """*tokens*, written down."""
    values = attrs.asdict(tokens)
    values["expires_at"] = tokens.expires_at and tokens.expires_at.isoformat()
    return json.dumps(values).encode()


def from_json(content: bytes) -> Tokens | None:
    """The pair that *content* is, None for anything else.

    The errors of json hold what they could not read, so none of them leaves here, not even as a ``__context__``.
    """
    try:
        values = json.loads(content)
        moment = values["expires_at"]
        return Tokens(
            str(values["access_token"]),
            str(values["refresh_token"]),
            datetime.fromisoformat(moment) if moment else None,
            values.get("client_endpoint"),
            values.get("member_id"),
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None
