"""What the portal keeps: users, chats with their histories, rows of the recent list."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal

import attrs

from .drafts import Message, draft

Kind = Literal[
    "private", "chat", "open", "channel", "openChannel", "copilot", "lines", "tasksTask", "sonetGroup", "crm", "thread"
]


@attrs.define(slots=True, eq=False)
class User:
    """A user; `payloads.user` shows it."""

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

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.first_name} {self.last_name}".strip()


@attrs.define(slots=True, eq=False)
class Chat:
    """A chat and its messages: ids and dates in arrays, content drafted from the id unless `kept`."""

    id: int
    title: str
    kind: Kind
    members: list[int]
    owner: int
    created: int
    seed: int
    partner: int = 0
    """The other user of a private dialog."""
    entity_type: str = ""
    entity_id: str = ""
    description: str | None = None
    muted: list[int] = attrs.Factory(list)
    joined: bool = True
    can_manage: bool = True
    can_post: bool = True
    marked_unread: bool = False
    read_id: int = 0
    """The user's read mark (``last_id``)."""
    start_id: int = 0
    """START_ID: what is below is from before the user joined, and hidden (BITRIX24.md §4)."""
    foreign_from: int | None = None
    """Drafts from this id on are never the user's own: one does not have own messages unread."""
    ids: "array[int]" = attrs.Factory(lambda: array("q"))
    dates: "array[int]" = attrs.Factory(lambda: array("q"))
    kept: dict[int, Message] = attrs.Factory(dict)

    @property
    def dialog_id(self) -> str:
        """What a user calls it: ``chatN``, or the partner's id."""
        return str(self.partner) if self.kind == "private" else f"chat{self.id}"

    @property
    def last_id(self) -> int:
        """The newest message's id, 0 without messages."""
        return self.ids[-1] if self.ids else 0

    @property
    def first_visible(self) -> int:
        """Index of the first message that is not hidden."""
        return bisect_left(self.ids, self.start_id)

    def visible_ids(self) -> Sequence[int]:
        """Ids that the user can read, ascending."""
        return self.ids[self.first_visible :] if self.start_id else self.ids

    def unread(self) -> int:
        """How many messages are above the read mark."""
        return len(self.ids) - bisect_right(self.ids, max(self.read_id, self.start_id - 1))

    def append(self, message: Message) -> None:
        """Keep a message written by hand."""
        self.ids.append(message.id)
        self.dates.append(message.date)
        self.kept[message.id] = message

    def message(self, message_id: int, reader: int) -> Message | None:
        """The message of that id, or None."""
        if (kept := self.kept.get(message_id)) is not None:
            return kept
        index = bisect_left(self.ids, message_id)
        if index == len(self.ids) or self.ids[index] != message_id:
            return None
        authors: Sequence[int] = self.members
        if self.foreign_from is not None and message_id >= self.foreign_from:
            authors = [author for author in authors if author != reader]
        return draft(message_id, self.dates[index], authors, self.seed)

    def messages(self, message_ids: Sequence[int], reader: int) -> Iterator[Message]:
        """The messages of those ids, in that order."""
        for message_id in message_ids:
            if (message := self.message(message_id, reader)) is not None:
                yield message


@attrs.define(slots=True, eq=False)
class Row:
    """An internal row of the recent list, which LIMIT and OFFSET count; one without a chat is never shown (§4)."""

    chat: Chat | None
    date: int
    order: float
    """Tells rows of one second apart: the least comes first."""
    pinned: bool = False
    updated: int = 0
