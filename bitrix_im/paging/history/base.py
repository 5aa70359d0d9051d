"""The questions that both directions ask, and what their answers are read for."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ...convert import structure
from ...errors import BitrixError
from ...models import Message, MessagesPage
from ...rest.batch import Outcome
from ...rest.call import Call, Ref, Reply
from .links import Links, pages_to_link

MAX_LIMIT = 50

METHOD = "im.dialog.messages.get"


@attrs.frozen
class HistoryWalk:
    """One dialog's messages, whichever way they are walked."""

    dialog_id: str
    page_size: int = attrs.field(default=MAX_LIMIT, kw_only=True)
    links: Links = attrs.field(factory=Links, kw_only=True, eq=False, repr=False)

    repeats = False
    windows = (1, 10, 50)

    def handed_out(self, step: object) -> tuple[()]:
        return ()  # read by id: no page repeats another

    def learn(self, calls: Sequence[Call], outcome: Sequence[Outcome] | BitrixError) -> None:
        self.links.learn(calls, outcome)

    def key(self, item: Message) -> str:
        return str(item.id)

    def ask_count(self) -> Call:
        """Ask how many messages the dialog has."""
        return Call("im.dialog.get", {"DIALOG_ID": self.dialog_id})

    def below(self, last_id: int | Ref, limit: int) -> Call:
        """Ask for the messages right below an id; below 0 are the newest."""
        return Call(METHOD, {"DIALOG_ID": self.dialog_id, "LAST_ID": last_id, "LIMIT": limit})

    def above(self, first_id: int, limit: int) -> Call:
        """Ask for messages above an id, in no order, and not surely the lowest (docs/portal.md#first-id)."""
        return Call(METHOD, {"DIALOG_ID": self.dialog_id, "FIRST_ID": first_id, "LIMIT": limit})

    def linked(self, first: Sequence[Call], last_id: int, pages: int, *, limit: int, left: int | None) -> list[Call]:
        """Up to so many *pages* down from *last_id*, each linked to the last row of the one before."""
        pages = pages_to_link(self.links, left, limit, pages)
        calls = [*first, self.below(last_id, limit)]
        path = f"[messages][{limit - 1}][id]"
        while len(calls) < len(first) + pages:
            calls.append(self.below(Ref(len(calls) - 1, path, self.links.are_safe), limit))
        return calls


@attrs.frozen
class Answer:
    """A page of messages as the portal gave it."""

    messages: Sequence[Message]
    rows: int
    """Its entries, those that are ``null`` included."""
    limit: int
    """How many were asked for."""

    @classmethod
    def of(cls, call: Call, reply: Reply) -> Answer:
        """Read a page."""
        raw = reply.result.get("messages") if isinstance(reply.result, dict) else ()
        messages = structure(reply.result, MessagesPage, at="$.result").messages
        return cls(messages, len(raw or ()), int(call.params["LIMIT"]))

    def ascending(self, above: int) -> list[Message]:
        """The messages above an id, oldest first."""
        return sorted((message for message in self.messages if message.id > above), key=_by_id)

    def descending(self, below: int) -> list[Message]:
        """The messages below an id (0: all of them), newest first."""
        return sorted((message for message in self.messages if not below or message.id < below), key=_by_id)[::-1]


def _by_id(message: Message) -> int:
    return message.id
