"""An HTTP answer as a `Reply`, or as the error that it stands for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ..errors import (
    CODES,
    ApiError,
    BitrixError,
    PortalGone,
    QueryLimitExceeded,
    UnexpectedResponse,
    api_error,
)
from ..redact import redact
from . import surrounded
from .call import Reply, Time

_LOADERS: tuple[Callable[[bytes], Any], ...] = (json.loads,)
try:  # the [fast] extra
    import orjson
except ImportError:
    pass
else:
    # It refuses some text that PHP writes, such as half a surrogate pair.
    _LOADERS = (orjson.loads, json.loads)
NO_JSON = object()
"""What `parse` returns where there is none: null is JSON."""
_COUNT = re.compile(r"-?[0-9]{1,18}")


def decode(method: str, status: int, headers: Mapping[str, str], content: bytes, host: str = "") -> Reply | BitrixError:
    """An HTTP answer as a `Reply`, or the error that it stands for; *host* is the one that was asked.

    A known code in the ``error`` field decides, whatever the status: errors come with HTTP 200, too
    (docs/portal.md#errors-with-200). Where there is none, a status of 429 or 5xx does, whatever the body is
    (docs/portal.md#unknown-codes); any other 4xx is an error unless there is a result. The error is
    returned, not raised: a portal may echo what it was sent, and a traceback shows the locals of this frame.
    """
    answer = parse(content)
    if 300 <= status < 400 and not (isinstance(answer, dict) and _code(answer).lower() in CODES):
        return _redirected(method, status, headers, host)
    if answer is NO_JSON:
        return _limited(_unreadable(method, status, content), headers)
    if isinstance(answer, dict) and is_error(answer):
        return _limited(decode_error(method, status, answer), headers)
    if status == 429 or status >= 500 or not isinstance(answer, dict) or "result" not in answer:
        return _limited(_resultless(method, status, answer), headers)
    total, following = read_count(answer.get("total")), read_count(answer.get("next"))
    return Reply(answer["result"], total, following, read_time(answer.get("time")))


def _limited(error: BitrixError, headers: Mapping[str, str]) -> BitrixError:
    if isinstance(error, QueryLimitExceeded):
        error.retry_after = _seconds(headers.get("retry-after"))
    return error


def is_error(answer: Mapping[str, Any]) -> bool:
    """Whether an answer is an error; the code may be empty, so a bare field counts where there is no result."""
    return "error" in answer and (bool(answer["error"]) or "result" not in answer)


def decode_error(method: str, status: int, answer: Any) -> ApiError:
    """The error that an error body, or a command's entry in ``result_error``, stands for."""
    answer = _redacted(answer)  # a portal may echo what it was sent
    if not isinstance(answer, Mapping):
        return api_error(str(answer), status=status, method=method)
    error, description = answer.get("error"), answer.get("error_description")
    details = {name: value for name, value in answer.items() if name not in ("error", "error_description")}
    if isinstance(error, Mapping):  # the shape of REST 3
        description = error.get("message", description)
        details |= {name: value for name, value in error.items() if name not in ("code", "message")}
    said = description if isinstance(description, str) else ""
    return api_error(_code(answer), said, status=status, method=method, details=details)


def _code(answer: Mapping[str, Any]) -> str:
    code = answer.get("error")
    if isinstance(code, Mapping):
        code = code.get("code")
    return str(code) if code is not None else ""


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(name)): _redacted(inner) for name, inner in value.items()}
    return [_redacted(inner) for inner in value] if isinstance(value, list) else value


def read_time(block: Any) -> Time | None:
    """Read a ``time`` block; None where it is missing or of another shape (it never fails a good answer)."""
    if not isinstance(block, Mapping):
        return None
    return Time(
        _seconds(block.get("start")) or 0.0,
        _seconds(block.get("finish")) or 0.0,
        _seconds(block.get("duration")) or 0.0,
        _seconds(block.get("processing")) or 0.0,
        _moment(block.get("date_start")),
        _moment(block.get("date_finish")),
        _seconds(block.get("operating")),
        _seconds(block.get("operating_reset_at")),
    )


def parse(content: bytes) -> Any:
    """The JSON in *content*, or `NO_JSON`. A byte order mark or a PHP notice around it does no harm."""
    # The parser's errors hold the whole body, so none of them leaves, not even as a __context__.
    content = content.removeprefix(b"\xef\xbb\xbf")
    for loads in _LOADERS:
        try:
            return loads(content)
        except (ValueError, RecursionError):
            continue
    return surrounded.find(content, NO_JSON)


def _seconds(value: Any) -> float | None:
    if type(value) is float:  # by far the most
        return value if math.isfinite(value) else None
    try:
        seconds = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return seconds if seconds is not None and math.isfinite(seconds) else None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def read_count(value: Any) -> int | None:
    """Read ``total`` or ``next``, which come as numbers or numeric strings."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and _COUNT.fullmatch(value) else None


def _redirected(method: str, status: int, headers: Mapping[str, str], host: str) -> ApiError:
    # A renamed portal redirects to a REST address of another host (docs/portal.md#renamed-portal), a login page or a
    # stricter web server anywhere else (docs/portal.md#login-page). A Location can hold the webhook's secret: it is
    # never shown whole.
    try:
        to = urlsplit(headers.get("location", ""))
        other = to.hostname
    except ValueError:
        return PortalGone("", "redirected to an address that cannot be read", status, method)
    if other and other != urlsplit(f"//{host}").hostname:
        if "/rest/" in to.path:
            return PortalGone("", f"the portal has moved to {other}: use its new address", status, method)
        why = "which is no REST address: check the address, or whether something in front of it asks for a login"
        return ApiError("", f"redirected to {other}, {why}", status, method)
    if not to.path:
        return ApiError("", "redirected, without saying where to", status, method)
    where = "another REST address of its own" if "/rest/" in to.path else redact(to.path[:80])
    return ApiError(
        "", f"redirected to {where}: check the address (https, path), or whether it asks for a login", status, method
    )


def _resultless(method: str, status: int, answer: Any) -> BitrixError:
    """The error of JSON that is neither an answer nor says what is wrong, or that contradicts its status."""
    if not isinstance(answer, dict):
        if status >= 400:
            return api_error("", f"the server answered {_name(answer)}", status=status, method=method)
        return UnexpectedResponse(f"{method}: expected a JSON object, got {_name(answer)} at $", status=status)
    found = redact(", ".join(map(repr, sorted(answer)[:5])))
    if status >= 400:
        said = "an answer without a result" + (f", but with {found}" if found else "")
        if "result" in answer:
            said = "a result with the status of a failure: it is not taken for an answer"
        return api_error("", said, status=status, method=method)
    return UnexpectedResponse(f"{method}: expected a field 'result' at $, got [{found}]", status=status)


def _unreadable(method: str, status: int, content: bytes) -> BitrixError:
    notice = surrounded.notice(content)
    what = "an empty body" if not content.strip() else "HTML" if content.lstrip()[:1] == b"<" else "broken JSON"
    if notice:
        what = f"a PHP {notice} in the answer (switch display_errors off on the portal)"
    if status >= 400:
        return api_error("", f"the server answered {what}", status=status, method=method)
    return UnexpectedResponse(f"{method}: expected JSON, got {what} ({len(content)} bytes)", status=status)


def _name(value: Any) -> str:
    return {list: "a list", str: "text", bool: "a boolean", type(None): "null"}.get(type(value), "a number")
