"""What goes wrong, as one line that says what came and what to do."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from pathlib import Path, PurePath

from ..errors import (
    AccessError,
    ApiError,
    AuthError,
    BitrixError,
    MethodNotFound,
    OverloadLimit,
    PortalGone,
    QueryLimitExceeded,
    TransportError,
    UnexpectedResponse,
)
from .streams import Unwritable

# Packages, and the extra that brings them.
_EXTRAS = {
    **dict.fromkeys(("rich", "starlette", "typer", "uvicorn"), "cli"),
    **dict.fromkeys(("duckdb", "pyarrow"), "export"),
    "matplotlib": "report",
}

# What to do about it: by the portal's code, else by the first class that fits.
_BY_CODE = {
    "find_short": "search for 2 characters or more (3 on older portals)",
    "insufficient_scope": "give the webhook the scope im (chat and notifications) in the portal's settings",
    "invalid_request": "use the portal's https:// address",
}
_BY_CLASS: tuple[tuple[type[BitrixError], str], ...] = (
    (AuthError, "check the webhook's URL, or make a new inbound webhook with the scope im on the portal"),
    (AccessError, "the user who made the webhook must take part in this dialog"),
    (MethodNotFound, "this portal is too old for the command, or the URL is not a webhook's"),
    (PortalGone, "check the portal's address"),
    (OverloadLimit, "the portal is blocked by hand, ask Bitrix24 support"),
    (QueryLimitExceeded, "something else uses up the portal's limit from this address, try later"),
    (UnexpectedResponse, "check that this is the address of a Bitrix24 portal"),
)


_USER_AND_SECRET = re.compile(r"/\d+/[^/]")
_SHORTEST = 6  # shorter texts are no secrets, and hiding them would leave no word whole


class Problem(Exception):
    """What the user is told, and the exit code."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


def of(error: Exception) -> Problem:
    """The problem that *error* is."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Unwritable):
        return Problem("", 141) if error.is_broken_pipe else Problem(f"cannot write the output: {error}")
    if isinstance(error, ImportError) and "pip install 'bitrix-im[" in str(error):
        return Problem(str(error))
    if isinstance(error, ModuleNotFoundError):
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is not None:
            return Problem(f"this needs a few more packages: pip install 'bitrix-im[{extra}]'")
    if isinstance(error, BitrixError):
        hint = _hint(error)
        return Problem(f"{error}; {hint}" if hint else str(error))
    # Neither its text nor its traceback is shown: anybody's secrets may be in there.
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{PurePath(place.filename).name}:{place.lineno}"
    return Problem(f"unexpected {type(error).__name__} in {where}: this is a bug, please report it", 1)


def _hint(error: BitrixError) -> str:
    if isinstance(error, ApiError):
        if error.code.lower() in _BY_CODE:
            return _BY_CODE[error.code.lower()]
        if not error.code and 400 <= error.status < 500:
            return "check that this is the address of a Bitrix24 portal"
    if isinstance(error, TransportError):
        return "" if not error.sent else "check the network and try again"
    return next((hint for kind, hint in _BY_CLASS if isinstance(error, kind)), "")


class Secrets:
    """What must not be shown: the webhook of the environment, and every argument that could be one.

    Mistyped addresses count, wherever they stand in the command: argparse and the library repeat what they refuse.
    """

    def __init__(self, words: Iterable[str], webhook: str) -> None:
        values = (word.partition("=")[2] if word.startswith("-") else word for word in words)
        given = [webhook, *filter(_may_be_address, values)]
        texts = {text.strip() for text in given} | {part for text in given for part in _parts(text)}
        texts |= {repr(text)[1:-1] for text in texts}
        self._texts = sorted((text for text in texts if len(text) >= _SHORTEST), key=len, reverse=True)

    def hide(self, text: str) -> str:
        """*text* without them."""
        for secret in self._texts:
            text = text.replace(secret, "…")
        return text


def _may_be_address(text: str) -> bool:
    """Whether a word could be a webhook's address, however mistyped. Paths of files are shown."""
    return "://" in text or (_USER_AND_SECRET.search(text) is not None and not _is_path(text))


def _is_path(text: str) -> bool:
    try:
        return Path(text).parent.is_dir()
    except (OSError, ValueError):
        return False


def _parts(url: str) -> list[str]:
    """The parts of an address that may be the secret: no host, no short words such as rest."""
    return [part for part in re.split(r"[/?#&=\s]+", url) if len(part) >= _SHORTEST and not re.search(r"[.:]", part)]
