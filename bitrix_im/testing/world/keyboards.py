"""Keyboards of messages: which buttons there are (docs/portal.md#keyboards)."""

from typing import Any

from .drafts import Message


def buttons(keyboard: Any) -> list[dict[str, Any]]:
    """The buttons of a keyboard, which is a list, or an object with BUTTONS; new lines are none."""
    listed = keyboard.get("BUTTONS", ()) if isinstance(keyboard, dict) else keyboard
    return [one for one in listed or () if isinstance(one, dict) and one.get("TYPE") != "NEWLINE"]


def button(message: Message, text: str) -> dict[str, Any]:
    """The button of that text; KeyError where there is none, PermissionError where it is switched off."""
    shown = buttons(message.params.get("KEYBOARD"))
    found = next((one for one in shown if one.get("TEXT") == text), None)
    if found is None:
        raise KeyError(f"message {message.id} has no button {text!r}, only {[one.get('TEXT') for one in shown]}")
    if found.get("DISABLED") == "Y":
        raise PermissionError(f"button {text!r} of message {message.id} is switched off")
    return found
