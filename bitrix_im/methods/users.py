"""``im.user.*``: people, bots, and the status of the user who calls."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

import attrs

from ..models import User
from . import _parameters as checked
from ._group import Group


@attrs.frozen
class Users(Group):
    """People and bots."""

    async def get(self, user_id: int | None = None) -> User:
        """A user; without an id, the one who calls (``im.user.get``, ID).

        Raises `InvalidParameter` for an id that nobody has, `AccessError` for a user whom the caller may not see.
        """
        params = {} if user_id is None else {"ID": checked.number("user_id", user_id)}
        return await self._ask(User, "im.user.get", params)

    async def list(self, ids: Iterable[int]) -> builtins.list[User]:
        """Users by their ids (``im.user.list.get``, ID). Those whom the caller may not see are not in the list."""
        return await self._ask(builtins.list[User], "im.user.list.get", {"ID": checked.some("ids", ids)})

    async def status(self) -> str:
        """The status that the user has chosen: ``"online"``, ``"dnd"``, ``"away"``, … (``im.user.status.get``)."""
        return await self._ask(str, "im.user.status.get")

    async def set_status(self, status: str) -> None:
        """Choose a status: ``"online"``, ``"dnd"`` or ``"away"`` (``im.user.status.set``, STATUS, as it is)."""
        await self._do("im.user.status.set", {"STATUS": checked.word("status", status)})

    async def start_idle(self, minutes: int | None = None) -> None:
        """Show the user as away from the keyboard, since some minutes ago (``im.user.status.idle.start``, AGO)."""
        params = {} if minutes is None else {"AGO": checked.number("minutes", minutes, 0)}
        await self._do("im.user.status.idle.start", params)

    async def end_idle(self) -> None:
        """Show the user as back at the keyboard (``im.user.status.idle.end``)."""
        await self._do("im.user.status.idle.end")
