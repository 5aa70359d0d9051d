"""The portal's state: users, chats, messages, the recent list, and all that can happen to them."""

from array import array
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Any

from .clock import ServerClock
from .drafts import Message, uuid4
from .records import Chat, Kind, User
from .rows import RecentRows, RowFilter

_ENTITY = {"lines": "LINES", "tasksTask": "TASKS_TASK", "sonetGroup": "SONET_GROUP", "crm": "CRM"}


class World:
    """Everything that a portal knows, seen by one user.

    Methods that build or change it are synchronous and take effect at once; dates are of the server's clock.
    """

    def __init__(self, seed: int, user_id: int, clock: ServerClock) -> None:
        self.seed = seed
        self.user_id = user_id
        self.clock = clock
        self.random = Random(seed)
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.rows = RecentRows()
        self.lines_waiting: list[Chat] = []
        self.showcase = ""
        self.sent: dict[str, int] = {}
        """Message ids by idempotency key."""
        self.pending: dict[str, float] = {}
        """Until when a repeat of an idempotency key is MESSAGE_DUPLICATED_BY_UUID."""
        self.pending_seconds = 0.0
        """How long that goes on after the message is there."""
        self._dialogs: dict[str, Chat] = {}
        self._homes: dict[int, Chat] = {}
        self._groups: dict[int, str] = {}
        self._next_user = user_id + 100
        self._next_chat = 1001
        self._next_message = 20_001
        self.users[user_id] = User(user_id, "Klaus", "Weber")
        self.colleague = user_id + 1
        self.users[self.colleague] = User(self.colleague, "John", "Doe")

    # Building

    def add_user(
        self,
        name: str = "",
        *,
        bot: bool = False,
        extranet: bool = False,
        deleted: bool = False,
        active: bool = True,
        shapeless: bool = False,
    ) -> int:
        """Add a user and return its id."""
        user_id, self._next_user = self._next_user, self._next_user + 1
        first, _, last = (name or f"User {user_id}").partition(" ")
        self.users[user_id] = User(user_id, first, last, bot, extranet, deleted, active, shapeless)
        return user_id

    def add_chat(
        self,
        title: str,
        *,
        kind: Kind = "chat",
        members: Sequence[int] = (),
        date: datetime | int | None = None,
        recent: bool = True,
        joined: bool = True,
        entity_id: str | None = None,
        muted: Sequence[int] = (),
        can_manage: bool = True,
    ) -> str:
        """Add a group chat, last active at *date* (now), and return its dialog id.

        The user and `colleague` are in it when no *members* are named. ``recent=False`` leaves it out of the list,
        ``joined=False`` leaves out the user.
        """
        chat_id = self._chat_id()
        moment = self._moment(date)
        people = list(dict.fromkeys([self.user_id, *(members or (self.colleague,))]))[0 if joined else 1 :]
        if kind in _ENTITY and entity_id is None:
            entity_id = f"livechat|1|{chat_id}|{chat_id * 3}" if kind == "lines" else str(chat_id * 5)
        chat = Chat(
            id=chat_id,
            title=title,
            kind=kind,
            members=people,
            owner=people[-1] if people else 0,
            created=moment - 86_400 * 30,
            seed=self.seed,
            entity_type=_ENTITY.get(kind, ""),
            entity_id=entity_id or "",
            muted=list(muted),
            joined=joined,
            can_manage=can_manage,
        )
        self._settle(chat)
        if kind == "sonetGroup":
            self._dialogs[f"sg{chat.entity_id}"] = chat
        if recent and joined:
            self.rows.add(chat, moment)
        return chat.dialog_id

    def add_private(self, user_id: int | str, *, date: datetime | int | None = None, recent: bool = True) -> str:
        """Start a private dialog with a user and return its dialog id."""
        chat = self._private(int(user_id), self._moment(date))
        if recent and self.rows.main(chat) is None:
            self.rows.add(chat, self._moment(date))
        return chat.dialog_id

    def add_group(self, title: str) -> str:
        """Add a workgroup that has no chat yet: reading ``sgN`` creates it. Return ``sgN``."""
        group_id = self._chat_id()
        self._groups[group_id] = title
        return f"sg{group_id}"

    def add_queue_line(self, title: str = "Website visitor") -> str:
        """Add an open line that waits in the queue: it comes with every page of ``im.recent.list`` (§4)."""
        dialog_id = self.add_chat(title, kind="lines", recent=False)
        self.add_history(dialog_id, 1, unread=1)
        self.lines_waiting.append(self._dialogs[dialog_id])
        return dialog_id

    def add_history(self, dialog_id: str | int, count: int, *, unread: int = 0, hidden: int = 0) -> list[int]:
        """Add *count* messages that end at the dialog's last activity, and return their ids, ascending.

        The list's order stays. *unread* of them are above the read mark, the *hidden* oldest from before the user
        joined. Ids are portal-global, so they have holes.
        """
        chat = self.chat(dialog_id)
        row = self.rows.main(chat)
        until = row.date if row is not None else self.clock.seconds()
        since = chat.dates[-1] if chat.dates else min(chat.created, until)
        steps = self.random.choices((1, 1, 1, 2, 3), k=count)
        fresh = array("q", accumulate(steps, initial=self._next_message))[:count]
        self._next_message += sum(steps)
        chat.ids.extend(fresh)
        pace = min(60.0, max(0, until - since) / count) if count else 0.0
        chat.dates.extend(array("q", [until - int(pace * back) for back in range(count - 1, -1, -1)]))
        if hidden:
            chat.start_id = fresh[hidden] if hidden < count else fresh[-1] + 1
        if unread:
            chat.foreign_from = chat.read_id = chat.ids[-unread] if unread < len(chat.ids) else chat.ids[0]
            chat.read_id -= 1
        else:
            chat.read_id = chat.last_id
        return list(fresh)

    def add_dropped_row(self, at: int | datetime | None = None) -> None:
        """Add an internal row that is counted and never shown, at an index of the list or a date (now)."""
        if isinstance(at, int):
            self.rows.place(None, at)
        else:
            self.rows.add(None, self._moment(at))

    def double(self, dialog_id: str | int, at: int | datetime | None = None) -> None:
        """Give a dialog a second internal row, at an index of the list or a date (by default the end)."""
        chat = self.chat(dialog_id)
        if isinstance(at, datetime):
            self.rows.add(chat, self._moment(at))
        else:
            self.rows.place(chat, len(self.rows.ordered()) if at is None else at)

    # What happens while somebody reads

    def post(
        self,
        dialog_id: str | int,
        text: str = "A new message",
        author_id: int | None = None,
        *,
        uuid: str | None = None,
        **params: Any,
    ) -> int:
        """Write a message now: the dialog rises to the top. *params* are the message's (``LIKE=[5]``).

        Another member is the author by default; ``author_id=0`` is the system. Return the message's id.
        """
        chat = self.chat(dialog_id)
        if author_id is None:
            author_id = next((member for member in chat.members if member != self.user_id), self.user_id)
        message_id, self._next_message = self._next_message, self._next_message + self.random.choice((1, 1, 2))
        now = max(self.clock.seconds(), chat.dates[-1] if chat.dates else 0)
        if uuid is None and author_id:
            uuid = uuid4(message_id * 17 + self.seed)
        chat.append(Message(message_id, author_id, now, text, uuid, dict(params)))
        self._homes[message_id] = chat
        if author_id == self.user_id:
            chat.read_id, chat.marked_unread = message_id, False  # writing reads the dialog
        self.rows.bump(chat, now)
        return message_id

    def hide(self, dialog_id: str | int) -> None:
        """Take a dialog out of the list, until its next message."""
        self.rows.remove(self.chat(dialog_id))

    def leave(self, dialog_id: str | int) -> None:
        """Leave a chat: it is gone from the list, and reading it is ACCESS_ERROR."""
        chat = self.chat(dialog_id)
        chat.joined = False
        chat.members = [member for member in chat.members if member != self.user_id]
        self.rows.remove(chat)

    def pin(self, dialog_id: str | int, on: bool = True) -> None:
        """Pin a dialog, or unpin it."""
        self.rows.pin(self.chat(dialog_id), self.clock.seconds(), on=on)

    def mark_unread(self, dialog_id: str | int, on: bool = True) -> None:
        """Set the "unread" mark, or take it off."""
        chat = self.chat(dialog_id)
        chat.marked_unread = on
        self._touch(chat)

    def mute(self, dialog_id: str | int, *user_ids: int) -> None:
        """Make *user_ids* (the user by default) the ones who muted the chat."""
        self.chat(dialog_id).muted = list(user_ids or (self.user_id,))

    def read(self, dialog_id: str | int, message_id: int | None = None) -> int:
        """Move the read mark up to *message_id* (the newest), and return how many stay unread."""
        chat = self.chat(dialog_id)
        chat.read_id = max(chat.read_id, min(chat.last_id, chat.last_id if message_id is None else message_id))
        chat.marked_unread = False
        self._touch(chat)
        return chat.unread()

    def rename_chat(self, dialog_id: str | int, title: str) -> None:
        """Give a chat another title."""
        chat = self.chat(dialog_id)
        chat.title = title
        self._touch(chat)

    # The truth, for tests to compare with

    def visible_dialogs(self, *, last_message_date: datetime | None = None, **filters: bool) -> list[str]:
        """Dialog ids that ``im.recent.list`` has for these filters (``skip_chat=True``), in order, each once.

        Open lines that wait in the queue are not among them, with or without *skip_undistributed_openlines*: see
        `queue_lines`.
        """
        filters.pop("skip_undistributed_openlines", None)
        until = None if last_message_date is None else int(last_message_date.timestamp())
        return [chat.dialog_id for chat in self.rows.shown(RowFilter(last_message_date=until, **filters))]

    def changed_dialogs(self, since: datetime | None = None, **filters: bool) -> list[str]:
        """Dialog ids that ``im.recent.get`` has, in order."""
        limit = recent_since(self.clock, None if since is None else int(since.timestamp()))
        wanted = RowFilter(unlisted=True, updated_since=limit, **filters)
        return [chat.dialog_id for chat in self.rows.shown(wanted)]

    def queue_lines(self) -> list[str]:
        """Dialog ids of the open lines in the queue."""
        return [chat.dialog_id for chat in self.lines_waiting]

    def found_chats(self, find: str) -> list[int]:
        """Ids of the chats that ``im.search.chat.list`` finds, descending."""
        return [chat.id for chat in self.search(find)]

    def visible_messages(self, dialog_id: str | int) -> list[int]:
        """Ids of the messages that the user can read, ascending."""
        return list(self.chat(dialog_id).visible_ids())

    def message_texts(self, dialog_id: str | int) -> list[str]:
        """Texts of the messages that the user can read, oldest first."""
        chat = self.chat(dialog_id)
        return [message.text for message in chat.messages(chat.visible_ids(), self.user_id)]

    # For the methods

    def chat(self, dialog_id: str | int) -> Chat:
        """The chat of a dialog id; KeyError when there is none."""
        return self._dialogs[str(dialog_id)]

    def find(self, dialog_id: str) -> Chat | None:
        """The chat of a dialog id, or None; a user's or workgroup's missing chat is created (§4)."""
        chat = self._dialogs.get(dialog_id)
        if chat is None and dialog_id.isdigit() and int(dialog_id) in self.users:
            return self._private(int(dialog_id), self.clock.seconds())
        if chat is None and dialog_id.startswith("sg") and (title := self._groups.get(int(dialog_id[2:]))):
            return self.chat(self.add_chat(title, kind="sonetGroup", recent=False, entity_id=dialog_id[2:]))
        return chat

    def home(self, message_id: int) -> Chat | None:
        """The chat that a message is in, or None."""
        if (chat := self._homes.get(message_id)) is not None:
            return chat
        return next((chat for chat in self.chats.values() if chat.message(message_id, self.user_id)), None)

    def search(self, find: str, *, lines: bool = False) -> list[Chat]:
        """Chats whose title holds *find*, ids descending; open lines apart."""
        wanted = find.casefold()
        return [
            chat
            for chat in reversed(self.chats.values())
            if wanted in chat.title.casefold()
            and chat.kind != "private"
            and (chat.kind == "lines") is lines
            and (chat.joined or chat.kind in ("open", "openChannel"))
        ]

    def _private(self, user_id: int, moment: int) -> Chat:
        chat = self._dialogs.get(str(user_id))
        if chat is None:
            owner = self.user_id
            people = list(dict.fromkeys([owner, user_id]))
            chat = Chat(self._chat_id(), "", "private", people, owner, moment - 86_400, self.seed, partner=user_id)
            self._settle(chat)
        return chat

    def _settle(self, chat: Chat) -> None:
        self.chats[chat.id] = chat
        self._dialogs[chat.dialog_id] = chat

    def _touch(self, chat: Chat) -> None:
        if (row := self.rows.main(chat)) is not None:
            row.updated = self.clock.seconds()

    def _chat_id(self) -> int:
        chat_id, self._next_chat = self._next_chat, self._next_chat + 2
        return chat_id

    def _moment(self, date: datetime | int | None) -> int:
        if date is None:
            return self.clock.seconds()
        return int(date.timestamp()) if isinstance(date, datetime) else date


def recent_since(clock: ServerClock, asked: int | None) -> int:
    """From when ``im.recent.get`` looks: 30 days back, or the date asked for, at most 7 days back (§4)."""
    now = clock.seconds()
    return now - 30 * 86_400 if asked is None else max(asked, now - 7 * 86_400)
