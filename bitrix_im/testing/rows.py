"""The recent list: internal rows in the server's order, and which of them a filter lets through."""

from collections.abc import Iterator
from random import Random

import attrs

from .records import Chat, Row

CHANNELS = frozenset({"channel", "openChannel"})
UNLISTED = frozenset({"tasksTask"})  # im.recent.get shows them, im.recent.list leaves them out (§4)


@attrs.frozen(kw_only=True)
class RowFilter:
    """The filters of ``im.recent.list`` and ``im.recent.get``, as the query's WHERE knows them."""

    skip_openlines: bool = False
    skip_dialog: bool = False
    skip_chat: bool = False
    unread_only: bool = False
    only_copilot: bool = False
    only_channel: bool = False
    only_openlines: bool = False
    can_manage_messages: bool = False
    unlisted: bool = False
    last_message_date: int | None = None
    updated_since: int | None = None

    def admits(self, row: Row) -> bool:
        """Whether the query selects *row*; rows that will not be shown count as chats."""
        if self.last_message_date is not None and row.date > self.last_message_date:
            return False
        if self.updated_since is not None and row.updated < self.updated_since:
            return False
        chat = row.chat
        return not self.skip_chat if chat is None else self._admits(chat)

    def _admits(self, chat: Chat) -> bool:
        kind = chat.kind
        if kind in UNLISTED and not self.unlisted:
            return False
        if self.skip_openlines and kind == "lines":
            return False
        if self.skip_dialog and kind == "private":
            return False
        if self.skip_chat and kind not in ("private", "lines"):
            return False
        if self.only_copilot and kind != "copilot":
            return False
        if self.only_channel and kind not in CHANNELS:
            return False
        if self.only_openlines and kind != "lines":
            return False
        if self.can_manage_messages and not chat.can_manage:
            return False
        return not self.unread_only or chat.marked_unread or chat.unread() > 0


class RecentRows:
    """Rows kept in the server's order: pinned first, then newest activity first; no tie-break (§4)."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._main: dict[int, Row] = {}
        self._sorted = True
        self._arrivals = 0

    def add(self, chat: Chat | None, date: int, *, updated: int | None = None) -> Row:
        """Add a row; of one second, the later arrival comes first."""
        self._arrivals += 1
        row = Row(chat, date, -self._arrivals, updated=date if updated is None else updated)
        self._rows.append(row)
        if chat is not None:
            self._main.setdefault(chat.id, row)
        self._sorted = False
        return row

    def place(self, chat: Chat | None, index: int) -> Row:
        """Add a row that comes right before the one now at *index* (at the end when there is none)."""
        rows = self.ordered()
        if not rows:
            return self.add(chat, 0)
        beside = rows[min(index, len(rows) - 1)]
        order = beside.order + (-0.5 if index < len(rows) else 0.5)
        row = Row(chat, beside.date, order, beside.pinned, beside.date)
        rows.insert(index, row)  # still sorted: rows of equal place keep their sequence
        if chat is not None:
            self._main.setdefault(chat.id, row)
        return row

    def main(self, chat: Chat) -> Row | None:
        """The row that moves with the chat's activity; None when it is not in the list."""
        return self._main.get(chat.id)

    def bump(self, chat: Chat, date: int) -> None:
        """The chat is active: its row rises; a hidden chat comes back."""
        row = self._main.get(chat.id)
        if row is None:
            self.add(chat, date)
            return
        self._arrivals += 1
        row.date, row.updated, row.order = date, date, -self._arrivals
        self._sorted = False

    def pin(self, chat: Chat, date: int, *, on: bool) -> None:
        """Pin or unpin the chat's row."""
        if (row := self._main.get(chat.id)) is not None:
            row.pinned, row.updated = on, date
            self._sorted = False

    def remove(self, chat: Chat) -> None:
        """Take every row of the chat out of the list."""
        self._main.pop(chat.id, None)
        self._rows = [row for row in self._rows if row.chat is not chat]

    def ordered(self) -> list[Row]:
        """All rows in order; not to be changed by the caller."""
        if not self._sorted:
            self._rows.sort(key=_place)
            self._sorted = True
        return self._rows

    def select(self, wanted: RowFilter, shuffle: Random | None = None) -> list[Row]:
        """Rows that *wanted* admits, in order; with *shuffle* those of one second in any order."""
        rows = [row for row in self.ordered() if wanted.admits(row)]
        if shuffle is not None:
            dice = shuffle.random
            rows.sort(key=lambda row: (not row.pinned, -row.date, dice()))
        return rows

    def shown(self, wanted: RowFilter) -> Iterator[Chat]:
        """The chats that *wanted* shows, each once, at its first row."""
        seen: set[int] = set()
        for row in self.select(wanted):
            if row.chat is not None and row.chat.id not in seen:
                seen.add(row.chat.id)
                yield row.chat


def _place(row: Row) -> tuple[bool, int, float]:
    return not row.pinned, -row.date, row.order
