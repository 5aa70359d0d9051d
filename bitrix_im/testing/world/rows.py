"""A recent list: internal rows in the server's order, and which of them a filter lets through."""

from collections.abc import Iterator
from itertools import groupby
from random import Random

import attrs

from .records import Kind, Row, Seat

CHANNELS = frozenset({"channel", "openChannel"})
COPILOTS = frozenset({"copilot"})
PLAIN_CHATS = frozenset({"chat", "open", "sonetGroup", "crm", "tasksTask"})  # message types C and O, and X with them
UNLISTED = frozenset({"tasksTask"})  # im.recent.get shows them, im.recent.list leaves them out


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
        seat = row.seat
        if seat is None:
            return self.only_copilot or self.only_channel or not self.skip_chat
        return self._admits(seat)

    def _admits(self, seat: Seat) -> bool:
        kind = seat.chat.kind
        if kind in UNLISTED and not self.unlisted:
            return False
        if self.only_copilot or self.only_channel:  # they override what is to be skipped
            if kind not in (COPILOTS if self.only_copilot else CHANNELS):
                return False
        elif self._skips(kind):
            return False
        if self.only_openlines and kind != "lines":
            return False
        if self.can_manage_messages and not seat.can_manage:
            return False
        return not self.unread_only or seat.marked_unread or seat.unread() > 0

    def _skips(self, kind: Kind) -> bool:
        """SKIP_CHAT drops the types O and C only (docs/portal.md#recent-skip-chat)."""
        return (
            (self.skip_openlines and kind == "lines")
            or (self.skip_dialog and kind == "private")
            or (self.skip_chat and kind in PLAIN_CHATS)
        )


class RecentRows:
    """Rows kept in the server's order: pinned first, then newest activity first; no tie-break."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._main: dict[int, Row] = {}
        self._sorted = True
        self._arrivals = 0

    def add(self, seat: Seat | None, date: int, *, updated: int | None = None) -> Row:
        """Add a row; of one second, the later arrival comes first."""
        self._arrivals += 1
        row = Row(seat, date, -self._arrivals, updated=date if updated is None else updated)
        self._rows.append(row)
        if seat is not None:
            self._main.setdefault(seat.chat.id, row)
        self._sorted = False
        return row

    def place(self, seat: Seat | None, index: int, *, empty: bool = False) -> Row:
        """Add a row that comes right before the one now at *index* (at the end when there is none)."""
        rows = self.ordered()
        if not rows:
            return self.add(seat, 0)
        beside = rows[min(index, len(rows) - 1)]
        order = beside.order + (-0.5 if index < len(rows) else 0.5)
        row = Row(seat, beside.date, order, beside.pinned, beside.date, empty)
        rows.insert(index, row)  # still sorted: rows of equal place keep their sequence
        if seat is not None:
            self._main.setdefault(seat.chat.id, row)
        return row

    def main(self, seat: Seat) -> Row | None:
        """The row that moves with the chat's activity; None when it is not in the list."""
        return self._main.get(seat.chat.id)

    def bump(self, seat: Seat, date: int) -> None:
        """The chat is active: its row rises; a hidden chat comes back."""
        row = self._main.get(seat.chat.id)
        if row is None:
            self.add(seat, date)
            return
        self._arrivals += 1
        row.date, row.updated, row.order = date, date, -self._arrivals
        self._sorted = False

    def fall_back(self, seat: Seat, date: int) -> None:
        """The chat's newest message is gone: its row has the date of the one before."""
        if (row := self._main.get(seat.chat.id)) is not None:
            row.date, row.updated = date, date
            self._sorted = False

    def pin(self, seat: Seat, date: int, *, on: bool) -> None:
        """Pin or unpin the chat's row."""
        if (row := self._main.get(seat.chat.id)) is not None:
            row.pinned, row.updated = on, date
            self._sorted = False

    def remove(self, seat: Seat) -> None:
        """Take every row of the chat out of the list."""
        self._main.pop(seat.chat.id, None)
        self._rows = [row for row in self._rows if row.chat is not seat.chat]

    def ordered(self) -> list[Row]:
        """All rows in order; not to be changed by the caller."""
        if not self._sorted:
            self._rows.sort(key=_place)
            self._sorted = True
        return self._rows

    def select(self, wanted: RowFilter, shuffle: Random | None = None) -> list[Row]:
        """Rows that *wanted* admits, in order; with *shuffle* those of one second in any order."""
        rows = [row for row in self.ordered() if wanted.admits(row)]
        return rows if shuffle is None else _shuffled(rows, shuffle)

    def shown(self, wanted: RowFilter) -> Iterator[Seat]:
        """The seats of the chats that *wanted* shows, each once, at its first row."""
        seen: set[int] = set()
        for row in self.select(wanted):
            if row.seat is not None and row.seat.chat.id not in seen:
                seen.add(row.seat.chat.id)
                yield row.seat


def _place(row: Row) -> tuple[bool, int, float]:
    return not row.pinned, -row.date, row.order


def _shuffled(rows: list[Row], random: Random) -> list[Row]:
    """Rows whose ties came in another order."""
    mixed: list[Row] = []
    for _, tied in groupby(rows, key=lambda row: (row.pinned, row.date)):
        group = list(tied)
        if len(group) > 1:
            random.shuffle(group)
        mixed += group
    return mixed
