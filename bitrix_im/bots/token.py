"""`BotToken`: the secret that owns a bot."""

from __future__ import annotations

import hmac
import os
import secrets
from typing import Any

MAX_LENGTH = 40
"""Characters; the portal refuses longer ones (``BOT_TOKEN_INVALID_LENGTH``)."""

_EXPECTED = f"expected a bot's token: 1 to {MAX_LENGTH} printable ASCII characters without spaces"


class Hidden(str):
    """A text that does not show itself: what a call carries, and a traceback's locals would show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class BotToken:
    """The secret that owns a bot where a webhook calls (docs/portal.md#bot-token). Give every bot its own.

    Shows in no repr, message or pickle. Raises `ValueError` for a text that the portal would refuse.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        if not isinstance(secret, str):
            raise TypeError(f"{_EXPECTED}, got {type(secret).__name__}")
        if not secret.isascii() or not secret.isprintable() or not secret or " " in secret:
            raise ValueError(f"{_EXPECTED}, got something else")
        if len(secret) > MAX_LENGTH:
            raise ValueError(f"{_EXPECTED}, got {len(secret)}: a hexadecimal SHA-256 is too long, use generate()")
        self._secret = secret

    @classmethod
    def from_env(cls, name: str) -> BotToken:
        """The token in an environment variable. Raises `ValueError` where it is missing or no token."""
        secret = os.environ.get(name)
        if not secret:
            raise ValueError(
                f"expected a bot's token in the environment variable {name}, which is not set: "
                "make one with BotToken.generate().reveal()"
            )
        return cls(secret.strip())

    @classmethod
    def generate(cls) -> BotToken:
        """A new random token of 40 characters. `reveal` it once, and keep it."""
        return cls(secrets.token_hex(MAX_LENGTH // 2))

    def reveal(self) -> str:
        """The secret itself, to send or to store: never log it."""
        return self._secret

    @property
    def hidden(self) -> str:
        """The secret, as a parameter of calls."""
        return Hidden(self._secret)

    @property
    def application_token(self) -> str:
        """What the portal signs a bot's webhook requests with (docs/portal.md#webhook-token). A secret, too."""
        return ("custom" + self._secret)[:50]

    def __repr__(self) -> str:
        return "BotToken('***')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BotToken) and hmac.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash((BotToken, self._secret))

    def __reduce__(self) -> Any:
        raise TypeError("a BotToken holds a secret and is not pickled: build it where it is needed")
