"""What is: users, chats, messages, and what happens to them. What one user sees of it is a `Viewer`."""

from array import array
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from .bot_life import BotLife
from .clock import ServerClock
from .records import Chat, Kind, User
from .viewer import Viewer


class World(BotLife):
    """Everything that a portal knows.

    Methods that build or change it are synchronous and take effect at once; dates are of the server's clock. Dialog
    ids are those of the user *user_id*, whose webhook the portal has; other users' `viewer` has theirs.
    """

    def __init__(self, seed: int, user_id: int, clock: ServerClock) -> None:
        super().__init__(seed, user_id, clock)
        self.showcase = ""
        self._next_user = user_id + 100
        self.users[user_id] = User(user_id, "Klaus", "Weber")
        self.users[self.colleague] = User(self.colleague, "John", "Doe")
        self.me = self.viewers[user_id] = Viewer(self, user_id)

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

    def rename_chat(self, dialog_id: str | int, title: str) -> None:
        """Give a chat another title."""
        chat = self.chat(dialog_id)
        chat.title = title
        self.touch(chat)

    # For the methods

    def chat(self, dialog_id: str | int) -> Chat:
        """The chat of a dialog id; KeyError when there is none."""
        return self.me.chat(dialog_id)

    def _list(self, chat: Chat, moment: int) -> None:
        for viewer in self._watching(chat):
            seat = viewer.seat(chat)
            if viewer.rows.main(seat) is None:
                viewer.rows.add(seat, moment)


def _check_params(params: dict[str, Any]) -> None:
    """A keyword that is nobody's is a slip of the pen, not a message's parameter."""
    if wrong := [name for name in params if not name.isupper()]:
        raise TypeError(
            f"post() got an unexpected keyword argument {wrong[0]!r}; a message's parameters are in capitals"
        )
