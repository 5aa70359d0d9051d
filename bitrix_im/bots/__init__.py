"""Chat bots: their text, buttons, tokens, and what they hear."""

from ..markup import attach, bb, keyboard
from .token import BotToken

__all__ = ["BotToken", "attach", "bb", "keyboard"]
