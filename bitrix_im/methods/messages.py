"""``im.dialog.messages.*`` and ``im.message.*``."""

from __future__ import annotations

import attrs

from ..models import Message
from ..paging import HistoryDown, HistoryUp, Pager
from ..paging.history import MAX_LIMIT
from . import _parameters as checked


@attrs.frozen
class Messages:
    """The messages of a dialog."""

    _call: checked.Caller = attrs.field(repr=False)

    def history(
        self,
        dialog_id: str | int,
        *,
        before: int | None = None,
        after: int | None = None,
        page_size: int = MAX_LIMIT,
    ) -> Pager[Message]:
        """Walk a dialog's messages (``im.dialog.messages.get``).

        Newest first, from *before* (LAST_ID, exclusive) or the newest message; with *after* (FIRST_ID), oldest first,
        ids above it. *page_size* is LIMIT, 1 to 50. Reading changes no unread mark, but on a user's id or ``"sgN"``
        the portal creates the chat where there is none.

        Raises `ValueError` for an impossible dialog id, a page size out of range or *before* together with *after*;
        while it walks, `AccessError` when the user is not in the dialog.
        """
        name, size = checked.dialog_id(dialog_id), checked.page_size(page_size, MAX_LIMIT)
        before, after = checked.message_id("before", before, 1), checked.message_id("after", after)
        if after is None:
            return Pager(self._call, HistoryDown(name, before, size))
        if before is not None:
            raise ValueError("expected before or after, got both: one walks down, the other up")
        return Pager(self._call, HistoryUp(name, after, size))
