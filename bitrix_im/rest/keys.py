"""Idempotency keys: what the portal takes for one is a lowercase UUIDv4 (docs/portal.md#template-id)."""

from __future__ import annotations

import hashlib
import re
from uuid import UUID, uuid4

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


def message_key(key: str | None = None) -> str:
    """The key that a message is sent with: a fresh one for None, a UUIDv4 as it is, any other text hashed into one.

    The same text is always the same key, so whoever names what a message answers ("order 42 paid") sends it once.
    Raises `ValueError` for an empty text.
    """
    if key is None:
        return str(uuid4())
    if not isinstance(key, str) or not key:
        raise ValueError(f"expected key to be a text that names the message, got {key!r}")
    if _UUID4.fullmatch(key):
        return key.lower()
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return str(UUID(bytes=digest[:16], version=4))
