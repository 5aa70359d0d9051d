"""Whether a short page of im.dialog.messages.search is all there is: by what im.dialog.messages.get has in its place.

Done for one dialog of a session; then short pages are believed.
"""

from __future__ import annotations

from collections.abc import Collection

from ...rest.call import Call, Reply
from ..history.base import MAX_LIMIT, METHOD, Answer


class Comparison:
    """Two questions about a dialog: is its newest page the same, and is anything below its lowest id."""

    def __init__(self, dialog_id: str, ids: Collection[int]) -> None:
        self._dialog_id = dialog_id
        self._ids = sorted(ids, reverse=True)
        self._below = [0, self._ids[-1]]

    def ask(self) -> list[Call]:
        """What is still to be asked."""
        return [
            Call(METHOD, {"DIALOG_ID": self._dialog_id, "LAST_ID": number, "LIMIT": MAX_LIMIT})
            for number in self._below
        ]

    def agrees(self, call: Call, reply: Reply) -> bool | None:
        """Whether an answer tells the same; None where it does, and another is still to come."""
        page = Answer.of(call, reply)
        if call.params["LAST_ID"]:
            is_same = not page.rows
        else:
            found = [message.id for message in page.descending(0) if message.id <= self._ids[0]]
            is_same = found == (self._ids[: len(found)] if page.rows >= page.limit else self._ids)
        del self._below[0]
        return None if is_same and self._below else is_same
