"""What is: users, chats, messages, and what happens to them. What one user sees of it is a `Viewer`."""

from array import array
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Any

from .clock import ServerClock
from .drafts import Message, uuid4
from .records import Chat, Kind, User
from .store import Store
from .viewer import Viewer

_KEY_LIVES = 31 * 86_400


class World(Store):
    """Everything that a portal knows.

    Methods that build or change it are synchronous and take effect at once; dates are of the server's clock. Dialog
    ids are those of the user *user_id*, whose webhook the portal has; other users' `viewer` has theirs.
    """

    def __init__(self, seed: int, user_id: int, clock: ServerClock) -> None:
        super().__init__(seed, user_id, clock)
        self.random = Random(seed)
        self.viewers: dict[int, Viewer] = {}
        self.showcase = ""
        self._sent: dict[str, tuple[int, float]] = {}
        self.pending: dict[str, float] = {}
        """Until when a repeat of an idempotency key is MESSAGE_DUPLICATED_BY_UUID."""
        self.pending_seconds = 0.0
        """How long that goes on after the message is there."""
        self._next_user = user_id + 100
        self._next_message = 20_001
        self.users[user_id] = User(user_id, "Klaus", "Weber")
        self.users[self.colleague] = User(self.colleague, "John", "Doe")
        self.me = self.viewers[user_id] = Viewer(self, user_id)

    def viewer(self, user_id: int) -> Viewer:
        """What that user sees; the first time, made out of the chats that they are in."""
        viewer = self.viewers.get(user_id)
        if viewer is None:
            viewer = self.viewers[user_id] = Viewer(self, user_id)
            viewer.arrive()
        return viewer

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
        moment = self.moment(date)
        people = list(dict.fromkeys([self.user_id, *(members or (self.colleague,))]))[0 if joined else 1 :]
        chat = self.new_chat(title, kind, people, people[-1] if people else 0, moment - 86_400 * 30, entity_id)
        chat.muted = list(muted)
        self.me.seat(chat).can_manage = can_manage
        if recent:
            self._list(chat, moment)
        return chat.dialog_id

    def add_private(self, user_id: int | str, *, date: datetime | int | None = None, recent: bool = True) -> str:
        """Start a private dialog with a user and return its dialog id."""
        moment = self.moment(date)
        chat = self.private_chat(self.user_id, int(user_id), moment)
        if recent:
            self._list(chat, moment)
        return chat.dialog_id_of(self.user_id)

    def add_group(self, title: str) -> str:
        """Add a workgroup that has no chat yet: reading ``sgN`` creates it. Return ``sgN``."""
        group_id = str(self._chat_id())
        self._groups[group_id] = title
        return f"sg{group_id}"

    def add_queue_line(self, title: str = "Website visitor") -> str:
        """Add an open line that waits in the queue: it comes with every page of ``im.recent.list``."""
        dialog_id = self.add_chat(title, kind="lines", recent=False)
        self.add_history(dialog_id, 1, unread=1)
        self.lines_waiting.append(self.chat(dialog_id))
        return dialog_id

    def add_history(self, dialog_id: str | int, count: int, *, unread: int = 0, hidden: int = 0) -> list[int]:
        """Add *count* messages that end at the dialog's last activity, and return their ids, ascending.

        The list's order stays. *unread* of them are above the read mark, the *hidden* oldest from before the user
        joined. Ids are portal-global, so they have holes.
        """
        seat = self.me.seat_of(dialog_id)
        chat = seat.chat
        row = self.me.rows.main(seat)
        until = row.date if row is not None else self.clock.seconds()
        since = chat.dates[-1] if chat.dates else min(chat.created, until)
        steps = self.random.choices((1, 1, 1, 2, 3), k=count)
        fresh = array("q", accumulate(steps, initial=self._next_message))[:count]
        self._next_message += sum(steps)
        chat.authors = chat.authors or tuple(chat.members)
        chat.ids.extend(fresh)
        pace = min(60.0, max(0, until - since) / count) if count else 0.0
        chat.dates.extend(array("q", [until - int(pace * back) for back in range(count - 1, -1, -1)]))
        for viewer in self.viewers.values():
            if viewer is not self.me and viewer.user_id in chat.members:
                viewer.seat(chat).read_id = chat.last_id
        if hidden:
            seat.start_id = fresh[hidden] if hidden < count else fresh[-1] + 1
        if unread:
            chat.foreign_from = chat.ids[-unread] if unread < len(chat.ids) else chat.ids[0]
            chat.foreign_to, seat.read_id = self.user_id, chat.foreign_from - 1
        else:
            seat.read_id = chat.last_id
        return list(fresh)

    def add_dropped_row(self, at: int | datetime | None = None) -> None:
        """Add an internal row that is counted and never shown, at an index of the list or a date (now)."""
        if isinstance(at, int):
            self.me.rows.place(None, at)
        else:
            self.me.rows.add(None, self.moment(at))

    def double(self, dialog_id: str | int, at: int | datetime | None = None, *, empty: bool = False) -> None:
        """Give a dialog a second internal row, at an index of the list or a date (by default the end).

        An *empty* one comes without the message (id 0), unless it shares a page with the other.
        """
        rows, seat = self.me.rows, self.me.seat_of(dialog_id)
        if isinstance(at, datetime):
            rows.add(seat, self.moment(at)).empty = empty
        else:
            rows.place(seat, len(rows.ordered()) if at is None else at, empty=empty)

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
        """Write a message now: the dialog rises to the top. *params* are the message's, in capitals (``LIKE=[5]``).

        Another member is the author by default; ``author_id=0`` is the system. Return the message's id.
        """
        _check_params(params)
        chat = self.chat(dialog_id)
        if author_id is None:
            author_id = next((member for member in chat.members if member != self.user_id), self.user_id)
        return self.write(chat, author_id, text, uuid=uuid, params=params)

    def write(self, chat: Chat, author_id: int, text: str, *, uuid: str | None, params: dict[str, Any]) -> int:
        """Put a message into a chat, which rises in its members' lists; return its id."""
        message_id, self._next_message = self._next_message, self._next_message + self.random.choice((1, 1, 2))
        now = max(self.clock.seconds(), chat.dates[-1] if chat.dates else 0)
        if uuid is None and author_id:
            uuid = uuid4(message_id * 17 + self.seed)
        chat.append(Message(message_id, author_id, now, text, uuid, dict(params)))
        self._homes[message_id] = chat
        for viewer in self._watching(chat):
            viewer.hear(chat, message_id, author_id, now)
        return message_id

    def erase(self, message_id: int) -> None:
        """Delete a message for good: with the newest its dialog falls back (docs/portal.md#recent-falls-back)."""
        chat = self.home(message_id)
        if chat is None:
            raise KeyError(message_id)
        at = chat.ids.index(message_id)
        del chat.ids[at], chat.dates[at]
        chat.kept.pop(message_id, None)
        self._homes.pop(message_id, None)
        for viewer in self._watching(chat):
            viewer.rows.fall_back(viewer.seat(chat), chat.dates[-1] if chat.dates else chat.created)

    def remember_sent(self, key: str, message_id: int) -> None:
        """A message was sent under an idempotency key."""
        self._sent[key] = message_id, self.clock.now()

    def sent_before(self, key: str) -> int | None:
        """The message that was sent under an idempotency key in the last 31 days."""
        message_id, sent = self._sent.get(key, (None, 0.0))
        return message_id if self.clock.now() - sent < _KEY_LIVES else None

    def rename_chat(self, dialog_id: str | int, title: str) -> None:
        """Give a chat another title."""
        chat = self.chat(dialog_id)
        chat.title = title
        self.touch(chat)

    def touch(self, chat: Chat) -> None:
        """Something of the chat changed: ``im.recent.get`` has it, for all who are in it."""
        for viewer in self._watching(chat):
            viewer.touch(viewer.seat(chat))

    # For the methods

    def chat(self, dialog_id: str | int) -> Chat:
        """The chat of a dialog id; KeyError when there is none."""
        return self.me.chat(dialog_id)

    def _list(self, chat: Chat, moment: int) -> None:
        for viewer in self._watching(chat):
            seat = viewer.seat(chat)
            if viewer.rows.main(seat) is None:
                viewer.rows.add(seat, moment)

    def _watching(self, chat: Chat) -> list[Viewer]:
        return [viewer for viewer in self.viewers.values() if viewer.user_id in chat.members]


def _check_params(params: dict[str, Any]) -> None:
    """A keyword that is nobody's is a slip of the pen, not a message's parameter."""
    if wrong := [name for name in params if not name.isupper()]:
        raise TypeError(
            f"post() got an unexpected keyword argument {wrong[0]!r}; a message's parameters are in capitals"
        )
