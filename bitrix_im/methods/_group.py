"""What every group of methods does with a call: ask for a value, or have something done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import attrs

from ..convert import structure
from ..errors import ApiError
from ..paging import Caller
from ..rest.call import Call

T = TypeVar("T")


@attrs.frozen
class Group:
    """Methods of one namespace, called through a client."""

    _caller: Caller = attrs.field(repr=False)

    async def _ask(self, kind: type[T], method: str, params: Mapping[str, Any] | None = None) -> T:
        """Make a call and decode its result."""
        reply = await self._caller.call(Call(method, params or {}))
        return structure(reply.result, kind, at="$.result")

    async def _do(self, method: str, params: Mapping[str, Any] | None = None, *, already: Collection[str] = ()) -> None:
        """Make a call that only answers true. An error with a code of *already* says that it is so: no error."""
        try:
            await self._caller.call(Call(method, params or {}))
        except ApiError as error:
            if error.code.upper() not in already:
                raise
