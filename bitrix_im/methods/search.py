"""``im.search.*``."""

from __future__ import annotations

import attrs

from ..models import Chat, Department, RecentItem, User
from ..paging import ChatSearch, OffsetList, Pager
from ..paging.search import MAX_LIMIT
from . import _parameters as checked
from ._group import Group


@attrs.frozen
class Search(Group):
    """Search in what the user may see."""

    def chats(
        self, find: str | None = None, *, find_lines: str | None = None, page_size: int = MAX_LIMIT
    ) -> Pager[Chat]:
        """Walk the chats whose title or members match *find*, newest chat first (``im.search.chat.list``).

        *find* (FIND) needs 2 characters or more, on older portals 3, else the portal answers FIND_SHORT
        (`InvalidParameter`); *find_lines* (FIND_LINES) searches open lines instead, and only without *find*, which the
        portal would prefer. *page_size* is LIMIT, 1 to 50. Raises `ValueError` when neither or both are given, or for a
        page size out of range.
        """
        if (find is None) == (find_lines is None):
            raise ValueError("expected either find or find_lines: the text to search for")
        if find is not None:
            params = {"FIND": checked.text("find", find)}
        else:
            params = {"FIND_LINES": checked.text("find_lines", find_lines or "")}
        return Pager(self._caller, ChatSearch(params, checked.page_size(page_size, MAX_LIMIT)))

    def users(self, find: str, *, business: bool = False, page_size: int = MAX_LIMIT) -> Pager[User]:
        """Walk the users whose name or position matches *find* (``im.search.user.list``, FIND).

        *business* (BUSINESS) keeps to users with access to business tools. *page_size* is LIMIT, 1 to 50; users whom
        the caller may not see are dropped after it, so pages can be short.
        """
        params = {"FIND": checked.text("find", find), **checked.flags(business=business)}
        size = checked.page_size(page_size, MAX_LIMIT)
        return Pager(self._caller, OffsetList("im.search.user.list", User, params, page_size=size))

    def departments(self, find: str, *, page_size: int = MAX_LIMIT) -> Pager[Department]:
        """Walk the departments whose full name matches *find* (``im.search.department.list``, FIND).

        Each comes with its head. *page_size* is LIMIT, 1 to 50.
        """
        params = {"FIND": checked.text("find", find), "USER_DATA": True}
        size = checked.page_size(page_size, MAX_LIMIT)
        return Pager(self._caller, OffsetList("im.search.department.list", Department, params, page_size=size))

    async def last(
        self, *, skip_openlines: bool = False, skip_chat: bool = False, skip_dialog: bool = False
    ) -> list[RecentItem]:
        """The dialogs that the user picked from search results lately, newest first (``im.search.last.get``)."""
        params = checked.flags(skip_openlines=skip_openlines, skip_chat=skip_chat, skip_dialog=skip_dialog)
        return await self._ask(list[RecentItem], "im.search.last.get", params)

    async def remember(self, dialog_id: str | int) -> None:
        """Put a dialog at the top of what `last` gives (``im.search.last.add``)."""
        await self._do("im.search.last.add", {"DIALOG_ID": checked.dialog_id(dialog_id)})

    async def forget(self, dialog_id: str | int) -> None:
        """Take a dialog out of what `last` gives (``im.search.last.delete``)."""
        await self._do("im.search.last.delete", {"DIALOG_ID": checked.dialog_id(dialog_id)})
