"""Events of a bot in webhook mode, from the body of a request. No I/O: any web framework brings it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from ..convert.values import is_nothing
from ..errors import UnexpectedResponse, WebhookForged
from ..events.event import Event, read_event
from ..events.replies import Listener
from .form import read_form
from .token import BotToken


def parse_webhook(
    content_type: str, body: bytes | str, *, token: BotToken | None = None, application_token: str | None = None
) -> Event:
    """The event that the portal sent to a bot's webhook: a form of PHP's, or JSON.

    Give the bot's *token*, or for an OAuth application the *application_token* of its installation: the request must be
    signed with it, which is compared in constant time. ``event_id`` is None, and the key of replies is made of the bot,
    the type, the message or command, and ``ts``: the same request, worked on again, answers once. The OAuth tokens of
    the bot (``data.bot.auth``) are left out of ``event.data``. To reply, take the event to a bot: ``bot.adopt(event)``.

    The portal does not send again what was not answered with 200 at once (docs/portal.md#webhook-no-retries): keep the
    body in an inbox first, and work from there.

    Raises `WebhookForged` where the signature is missing or another, `ValueError` for another content type or a body
    that is neither, or where neither token is given, `UnexpectedResponse` for a body that holds no event.
    """
    wanted = [text for text in (token and token.application_token, application_token) if text]
    if not wanted:
        raise ValueError("expected token or application_token: without one anybody could send events")
    whole = _read(content_type, body)
    _verify(whole.get("auth"), wanted)
    kind = whole.get("event")
    if not isinstance(kind, str) or not kind:
        raise UnexpectedResponse("expected the name of an event at $.event", path="$.event")
    data, bot_id = _without_secrets(whole.get("data"))
    listener = Listener("bot", bot_id)
    raw = {"type": kind, "data": data}
    return read_event(raw, listener, cause=_cause(listener, kind.upper(), data, whole.get("ts")))


def _read(content_type: str, body: bytes | str) -> Mapping[str, Any]:
    kind = content_type.partition(";")[0].strip().lower() if isinstance(content_type, str) else ""
    if not isinstance(body, bytes | str):
        raise TypeError(f"expected body to be bytes or a text, got {type(body).__name__}")
    text = body if isinstance(body, str) else body.decode("utf-8")  # UnicodeDecodeError is a ValueError
    if kind == "application/x-www-form-urlencoded":
        return read_form(text)
    if kind != "application/json":
        raise ValueError(f"expected application/x-www-form-urlencoded or application/json, got {kind[:60]!r}")
    try:
        whole = json.loads(text)
    except RecursionError:
        raise UnexpectedResponse("expected an event, got JSON nested too deep") from None
    if not isinstance(whole, dict):
        raise UnexpectedResponse(f"expected an object, got {type(whole).__name__}")
    return whole


def _verify(auth: object, wanted: list[str]) -> None:
    told = auth.get("application_token") if isinstance(auth, dict) else None
    signature = (told if isinstance(told, str) else "").encode("utf-8", "surrogatepass")
    if not any(hmac.compare_digest(signature, one.encode("utf-8", "surrogatepass")) for one in wanted):
        raise WebhookForged(
            "the request is not signed with this bot's token: it is forged, or of another bot or application"
        )


def _without_secrets(sent: object) -> tuple[dict[str, Any], int]:
    data = dict(sent) if isinstance(sent, dict) else {}
    bot_id = 0
    if isinstance(bot := data.get("bot"), dict):
        data["bot"] = {name: value for name, value in bot.items() if name != "auth"}
        number = str(bot.get("id", ""))
        bot_id = int(number) if number.isdecimal() and len(number) < 20 else 0
    return data, bot_id


def _cause(listener: Listener, kind: str, data: Mapping[str, Any], ts: object) -> str:
    """What names a request among all: its parts where they are told, else all of it."""

    def number(name: str) -> str:
        inner = data.get(name)
        return str(inner.get("id", "")) if isinstance(inner, dict) else ""

    parts = [number("message") or str(data.get("messageId") or ""), number("command"), str(ts or "")]
    if not any(parts[:2]) or is_nothing(ts):
        try:
            whole = json.dumps(data, sort_keys=True)
        except RecursionError:
            raise UnexpectedResponse("expected an event, got data nested too deep") from None
        parts.append(hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest())
    return "/".join([str(listener), kind, *parts])
