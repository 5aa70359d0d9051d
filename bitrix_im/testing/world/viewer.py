"""What one user sees: their list of dialogs, how far they read, what is hidden from them."""

from datetime import datetime

from .clock import ServerClock
from .notices import Notices
from .records import Chat, Seat
from .rows import RecentRows, RowFilter
from .store import Store

_DAY = 86_400


class Viewer:
    """A world as one of its users sees it: dialog ids, the recent list, read marks, pins."""

    def __init__(self, store: Store, user_id: int) -> None:
        self.user_id = user_id
        self.rows = RecentRows()
        self.notices = Notices()
        self.searched: list[str] = []
        """Dialog ids picked from searches, the last first."""
        self._store = store
        self._seats: dict[int, Seat] = {}

    def arrive(self) -> None:
        """Take a seat in every chat of the user's; drafts count as read, later messages of others do not."""
        for chat in self._store.chats.values():
            if self.user_id in chat.members:
                self.seat(chat)
                self.rows.add(self.seat(chat), chat.dates[-1] if chat.dates else chat.created)

    # Chats

    def seats(self) -> list[Seat]:
        """The user's places in all their chats."""
        chats = self._store.chats.values()
        return [self.seat(chat) for chat in chats if self.user_id in chat.members]

    def seat(self, chat: Chat) -> Seat:
        """The user's place in a chat, theirs or not."""
        seat = self._seats.get(chat.id)
        if seat is None:
            seat = self._seats[chat.id] = Seat(chat, self.user_id, read_id=self._known(chat))
        return seat

    def seat_of(self, dialog_id: str | int) -> Seat:
        """The user's place in a dialog; KeyError when there is none."""
        seat = self._look_up(str(dialog_id))
        if seat is None:
            raise KeyError(dialog_id)
        return seat

    def chat(self, dialog_id: str | int) -> Chat:
        """The chat of a dialog id; KeyError when there is none."""
        return self.seat_of(dialog_id).chat

    def find(self, dialog_id: str) -> Seat | None:
        """The place in a dialog, or None; a user's or workgroup's missing chat is created, even by reading."""
        store = self._store
        if dialog_id.isdigit() and int(dialog_id) in store.users:
            return self.seat(store.private_chat(self.user_id, int(dialog_id), store.clock.seconds()))
        if dialog_id.startswith("sg"):
            chat = store.open_group(dialog_id[2:], [self.user_id, store.colleague])
            return None if chat is None else self.seat(chat)
        return self._look_up(dialog_id)

    def search(self, find: str, *, lines: bool = False) -> list[Chat]:
        """Chats whose title holds *find*, ids descending; open lines apart."""
        wanted = find.casefold()
        return [
            chat
            for chat in reversed(self._store.chats.values())
            if wanted in chat.title.casefold()
            and not chat.private
            and (chat.kind == "lines") is lines
            and (self.user_id in chat.members or chat.kind in ("open", "openChannel"))
        ]

    # What the user does, and what happens to them

    def hear(self, chat: Chat, message_id: int, author_id: int, date: int) -> None:
        """A message came into a chat of theirs: it rises, or comes back into the list."""
        seat = self.seat(chat)
        if author_id == self.user_id:
            seat.read_id, seat.marked_unread = message_id, False  # writing reads the dialog
        self.rows.bump(seat, date)

    def touch(self, seat: Seat) -> None:
        """Something of the dialog changed: ``im.recent.get`` has it."""
        if (row := self.rows.main(seat)) is not None:
            row.updated = self._store.clock.seconds()

    def hide(self, dialog_id: str | int) -> None:
        """Take a dialog out of the list, until its next message."""
        self.rows.remove(self.seat_of(dialog_id))

    def leave(self, dialog_id: str | int) -> None:
        """Leave a chat: it is gone from the list, and reading it is ACCESS_ERROR."""
        seat = self.seat_of(dialog_id)
        seat.chat.members = [member for member in seat.chat.members if member != self.user_id]
        self.rows.remove(seat)

    def pin(self, dialog_id: str | int, on: bool = True) -> None:
        """Pin a dialog, or unpin it."""
        self.rows.pin(self.seat_of(dialog_id), self._store.clock.seconds(), on=on)

    def mark_unread(self, dialog_id: str | int, on: bool = True) -> None:
        """Set the "unread" mark, or take it off."""
        seat = self.seat_of(dialog_id)
        seat.marked_unread = on
        self.touch(seat)

    def mute(self, dialog_id: str | int, *user_ids: int) -> None:
        """Make *user_ids* (the user by default) the ones who muted the chat."""
        self.chat(dialog_id).muted = list(user_ids or (self.user_id,))

    def read(self, dialog_id: str | int, message_id: int | None = None) -> int:
        """Move the read mark up to *message_id* (the newest), and return how many stay unread."""
        seat = self.seat_of(dialog_id)
        newest = seat.chat.last_id
        seat.read_id = max(seat.read_id, min(newest, newest if message_id is None else message_id))
        seat.marked_unread = False
        self.touch(seat)
        return seat.unread()

    # The truth, for tests to compare with

    def visible_dialogs(self, *, last_message_date: datetime | None = None, **filters: bool) -> list[str]:
        """Dialog ids that ``im.recent.list`` has for these filters (``skip_chat=True``), in order, each once.

        Open lines that wait in the queue are not among them, with or without *skip_undistributed_openlines*: see
        `queue_lines`.
        """
        filters.pop("skip_undistributed_openlines", None)
        until = None if last_message_date is None else int(last_message_date.timestamp())
        return [seat.dialog_id for seat in self.rows.shown(RowFilter(last_message_date=until, **filters))]

    def changed_dialogs(self, since: datetime | None = None, **filters: bool) -> list[str]:
        """Dialog ids that ``im.recent.get`` has, in order."""
        limit = recent_since(self._store.clock, None if since is None else int(since.timestamp()))
        wanted = RowFilter(unlisted=True, updated_since=limit, **filters)
        return [seat.dialog_id for seat in self.rows.shown(wanted)]

    def queue_lines(self) -> list[str]:
        """Dialog ids of the open lines in the queue."""
        return [chat.dialog_id for chat in self._store.lines_waiting]

    def found_chats(self, find: str) -> list[int]:
        """Ids of the chats that ``im.search.chat.list`` finds, descending."""
        return [chat.id for chat in self.search(find)]

    def visible_messages(self, dialog_id: str | int) -> list[int]:
        """Ids of the messages that the user can read, ascending."""
        return list(self.seat_of(dialog_id).visible_ids())

    def message_texts(self, dialog_id: str | int) -> list[str]:
        """Texts of the messages that the user can read, oldest first."""
        seat = self.seat_of(dialog_id)
        return [message.text for message in seat.chat.messages(seat.visible_ids())]

    def _look_up(self, dialog_id: str) -> Seat | None:
        """The place in a dialog that there is."""
        store, chat = self._store, None
        if dialog_id.startswith("chat") and dialog_id[4:].isdigit():
            chat = store.chats.get(int(dialog_id[4:]))
        elif dialog_id.startswith("sg"):
            chat = store.group_chat(dialog_id[2:])
        elif dialog_id.startswith("crm"):
            chat = next(
                (one for one in store.chats.values() if one.kind == "crm" and one.entity_id == dialog_id[3:]), None
            )
        elif dialog_id.isdigit():
            chat = store.private_chat_of(self.user_id, int(dialog_id))
        return None if chat is None else self.seat(chat)

    def _known(self, chat: Chat) -> int:
        """The id up to which the user knows the chat: what was drafted, and what they wrote last."""
        own = [number for number, message in chat.kept.items() if message.author_id == self.user_id]
        drafted = next((number for number in reversed(chat.ids) if number not in chat.kept), 0)
        return max([drafted, *own])


def recent_since(clock: ServerClock, asked: int | None) -> int:
    """From when ``im.recent.get`` looks: 30 days back, or the date asked for, at most 7 days back."""
    now = clock.seconds()
    return now - 30 * _DAY if asked is None else max(asked, now - 7 * _DAY)
