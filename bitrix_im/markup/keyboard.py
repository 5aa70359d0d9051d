"""Buttons under a message (docs/portal.md#keyboards), with the server's keys; what it would refuse is a ValueError.

A row is a list of buttons; ``keyboard=`` takes a row or a list of rows::

    keyboard=[keyboard.row(keyboard.command("Pay", "pay", "42")), keyboard.row(keyboard.link("Help", "https://…"))]
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .bb import address_of

Button = Mapping[str, Any]
Row = Sequence[Button]
Keyboard = Row | Sequence[Row] | Mapping[str, Any]
Color = Literal["primary", "secondary", "alert", "base"]

LIMIT = 30_000
"""Bytes of a keyboard, written as JSON."""

_COLORS = ("primary", "secondary", "alert", "base")
_COMMAND = re.compile(r"[^\s/]+")
_PHONE = re.compile(r"\+?\d[\d ()\-]{1,30}")
_DIALOG_ID = re.compile(r"(?:chat)?[1-9]\d*")


def row(*buttons: Button) -> list[Button]:
    """Buttons side by side."""
    if not buttons:
        raise ValueError("expected a row of at least one button, got none")
    return list(buttons)


def command(text: str, command: str, params: str = "", *, block: bool = False, color: Color | None = None) -> Button:
    """A button that sends a registered *command* to the bot (``COMMAND``, ``COMMAND_PARAMS``), unseen in the chat.

    *block* locks the keyboard after the press until the bot edits the message (``BLOCK``). Old keyboards stay
    pressable: put what makes a press outdated into *params*.
    """
    name = command.removeprefix("/") if isinstance(command, str) else ""
    if not _COMMAND.fullmatch(name):
        raise ValueError(f"expected a command's name without spaces, got {command!r}")
    if not isinstance(params, str):
        raise ValueError(f"expected params to be a text, got {params!r}")  # noqa: TRY004 - one kind of error for bad input
    given = {"COMMAND": name, "COMMAND_PARAMS": params, "BLOCK": "Y" if block else None}
    return _button(text, color, {key: value for key, value in given.items() if value})


def link(text: str, url: str, *, color: Color | None = None) -> Button:
    """A button that opens an address: ``http://``, ``https://`` or a path from the portal's root (``LINK``)."""
    return _button(text, color, {"LINK": address_of("url", url)})


def put(text: str, value: str, *, color: Color | None = None) -> Button:
    """A button that puts *value* into the input field (``ACTION: PUT``)."""
    return _button(text, color, {"ACTION": "PUT", "ACTION_VALUE": _text("value", value)})


def send(text: str, value: str, *, color: Color | None = None) -> Button:
    """A button that sends *value* as the presser's own message (``ACTION: SEND``)."""
    return _button(text, color, {"ACTION": "SEND", "ACTION_VALUE": _text("value", value)})


def copy(text: str, value: str, *, color: Color | None = None) -> Button:
    """A button that copies *value* (``ACTION: COPY``)."""
    return _button(text, color, {"ACTION": "COPY", "ACTION_VALUE": _text("value", value)})


def call(text: str, phone: str, *, color: Color | None = None) -> Button:
    """A button that calls a number in international form (``ACTION: CALL``)."""
    if not isinstance(phone, str) or not _PHONE.fullmatch(phone):
        raise ValueError(f"expected a telephone number like '+49 30 1234567', got {phone!r}")
    return _button(text, color, {"ACTION": "CALL", "ACTION_VALUE": phone})


def dialog(text: str, dialog_id: str | int, *, color: Color | None = None) -> Button:
    """A button that opens a dialog: ``"chat12"`` or a user's id (``ACTION: DIALOG``)."""
    name = str(dialog_id)
    if isinstance(dialog_id, bool) or not _DIALOG_ID.fullmatch(name):
        raise ValueError(f"expected a dialog id like 'chat12' or a user's id, got {dialog_id!r}")
    return _button(text, color, {"ACTION": "DIALOG", "ACTION_VALUE": name})


def newline() -> Button:
    """Where a new line of buttons begins inside one row (``TYPE: NEWLINE``)."""
    return {"TYPE": "NEWLINE"}


def build(keyboard: Keyboard, bot_id: int | None = None) -> dict[str, Any]:
    """The keyboard as the portal takes it, ``{BOT_ID, BUTTONS}``.

    A mapping that has BUTTONS already keeps them. Raises `ValueError` for no buttons at all, a button that does
    nothing, or more than 30 KB.
    """
    if isinstance(keyboard, Mapping):
        buttons = list(keyboard.get("BUTTONS") or ())
        rest = {key: value for key, value in keyboard.items() if key != "BUTTONS"}
    else:
        buttons, rest = _lines(keyboard), {}
    if not any("TEXT" in button for button in buttons):
        raise ValueError("expected a keyboard of at least one button, got none")
    for button in buttons:
        _check(button)
    whole = {**({} if bot_id is None else {"BOT_ID": bot_id}), **rest, "BUTTONS": [dict(button) for button in buttons]}
    size = len(json.dumps(whole, ensure_ascii=False).encode())
    if size > LIMIT:
        raise ValueError(f"expected a keyboard of at most {LIMIT} bytes, got {size}")
    return whole


def _lines(keyboard: Row | Sequence[Row]) -> list[Button]:
    if isinstance(keyboard, str) or not isinstance(keyboard, Sequence):
        raise ValueError(f"expected a row of buttons or a list of rows, got {type(keyboard).__name__}")  # noqa: TRY004
    rows: list[Any] = [keyboard] if all(isinstance(one, Mapping) for one in keyboard) else list(keyboard)
    buttons: list[Button] = []
    for place, one in enumerate(rows):
        if isinstance(one, str | Mapping) or not isinstance(one, Sequence):
            raise ValueError("expected a row of buttons or a list of rows, got buttons and rows mixed")  # noqa: TRY004
        buttons += ([newline()] if place else []) + list(one)
    return buttons


def _check(button: Button) -> None:
    if button.get("TYPE") == "NEWLINE":
        return
    does = [key for key in ("LINK", "COMMAND", "ACTION", "APP_ID") if button.get(key)]
    if not button.get("TEXT") or not does:
        raise ValueError("expected every button to have TEXT and one of LINK, COMMAND, ACTION")
    if button.get("BLOCK") == "Y" and "COMMAND" not in button:
        raise ValueError("expected BLOCK on buttons with a COMMAND only")


def _button(text: str, color: Color | None, does: dict[str, str]) -> Button:
    if color is not None and color not in _COLORS:
        raise ValueError(f"expected color to be one of {', '.join(_COLORS)}, got {color!r}")
    # LINE, since the server's default gives every button a line of its own
    looks = {"DISPLAY": "LINE"} if color is None else {"DISPLAY": "LINE", "BG_COLOR_TOKEN": color}
    return {"TEXT": _text("text", text), **does, **looks}


def _text(name: str, value: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected {name} to be a text, got {value!r}")
    return value
