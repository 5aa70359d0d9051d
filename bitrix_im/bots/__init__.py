"""Chat bots: their text, buttons, tokens, and what they hear."""

from ..markup import attach, bb, keyboard
from .token import BotToken
from .webhook import parse_webhook

__all__ = ["BotToken", "attach", "bb", "keyboard", "parse_webhook"]
