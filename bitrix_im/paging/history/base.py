"""The questions that both directions ask, and what their answers are read for."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ...convert import structure
from ...models import Message, MessagesPage
from ...rest.call import Call, Ref, Reply
from ...rest.decode import read_count

MAX_LIMIT = 50

METHOD = "im.dialog.messages.get"


@attrs.frozen
class HistoryWalk:
    """One dialog's messages, whichever way they are walked."""

    dialog_id: str
    page_size: int = attrs.field(default=MAX_LIMIT, kw_only=True)

    repeats = False
    windows = (1, 2, 4, 16, 50)

    def handed_out(self, step: object) -> tuple[()]:
        return ()  # read by id: no page repeats another

    def key(self, item: Message) -> str:
        return str(item.id)

    @property
    def limit(self) -> int:
        """How many messages a page is asked for."""
        return self.page_size

    def ask_count(self) -> Call:
        """Ask how many messages the dialog has."""
        return Call("im.dialog.get", {"DIALOG_ID": self.dialog_id})

    def below(self, last_id: int | Ref) -> Call:
        """Ask for the messages right below an id; below 0 are the newest."""
        return Call(METHOD, {"DIALOG_ID": self.dialog_id, "LAST_ID": last_id, "LIMIT": self.limit})


@attrs.frozen
class Answer:
    """A page of messages as the portal gave it."""

    messages: Sequence[Message]
    rows: int
    """Its entries, those that are ``null`` included: a page that is full by its entries is not the last."""

    @classmethod
    def of(cls, reply: Reply) -> Answer:
        """Read a page."""
        raw = reply.result.get("messages") if isinstance(reply.result, dict) else ()
        return cls(structure(reply.result, MessagesPage, at="$.result").messages, len(raw or ()))

    def ascending(self, above: int) -> list[Message]:
        """The messages above an id, oldest first."""
        return sorted((message for message in self.messages if message.id > above), key=_by_id)

    def descending(self, below: int) -> list[Message]:
        """The messages below an id (0: all of them), newest first."""
        return sorted((message for message in self.messages if not below or message.id < below), key=_by_id)[::-1]


def count_of(reply: Reply) -> int:
    """``message_count``, where the portal gives it."""
    return (read_count(reply.result.get("message_count")) if isinstance(reply.result, dict) else None) or 0


def at_most(most: int, wanted: int | None, page: int) -> int:
    """As many pages as are wanted."""
    return most if wanted is None else max(1, min(most, -(-wanted // page)))


def _by_id(message: Message) -> int:
    return message.id
