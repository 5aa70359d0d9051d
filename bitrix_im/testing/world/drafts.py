"""Messages made out of their id, so that a history of 100,000 takes no more than its ids and dates.

Every draft is a pure function of (seed, id): asked twice, a message is the same twice.
"""

from collections.abc import Sequence
from typing import Any

import attrs

_PHRASES = (
    "Good morning everyone",
    "The build is green again",
    "Could you look at the contract, please?",
    "We moved the meeting to 15:30",
    "Отчёт готов, посмотрите",
    "See [URL=https://example.com/?a=1&b=2]the page[/URL]",
    "[B]Important:[/B] the deadline is Friday",
    "Thanks!",
    "I'll be late, 10-15 minutes — sorry",
    "Price: 1 200 € <net>",
    "🚀 shipped",
    "Who takes the next shift?\nI can't",
)


@attrs.define(slots=True)
class Message:
    """A message as the portal stores it."""

    id: int
    author_id: int  # 0 is the system
    date: int
    text: str
    uuid: str | None = None
    params: dict[str, Any] = attrs.Factory(dict)
    sticker: bool = False
    disappears: int | None = None
    reactions: dict[int, str] = attrs.Factory(dict)
    """Reactions other than likes, by user; likes are the parameter LIKE."""

    @property
    def file_ids(self) -> list[int]:
        """Ids of the attached files."""
        return list(self.params.get("FILE_ID", ()))

    @property
    def deleted(self) -> bool:
        """Whether only the notice of its deletion is left."""
        return self.params.get("IS_DELETED") == "Y"


def draft(message_id: int, date: int, authors: Sequence[int], seed: int) -> Message:
    """The message that a bulk-built history has under *message_id*."""
    dice = _mix(message_id * 0x9E3779B1 + seed * 0x85EBCA77)
    author = authors[dice % len(authors)] if authors else 0
    text = f"{_PHRASES[(dice >> 5) % len(_PHRASES)]} #{message_id}"
    message = Message(message_id, author, date, text, uuid4(message_id * 31 + seed))
    roll = (dice >> 12) % 100
    if roll < 3:
        message.author_id, message.uuid = 0, None
        message.params = {"CODE": ["CHAT_JOIN"], "NOTIFY": "N"}
    elif roll < 9:
        message.params = {"FILE_ID": [message_id * 2 + 1] if roll < 8 else [message_id * 2, message_id * 2 + 1]}
    elif roll < 14:
        message.params = {"LIKE": sorted(set(authors[: 1 + roll % 3]))}
    elif roll < 16:
        message.text, message.params = "This message was deleted.", {"IS_DELETED": "Y"}
    elif roll < 18:
        message.params = {"IS_EDITED": "Y"}
    elif roll < 21:
        message.params = {"REPLY_ID": max(1, message_id - 1 - roll)}
    elif roll < 23:
        message.params = {"ATTACH": [{"ID": 1, "BLOCKS": [{"MESSAGE": "details"}], "COLOR": "#95c255"}]}
    elif roll < 24:
        message.params = {"KEYBOARD": [{"BOT_ID": 7, "TEXT": "Open", "TYPE": "BUTTON", "LINK": "https://example.com/"}]}
    elif roll < 25:
        message.sticker, message.params = True, {"STICKER_PARAMS": {"id": 3, "packId": 1, "packType": "vendor"}}
    elif roll < 26:
        message.disappears = date + 86_400 * 30
    elif roll < 28:
        message.uuid = None
    return message


def uuid4(number: int) -> str:
    """A lowercase UUIDv4 made out of a number."""
    digits = "".join(f"{_mix(number + part * 0x632BE5AB):08x}" for part in range(4))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _mix(number: int) -> int:
    """Spread a number's bits over 32 (the finalizer of MurmurHash3)."""
    number &= 0xFFFFFFFF
    number = ((number ^ number >> 16) * 0x85EBCA6B) & 0xFFFFFFFF
    number = ((number ^ number >> 13) * 0xC2B2AE35) & 0xFFFFFFFF
    return number ^ number >> 16
