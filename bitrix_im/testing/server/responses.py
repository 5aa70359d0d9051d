"""HTTP answers: JSON as Bitrix writes it, and the pages that come instead."""

from typing import Any

from starlette.responses import Response

from ..php import values as php

_PAGE = """<!DOCTYPE html>
<html><head><title>{status} {reason}</title></head>
<body><center><h1>{status} {reason}</h1></center><hr><center>nginx</center></body></html>
"""
_REASONS = {
    200: "Portal is being updated",
    302: "Found",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    504: "Gateway Time-out",
}


def as_json(body: dict[str, Any], status: int = 200, preamble: str = "") -> Response:
    """A JSON answer, perhaps with a *preamble* that does not belong there."""
    return Response(preamble.encode() + php.encode(body), status, media_type="application/json; charset=utf-8")


def page(status: int, location: str | None = None) -> Response:
    """A page of the front end, or of PHP's own error handler."""
    headers = {} if location is None else {"Location": location}
    text = _PAGE.format(status=status, reason=_REASONS.get(status, "Error"))
    return Response(text, status, headers, media_type="text/html; charset=utf-8")


def half(whole: Response) -> Response:
    """The first half of an answer, with a Content-Length to match: only the JSON is broken."""
    body = bytes(whole.body)
    return Response(body[: len(body) // 2], whole.status_code, media_type=whole.media_type)


def empty() -> Response:
    """HTTP 200 and nothing."""
    return Response(b"", 200, media_type="application/json")
