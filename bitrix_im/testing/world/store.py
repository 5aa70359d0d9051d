"""Users and chats by their ids: what there is, before anybody looks at it or does anything."""

from datetime import datetime

from .bots import Bots
from .clock import ServerClock
from .files import Drive, StoredFile, drafted
from .records import Chat, Kind, User

_ENTITY = {"lines": "LINES", "tasksTask": "TASKS_TASK", "sonetGroup": "SONET_GROUP", "crm": "CRM"}


class Store:
    """The users and chats of a portal, and the ways to find or make a chat."""

    def __init__(self, seed: int, user_id: int, clock: ServerClock) -> None:
        self.seed = seed
        self.user_id = user_id
        self.colleague = user_id + 1
        self.clock = clock
        self.drive = Drive(seed)
        self.bots = Bots()
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.lines_waiting: list[Chat] = []
        """Open lines in the queue, nobody's yet."""
        self._private: dict[frozenset[int], Chat] = {}
        self._group_chats: dict[str, Chat] = {}
        self._groups: dict[str, str] = {}
        self._homes: dict[int, Chat] = {}
        self._next_chat = 1001

    def new_chat(
        self, title: str, kind: Kind, members: list[int], owner: int, created: int, entity_id: str | None = None
    ) -> Chat:
        """Make a group chat."""
        number = self._chat_id()
        if kind in _ENTITY and entity_id is None:
            entity_id = f"livechat|1|{number}|{number * 3}" if kind == "lines" else str(number * 5)
        entity = _ENTITY.get(kind, ""), entity_id or ""
        chat = self.chats[number] = Chat(number, title, kind, members, owner, created, self.seed, *entity)
        if kind == "sonetGroup":
            self._group_chats[chat.entity_id] = chat
        return chat

    def private_chat_of(self, one: int, other: int) -> Chat | None:
        """The dialog of two users, or None."""
        return self._private.get(frozenset((one, other)))

    def private_chat(self, one: int, other: int, moment: int) -> Chat:
        """The dialog of two users, made where there is none."""
        chat = self.private_chat_of(one, other)
        if chat is None:
            people = list(dict.fromkeys([one, other]))
            chat = Chat(self._chat_id(), "", "private", people, one, moment - 86_400, self.seed)
            self.chats[chat.id] = self._private[frozenset(people)] = chat
        return chat

    def group_chat(self, group_id: str) -> Chat | None:
        """The chat of a workgroup, or None."""
        return self._group_chats.get(group_id)

    def open_group(self, group_id: str, user_ids: list[int]) -> Chat | None:
        """The chat of a workgroup, made for *user_ids* where the group has none; None without such a group."""
        if (chat := self.group_chat(group_id)) is None and (title := self._groups.get(group_id)) is not None:
            created = self.clock.seconds() - 86_400 * 30
            chat = self.new_chat(title, "sonetGroup", user_ids, user_ids[-1], created, group_id)
        return chat

    def file(self, file_id: int) -> StoredFile | None:
        """A file that was uploaded, or that a drafted message carries."""
        if (stored := self.drive.get(file_id)) is not None:
            return stored
        message_id = file_id // 2  # `drafts.draft` numbers files so
        chat = self.home(message_id)
        message = chat.message(message_id) if chat is not None else None
        if chat is None or message is None or file_id not in message.file_ids:
            return None
        return drafted(file_id, chat.id, message.author_id, message.date)

    def home(self, message_id: int) -> Chat | None:
        """The chat that a message is in, or None."""
        if (chat := self._homes.get(message_id)) is not None:
            return chat
        return next((chat for chat in self.chats.values() if chat.message(message_id)), None)

    def moment(self, date: datetime | int | None) -> int:
        """A date as Unix seconds; now without one."""
        if date is None:
            return self.clock.seconds()
        return int(date.timestamp()) if isinstance(date, datetime) else date

    def _chat_id(self) -> int:
        chat_id, self._next_chat = self._next_chat, self._next_chat + 2
        return chat_id
