"""Keeping secrets out of everything that people and logs get to see.

Texts of ours never hold a secret; texts of others can: httpx logs every URL at INFO, a portal may echo what it was
sent. They pass through `redact`. A session tells its secrets to a `Secrets`, which forgets them with the session.
"""

from __future__ import annotations

import logging
import re
import weakref
from collections.abc import Iterable
from typing import Any

_MASK = "***"
_SHAPES = (
    re.compile(r"(?P<before>/rest/\d+/)[^/\s\"'<>]+"),
    re.compile(
        r"(?i)(?P<before>(?:access_token|refresh_token|client_secret|auth)[\"']?\s*[=:]\s*[\"']?)[^&\s\"',;<>)]+"
    ),
    re.compile(r"(?i)(?P<before>[?&]token=)[^&\s\"'<>]+"),  # of an address that is good for one download
    re.compile(r"(?i)(?P<before>Bearer\s+)[^\s\"',;<>)]+"),
)
_LOGGERS = (
    "bitrix_im",
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)


class Secrets:
    """The secrets of one session."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.add(*secrets)
        _known.add(self)

    def add(self, *secrets: str | None) -> None:
        """Never show these. Very short ones would mask half of every text, and protect nothing."""
        self._secrets.update(secret for secret in secrets if secret and len(secret) >= 4)

    def hide(self, text: str) -> str:
        """*text* without them."""
        for secret in sorted(self._secrets, key=len, reverse=True):  # one may begin like another
            if secret in text:
                text = text.replace(secret, _MASK)
        return text

    def __repr__(self) -> str:
        return f"Secrets({len(self._secrets)})"

    def __reduce__(self) -> Any:
        raise TypeError("Secrets are not pickled")


_known: weakref.WeakSet[Secrets] = weakref.WeakSet()


def redact(text: str) -> str:
    """*text* without the secrets of any living session, and without anything of a secret's shape."""
    for secrets in tuple(_known):
        text = secrets.hide(text)
    for shape in _SHAPES:
        text = shape.sub(rf"\g<before>{_MASK}", text)
    return text


class _Filter(logging.Filter):
    """Redacts records where they are made, so that no handler, wherever it is attached, sees the secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        safe = redact(said)
        if safe != said:
            record.msg, record.args = safe, ()
        return True


def guard_logs() -> None:
    """Redact what httpx, httpcore and we log. A logger's filters do not hold for its children, so each has its own."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(existing, _Filter) for existing in logger.filters):
            logger.addFilter(_Filter())
