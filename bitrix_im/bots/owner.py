"""Calls in a bot's name: each carries its id, and its token where a webhook calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from ..convert import structure
from ..errors import ApiError
from ..paging import Caller
from ..redact import Secrets
from ..rest.call import Call
from .token import BotToken

T = TypeVar("T")


class Owner:
    """Who calls in a bot's name."""

    def __init__(self, caller: Caller, bot_id: int, token: BotToken | None) -> None:
        self._caller = caller
        self._id = bot_id
        self._own(token)

    def _own(self, token: BotToken | None) -> None:
        self._token = token
        # Kept as long as the bot: no log or error shows the token, not even one that the portal echoes.
        self._secrets = Secrets() if token is None else Secrets([token.reveal(), token.application_token])

    def _call(self, method: str, params: Mapping[str, Any] | None = None) -> Call:
        return Call(f"imbot.v2.{method}", {"botId": self._id, **secret(self._token), **(params or {})})

    async def _ask(self, kind: type[T], method: str, params: Mapping[str, Any] | None = None, part: str = "") -> T:
        """Make a call and decode its result, or a *part* of it."""
        reply = await self._caller.call(self._call(method, params))
        result = reply.result.get(part) if part and isinstance(reply.result, dict) else reply.result
        return structure(result, kind, at=f"$.result.{part}" if part else "$.result")

    async def _do(self, method: str, params: Mapping[str, Any], *, already: Collection[str] = ()) -> None:
        """Make a call that only answers true. An error with a code of *already* says that it is so: no error."""
        try:
            await self._caller.call(self._call(method, params))
        except ApiError as error:
            if error.code.upper() not in already:
                raise

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} holds a client and a secret, and is not pickled")


def secret(token: BotToken | None) -> dict[str, Any]:
    """The parameter that shows who owns a bot; an application needs none."""
    return {} if token is None else {"botToken": token.hidden}


def given(**fields: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in fields.items() if value is not None}
