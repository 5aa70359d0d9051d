"""``im.search.*``."""

from __future__ import annotations

import attrs

from ..models import Chat
from ..paging import Caller, ChatSearch, Pager
from ..paging.search import MAX_LIMIT
from . import _parameters as checked


@attrs.frozen
class Search:
    """Search in what the user may see."""

    _caller: Caller = attrs.field(repr=False)

    def chats(
        self, find: str | None = None, *, find_lines: str | None = None, page_size: int = MAX_LIMIT
    ) -> Pager[Chat]:
        """Walk the chats whose title or members match *find*, newest chat first (``im.search.chat.list``).

        *find* (FIND) needs 3 characters or more, else the portal answers FIND_SHORT (`InvalidParameter`); *find_lines*
        (FIND_LINES) searches open lines instead, and only without *find*, which the portal would prefer. *page_size*
        is LIMIT, 1 to 50. Raises `ValueError` when neither or both are given, or for a page size out of range.
        """
        if (find is None) == (find_lines is None):
            raise ValueError("expected either find or find_lines: the text to search for")
        if find is not None:
            params = {"FIND": checked.text("find", find)}
        else:
            params = {"FIND_LINES": checked.text("find_lines", find_lines or "")}
        return Pager(self._caller, ChatSearch(params, checked.page_size(page_size, MAX_LIMIT)))
