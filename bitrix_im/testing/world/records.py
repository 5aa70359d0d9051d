"""What the portal keeps: users, chats with their histories, each user's seat in a chat, rows of a recent list."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import attrs

from .drafts import Message, draft

Kind = Literal[
    "private", "chat", "open", "channel", "openChannel", "copilot", "lines", "tasksTask", "sonetGroup", "crm", "thread"
]


@attrs.define(slots=True, eq=False)
class User:
    """A user; `rest.shapes.user` shows it."""

    id: int
    first_name: str
    last_name: str
    bot: bool = False
    extranet: bool = False
    deleted: bool = False
    """Dismissed and erased: messages keep the author id, pages show no user (or null)."""
    active: bool = True
    shapeless: bool = False
    """Cannot be shown: on list items ``user``, ``avatar`` and ``title`` are ``[]`` (`Quirks.user_shapes`)."""

    look: dict[str, str] = attrs.Factory(dict)
    """Fields of its shape that were set by hand: a bot's position, color, gender, avatar."""
    status: str = "online"
    idle_since: int | None = None

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.first_name} {self.last_name}".strip()


@attrs.define(slots=True, eq=False)
class Chat:
    """A chat and its messages, the same for everybody: ids and dates in arrays, content drafted unless `kept`."""

    id: int
    title: str
    kind: Kind
    members: list[int]
    owner: int
    created: int
    seed: int
    entity_type: str = ""
    entity_id: str = ""
    description: str | None = None
    muted: list[int] = attrs.Factory(list)
    """The users who muted it."""
    managers: list[int] = attrs.Factory(list)
    """The users who manage it beside its owner."""
    can_post: bool = True
    color: str = ""
    avatar: str = ""
    authors: tuple[int, ...] = ()
    """Who wrote the drafts: the members when the first of them were made."""
    foreign_from: int | None = None
    """Drafts from this id on are never of `foreign_to`: one does not have own messages unread."""
    foreign_to: int = 0
    ids: "array[int]" = attrs.Factory(lambda: array("q"))
    dates: "array[int]" = attrs.Factory(lambda: array("q"))
    kept: dict[int, Message] = attrs.Factory(dict)

    @property
    def private(self) -> bool:
        """Whether it is the dialog of two users."""
        return self.kind == "private"

    @property
    def dialog_id(self) -> str:
        """What its first member calls it; see `dialog_id_of`."""
        return self.dialog_id_of(self.members[0]) if self.private else f"chat{self.id}"

    def dialog_id_of(self, user_id: int) -> str:
        """What a user calls it: ``chatN``, or the other user's id."""
        return str(self.partner_of(user_id)) if self.private else f"chat{self.id}"

    def partner_of(self, user_id: int) -> int:
        """The other user of a private dialog (oneself, where one talks to oneself); 0 in a group chat."""
        if not self.private:
            return 0
        return next((member for member in self.members if member != user_id), user_id)

    @property
    def last_id(self) -> int:
        """The newest message's id, 0 without messages."""
        return self.ids[-1] if self.ids else 0

    def append(self, message: Message) -> None:
        """Keep a message written by hand."""
        self.ids.append(message.id)
        self.dates.append(message.date)
        self.kept[message.id] = message

    def message(self, message_id: int) -> Message | None:
        """The message of that id, or None."""
        if (kept := self.kept.get(message_id)) is not None:
            return kept
        index = bisect_left(self.ids, message_id)
        if index == len(self.ids) or self.ids[index] != message_id:
            return None
        authors: Sequence[int] = self.authors
        if self.foreign_from is not None and message_id >= self.foreign_from:
            authors = [author for author in authors if author != self.foreign_to]
        return draft(message_id, self.dates[index], authors, self.seed)

    def messages(self, message_ids: Iterable[int]) -> Iterator[Message]:
        """The messages of those ids, in that order."""
        for message_id in message_ids:
            if (message := self.message(message_id)) is not None:
                yield message


@attrs.define(slots=True, eq=False)
class Seat:
    """One user's place in one chat: how far they read, and from where on they may."""

    chat: Chat
    user_id: int
    read_id: int = 0
    """The read mark (``last_id``)."""
    start_id: int = 0
    """START_ID: what is below is from before the user joined, and hidden."""
    marked_unread: bool = False
    can_manage: bool = True
    partner: int = attrs.field(init=False)
    """The other user of a private dialog; 0 in a group chat."""
    dialog_id: str = attrs.field(init=False)
    """What the user calls it: ``chatN``, or the other user's id."""

    def __attrs_post_init__(self) -> None:
        self.partner = self.chat.partner_of(self.user_id)
        self.dialog_id = self.chat.dialog_id_of(self.user_id)

    @property
    def joined(self) -> bool:
        """Whether the user is in the chat."""
        return self.user_id in self.chat.members

    def visible_ids(self) -> Sequence[int]:
        """Ids of the messages that the user can read, ascending."""
        ids = self.chat.ids
        return ids[bisect_left(ids, self.start_id) :] if self.start_id else ids

    def unread(self) -> int:
        """How many messages are above the read mark."""
        ids = self.chat.ids
        return len(ids) - bisect_right(ids, max(self.read_id, self.start_id - 1))


@attrs.define(slots=True, eq=False)
class Row:
    """An internal row of a recent list, which LIMIT and OFFSET count; one without a seat is never shown."""

    seat: Seat | None
    date: int
    order: float
    """Tells rows of one second apart: the least comes first."""
    pinned: bool = False
    updated: int = 0
    empty: bool = False
    """Shown without its message, as id 0."""

    @property
    def chat(self) -> Chat | None:
        """The chat of the row."""
        return None if self.seat is None else self.seat.chat
