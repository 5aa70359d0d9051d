"""``bitrix-im send`` and ``call``: one call, and what it answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import anyio

from . import streams
from .connect import client, webhook_of
from .output import json_line
from .problems import Problem
from .typed.options import Connection


def send(connection: Connection, dialog_id: str, text: str, *, key: str | None, json: bool) -> None:
    """Send a message and print its id."""
    said = _stdin().rstrip("\n") if text == "-" else text

    async def program(webhook: str) -> int:
        async with client(webhook) as im:
            try:
                return await im.messages.send(dialog_id, said, key=key)
            except ValueError as error:
                raise Problem(str(error)) from None

    with webhook_of(connection) as webhook:
        number = anyio.run(program, webhook)
    streams.write(json_line({"id": number}) if json else f"{number}\n")


def call(connection: Connection, method: str, values: Sequence[str], params: str | None) -> None:
    """Call a method and print its result, one JSON value on one line."""
    sent = _params(values, params)

    async def program(webhook: str) -> Any:
        async with client(webhook) as im:
            try:
                return (await im.call(method, sent)).result
            except ValueError as error:
                raise Problem(str(error)) from None

    with webhook_of(connection) as webhook:
        result = anyio.run(program, webhook)
    streams.write(json_line(result))


def _params(values: Sequence[str], params: str | None) -> dict[str, Any]:
    if params is None:
        return dict(map(_pair, values))
    if values:
        raise Problem("expected KEY=VALUE or --params, got both; see bitrix-im call --help")
    text = _stdin() if params == "-" else params
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Problem(f"expected a JSON object as --params, got a text that is none: {error}") from None
    if not isinstance(found, dict):
        raise Problem(f"expected a JSON object as --params, got a {type(found).__name__}")
    return found


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Problem(f"expected KEY=VALUE, got {text!r}")
    return key, value


def _stdin() -> str:
    if sys.stdin is None:
        raise Problem("expected a text on stdin, but that is closed")
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise Problem("expected UTF-8 on stdin, got something else") from None
