"""``im.department.*``: the company's departments and who works there.

Every method asks for the users themselves (USER_DATA=Y): by default the portal gives their ids alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from ..models import Department, User
from ..paging import OffsetList, Pager
from . import _parameters as checked
from ._group import Group

_MOST_COLLEAGUES = 50


@attrs.frozen
class Departments(Group):
    """The company's departments."""

    def colleagues(self) -> Pager[User]:
        """Walk the colleagues of the user who calls (``im.department.colleagues.list``).

        Colleagues share a department, or lead one that does.
        """
        return Pager(
            self._caller,
            OffsetList("im.department.colleagues.list", User, {"USER_DATA": True}, page_size=_MOST_COLLEAGUES),
        )

    async def get(self, ids: Iterable[int]) -> list[Department]:
        """Departments by their ids, each with its head (``im.department.get``, ID); unknown ones are left out."""
        params = {"ID": checked.some("ids", ids), "USER_DATA": True}
        return await self._ask(list[Department], "im.department.get", params)

    async def employees(self, ids: Iterable[int]) -> dict[int, list[User]]:
        """Who works in departments, by department id (``im.department.employees.get``, ID)."""
        return await self._people("im.department.employees.get", ids)

    async def managers(self, ids: Iterable[int]) -> dict[int, list[User]]:
        """The heads of departments, by department id (``im.department.managers.get``, ID)."""
        return await self._people("im.department.managers.get", ids)

    async def _people(self, method: str, ids: Iterable[int]) -> dict[int, list[User]]:
        params = {"ID": checked.some("ids", ids), "USER_DATA": True}
        found = await self._ask(Mapping[str, list[User]], method, params)  # type: ignore[type-abstract]
        return {int(department): users for department, users in found.items()}
