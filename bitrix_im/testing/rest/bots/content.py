"""What a bot's message holds: text, keyboard, attachments (docs/portal.md#bot-send)."""

import json
from typing import Any

from ...php import values as php
from ...world import keyboards
from ..calls import RestError
from ..sending import decoded, trimmed
from .calls import flag

_BLOCKS = frozenset({"MESSAGE", "LINK", "USER", "GRID", "IMAGE", "FILE", "DELIMITER"})
_LARGEST_ATTACH = 60_000
_LARGEST_KEYBOARD = 30 * 1024
_DOES = ("LINK", "COMMAND", "ACTION")


def text(fields: dict[str, Any]) -> str:
    """``message``: trimmed, and cut at 20,000 characters without a word (docs/portal.md#bot-text-cut)."""
    return trimmed(fields.get("message"))


def params(fields: dict[str, Any], bot_id: int | None) -> dict[str, Any]:
    """A message's parameters out of ``fields``; buttons get *bot_id*, or keep what they came with.

    An edit gives None: a button of a new keyboard that names no bot is nobody's (docs/portal.md#keyboard-bot-id), and
    of the flags only ``Y`` and ``N`` are known (docs/portal.md#imbot-flags).
    """
    found: dict[str, Any] = {}
    if fields.get("keyboard"):
        found["KEYBOARD"] = keyboard(fields["keyboard"], bot_id)
    if fields.get("attach"):
        found["ATTACH"] = attach(fields["attach"])
    if fields.get("replyId"):
        found["REPLY_ID"] = php.to_int(fields["replyId"])
    preview = fields.get("urlPreview")
    if preview == "N" or (bot_id is not None and not flag(preview, default=True)):
        found["URL_ONLY"] = "N"
    return found


def keyboard(given: Any, bot_id: int | None) -> list[dict[str, Any]]:
    """A keyboard as messages keep it: the buttons that can do something; KEYBOARD_ERROR where none can."""
    value = decoded(given)
    default = value.get("BOT_ID") if isinstance(value, dict) else None
    listed = value.get("BUTTONS") if isinstance(value, dict) else value
    kept: list[dict[str, Any]] = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("TYPE") == "NEWLINE":
            kept.append({"TYPE": "NEWLINE"})
        elif isinstance(one, dict) and one.get("TEXT") and any(one.get(name) for name in _DOES):
            owner = php.to_int(one.get("BOT_ID") or default or bot_id)
            kept.append({"TYPE": "BUTTON", "DISPLAY": "BLOCK", **one, "BOT_ID": owner})
    if not keyboards.buttons(kept) or len(json.dumps(kept)) > _LARGEST_KEYBOARD:
        raise RestError("KEYBOARD_ERROR", "Incorrect keyboard params")
    return kept


def attach(given: Any) -> list[dict[str, Any]]:
    """Attachments as messages keep them: ATTACH_ERROR for what has no block, ATTACH_OVERSIZE."""
    value = decoded(given)
    if isinstance(value, dict):
        blocks, head = value.get("BLOCKS"), {name: value[name] for name in ("ID", "COLOR") if name in value}
    else:
        blocks, head = value, {}
    if isinstance(blocks, dict):
        blocks = list(blocks.values())
    if not isinstance(blocks, list) or not blocks or not all(_is_block(one) for one in blocks):
        raise RestError("ATTACH_ERROR", "Incorrect attach params")
    if len(json.dumps(blocks, ensure_ascii=False)) > _LARGEST_ATTACH:
        raise RestError("ATTACH_OVERSIZE", "You have exceeded the maximum allowable size of attach")
    return [{"ID": 1, "COLOR": "", **head, "BLOCKS": blocks}]


def _is_block(one: Any) -> bool:
    return isinstance(one, dict) and not _BLOCKS.isdisjoint(one)
