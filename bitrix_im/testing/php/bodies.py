"""Request bodies: JSON, forms, and multipart forms, as PHP reads them into one array."""

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from . import query, values


def parameters(body: bytes, content_type: str) -> dict[Any, Any]:
    """A body's parameters; JSON and multipart only where Content-Type says so (docs/portal.md#bodies)."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return values.decode_object(body)
    if kind == "multipart/form-data":
        return query.parse_pairs(_parts(body, content_type))
    return query.parse_query(body.decode("utf-8", "replace"))


def _parts(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Names and texts of a multipart form; files are not parameters."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    pairs = []
    for part in form.iter_parts() if form.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes) and part.get_filename() is None:
            pairs.append((name, payload.decode("utf-8", "replace")))
    return pairs
