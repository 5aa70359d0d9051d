"""What a message is made of besides plain words: BB codes, buttons and blocks."""

from . import attach, bb, keyboard

__all__ = ["attach", "bb", "keyboard"]
