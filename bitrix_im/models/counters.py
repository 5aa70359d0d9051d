"""How much is unread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import attrs

from ..convert import EMPTY
from .base import Model


@attrs.frozen(kw_only=True, repr=False)
class CounterTotals(Model):
    """Unread messages by kind of dialog (``TYPE``)."""

    _spelled: ClassVar = str.upper

    all: int = 0
    notify: int = 0
    """Notifications."""
    chat: int = 0
    """Group chats."""
    lines: int = 0
    """Open lines."""
    dialog: int = 0
    """Private dialogs."""
    messenger: int = 0


@attrs.frozen(kw_only=True, repr=False)
class Counters(Model):
    """Unread messages of the user who calls, in sum and by dialog: id → number. What has none is not there."""

    _spelled: ClassVar = str.upper

    type: CounterTotals = CounterTotals()
    """In sum."""
    chat: Mapping[str, int] = attrs.field(default=EMPTY, hash=False)
    """By chat id, as text (``{"1317": 1}``)."""
    chat_muted: Mapping[str, int] = attrs.field(default=EMPTY, hash=False)
    """The same, of chats whose notifications are off."""
    chat_unread: tuple[int, ...] = ()
    """Chats marked unread by hand."""
    lines: Mapping[str, int] = attrs.field(default=EMPTY, hash=False)
    """By the chat id of an open line."""
    dialog: Mapping[str, int] = attrs.field(default=EMPTY, hash=False)
    """By the id of the user that a private dialog is with."""
    dialog_unread: tuple[int, ...] = ()
    """Users whose private dialogs are marked unread by hand."""
