"""What goes over the wire, without a wire: calls and parameters out, replies or errors in.

Pure: nothing here sleeps, reads a clock or opens a socket.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import attrs

from .errors import ApiError, BitrixError, PortalGone, ServerError, UnexpectedResponse, api_error
from .redact import redact

_LOADERS: tuple[Callable[[bytes], Any], ...] = (json.loads,)
try:  # the [fast] extra
    import orjson
except ImportError:
    pass
else:
    # It refuses some text that PHP writes, such as half a surrogate pair.
    _LOADERS = (orjson.loads, json.loads)

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NO_JSON = object()
_COUNT = re.compile(r"-?[0-9]{1,18}")
_PLAIN_NAME = re.compile(r"\w+", re.ASCII)


@attrs.frozen
class Call:
    """One REST method with its parameters, alone or as a command of a batch.

    *repeatable* overrides what is known of the method: True where a parameter makes a repeat harmless
    (an idempotency key), False where a repeat would do harm; None leaves it to the method.
    """

    method: str
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    repeatable: bool | None = None


@attrs.frozen
class Time:
    """The ``time`` block of an answer: the server's clock, and what the call cost.

    ``start``, ``finish`` are Unix seconds; ``duration``, ``processing``, ``operating`` are seconds.
    ``operating`` is cumulative for this method in its window; it and ``operating_reset_at`` (Unix seconds) are None
    where the portal does not limit operating time.
    """

    start: float
    finish: float
    duration: float
    processing: float
    date_start: datetime | None = None
    date_finish: datetime | None = None
    operating: float | None = None
    operating_reset_at: float | None = None


@attrs.frozen
class Reply:
    """A good answer: ``result`` as the portal sent it, ``total`` and ``next`` where it gave them, and ``time``."""

    result: Any
    total: int | None = None
    next: int | None = None
    time: Time | None = None


def encode(value: Any) -> Any:
    """A parameter as the portal wants it in a JSON body.

    Flags are ``"Y"`` and ``"N"``, since JSON ``true`` is ignored; datetimes carry whole seconds and ``±HH:MM``, since
    any other form is dropped without a word (BITRIX24.md §1). A mapping's None values are left out.
    """
    if value is True:
        return "Y"
    if value is False:
        return "N"
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, Mapping):
        return {str(name): encode(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [encode(inner) for inner in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(
        f"expected text, a number, a flag, an aware datetime, a list or a mapping, got {type(value).__name__}"
    )


def timestamp(moment: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SS±HH:MM``, the only form in which the portal keeps the zone.

    Raises `ValueError` for a naive datetime: the portal would read it in its own zone.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"expected an aware datetime, got {moment!r}: add a time zone, e.g. tzinfo=timezone.utc")
    return moment.isoformat(timespec="seconds")


def body(params: Mapping[str, Any]) -> bytes:
    """The JSON body of a call."""
    return _ENCODER.encode(encode(params)).encode() if params else b"{}"


def query(params: Mapping[str, Any]) -> str:
    """Parameters as a PHP query string: everything percent-encoded, nested values as ``a[b]=c`` (BITRIX24.md §3)."""
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in _flatten(encode(params)))


def is_same_in_batch(params: Mapping[str, Any]) -> bool:
    """Whether a command of a batch reads these parameters as a call of its own does.

    In a command ``$result[…]``, ``$total`` and their like are replaced wherever they stand, so a text that holds a
    ``$`` could fetch what other callers asked for; and a query string has no empty lists, no null, no odd names
    (BITRIX24.md §3).
    """
    return all(_PLAIN_NAME.fullmatch(str(name)) and _is_plain(value) for name, value in params.items())


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return "$" not in value
    if isinstance(value, Mapping):
        return bool(value) and all("$" not in str(name) and _is_plain(inner) for name, inner in value.items())
    if isinstance(value, Sequence | set | frozenset):
        return bool(value) and all(inner is not None and _is_plain(inner) for inner in value)
    return True


def _flatten(params: Mapping[str, Any] | list[Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs = params.items() if isinstance(params, Mapping) else enumerate(params)
    flat: list[tuple[str, str]] = []
    for key, value in pairs:
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(value, Mapping | list):
            flat += _flatten(value, name)
        else:
            flat.append((name, "" if value is None else str(value)))
    return flat


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
