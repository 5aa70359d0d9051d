"""An HTTP answer as a `Reply`, or as the error that it stands for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ..errors import ApiError, BitrixError, PortalGone, ServerError, UnexpectedResponse, api_error
from ..redact import redact
from .call import Reply, Time

_LOADERS: tuple[Callable[[bytes], Any], ...] = (json.loads,)
try:  # the [fast] extra
    import orjson
except ImportError:
    pass
else:
    # It refuses some text that PHP writes, such as half a surrogate pair.
    _LOADERS = (orjson.loads, json.loads)
_NO_JSON = object()
_COUNT = re.compile(r"-?[0-9]{1,18}")


def decode(method: str, status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    """Turn an HTTP answer into a `Reply`, or raise the error that it stands for.

    The ``error`` field decides, not the status: errors come with HTTP 200, too (BITRIX24.md §1).
    """
    if 300 <= status < 400:
        raise _moved(method, status, headers)
    answer = _parse(content)
    if answer is _NO_JSON:
        raise _unreadable(method, status, content)
    if not isinstance(answer, dict):
        raise UnexpectedResponse(f"{method}: expected a JSON object, got {_name(answer)} at $", status=status)
    if is_error(answer):
        raise decode_error(method, status, answer)
    if "result" not in answer:
        if status >= 500:
            raise ServerError("", "an answer without a result", status, method)
        found = redact(", ".join(map(repr, sorted(answer)[:5])))
        raise UnexpectedResponse(f"{method}: expected a field 'result' at $, got [{found}]", status=status)
    total, following = read_count(answer.get("total")), read_count(answer.get("next"))
    return Reply(answer["result"], total, following, read_time(answer.get("time")))


def is_error(answer: Mapping[str, Any]) -> bool:
    """Whether an answer is an error; the code may be empty, so a bare field counts where there is no result."""
    return "error" in answer and (bool(answer["error"]) or "result" not in answer)


def decode_error(method: str, status: int, answer: Any) -> ApiError:
    """The error that an error body, or a command's entry in ``result_error``, stands for."""
    answer = _redacted(answer)  # a portal may echo what it was sent
    if not isinstance(answer, Mapping):
        return api_error(str(answer), status=status, method=method)
    code, description = answer.get("error"), answer.get("error_description")
    details = {name: value for name, value in answer.items() if name not in ("error", "error_description")}
    return api_error(
        str(code if code is not None else ""),
        description if isinstance(description, str) else "",
        status=status,
        method=method,
        details=details,
    )


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


def _parse(content: bytes) -> Any:
    # A function of its own, so that the parser's error, which holds the whole body, is no error's __context__.
    for loads in _LOADERS:
        try:
            return loads(content)
        except (ValueError, RecursionError):
            continue
    return _NO_JSON


def _seconds(value: Any) -> float | None:
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


def _moved(method: str, status: int, headers: Mapping[str, str]) -> PortalGone:
    # A renamed portal answers 302. Its Location can hold the webhook's secret: only the host may be shown.
    try:
        host = urlsplit(headers.get("location", "")).hostname
    except ValueError:
        host = None
    hint = f"the portal has moved to {host}: use its new address" if host else "redirected, without saying where to"
    return PortalGone("", hint, status, method)


def _unreadable(method: str, status: int, content: bytes) -> BitrixError:
    what = "an empty body" if not content.strip() else "HTML" if content.lstrip()[:1] == b"<" else "broken JSON"
    if status >= 500:
        return ServerError("", f"the server answered {what}", status, method)
    if status >= 400:
        return api_error("", f"the server answered {what}", status=status, method=method)
    return UnexpectedResponse(f"{method}: expected JSON, got {what} ({len(content)} bytes)", status=status)


def _name(value: Any) -> str:
    return {list: "a list", str: "text", bool: "a boolean", type(None): "null"}.get(type(value), "a number")
