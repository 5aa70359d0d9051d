"""Errors as HTTP answers: which status, and whether trying again may help."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bitrix_im import (
    AccessError,
    ApiError,
    AuthError,
    BitrixError,
    InvalidCursor,
    InvalidParameter,
    OperationTimeLimit,
    OverloadLimit,
    QueryLimitExceeded,
    TransportError,
)

log = logging.getLogger(__name__)

# The first class that fits decides.
STATUSES: Mapping[type[Exception], tuple[int, str]] = {
    InvalidCursor: (400, "That place in the list is not known (any more): begin again."),
    InvalidParameter: (400, "The portal does not take that."),
    AccessError: (403, "You may not see or do that."),
    AuthError: (502, "The portal does not accept this application's credentials."),
    QueryLimitExceeded: (503, "The portal is busy: try again in a moment."),
    OperationTimeLimit: (503, "The portal is busy: try again in some minutes."),
    OverloadLimit: (503, "The portal is blocked: ask its administrator."),
    TransportError: (502, "The portal cannot be reached."),
    ApiError: (502, "The portal answered with an error."),
    BitrixError: (502, "The portal's answer could not be understood."),
    TimeoutError: (504, "The portal took too long: try again."),
    ValueError: (400, "That is not a dialog, message or text that can be sent."),
}
_AGAIN_SOON = "2"  # seconds


async def answer(request: Request, error: Exception) -> Response:
    """What the browser gets: one sentence for a person, nothing of the portal's own words."""
    status, sentence = next(found for kind, found in STATUSES.items() if isinstance(error, kind))
    if status >= 500:
        log.warning("%s %s: %s", request.method, request.url.path, error)
    return JSONResponse({"error": sentence}, status, {"Retry-After": _AGAIN_SOON} if status == 503 else None)


HANDLERS = dict.fromkeys(STATUSES, answer)
