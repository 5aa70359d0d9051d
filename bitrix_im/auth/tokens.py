"""A pair of OAuth tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs


class Unpicklable:
    """Holds secrets: a pickle would be a readable copy of them."""

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} holds secrets and is not pickled: keep tokens in a TokenStore")


@attrs.frozen(init=False)
class Tokens(Unpicklable):
    """A pair of OAuth tokens, and what the auth server said with them.

    ``expires_at`` is when the access token runs out (aware), where known. ``client_endpoint`` is where the portal's
    REST calls go, ``member_id`` what names the portal for good.
    """

    access_token: str = attrs.field(repr=False)
    refresh_token: str = attrs.field(repr=False)
    expires_at: datetime | None = None
    client_endpoint: str | None = None
    member_id: str | None = None

    def __init__(
        self,
        access_token: str,
        refresh_token: str,
        expires_at: datetime | None = None,
        client_endpoint: str | None = None,
        member_id: str | None = None,
    ) -> None:
        are_good = {"access_token": is_token(access_token), "refresh_token": is_token(refresh_token)}
        wrong = [name for name, is_good in are_good.items() if not is_good]
        if wrong:
            del access_token, refresh_token  # a traceback shows locals
            raise ValueError(f"expected {wrong[0]} to be a text of printable ASCII characters")
        self.__attrs_init__(access_token, refresh_token, expires_at, client_endpoint, member_id)


def is_token(value: object) -> bool:
    """Whether it can travel in a header; what cannot would be shown by the error that says so."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value != ""
