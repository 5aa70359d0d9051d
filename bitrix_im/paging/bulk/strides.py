"""Down a dialog by im.dialog.messages.search: 200 messages a call, where that is as good as im.dialog.messages.get.

A page that begins with the newest message and is short is the whole dialog, once the portal has proven that of one.
Longer dialogs are walked by pages that overlap, and believed when the `Proof` holds. Whatever is doubtful is read again
by im.dialog.messages.get, from the newest message on, and what was handed out already is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...convert import structure
from ...errors import BitrixError, MethodNotFound, UnexpectedResponse
from ...models import Message
from ...models.message import MessagesReadOver
from ...rest.batch import Outcome, as_made
from ...rest.call import Call, Ref, Reply
from ...rest.decode import read_count
from ..history.links import Links, pages_to_link
from .comparison import Comparison
from .descent import Descent
from .habits import Habits
from .page import BulkPage
from .proof import Proof
from .road import Steps

METHOD = "im.dialog.messages.search"
MAX_LIMIT = 200
OVERLAP = 5
_STEP = MAX_LIMIT - OVERLAP
_SEAM = _STEP - 1  # the row below whose id the next page begins
_AT_FIRST = 10  # pages to ask for at once where nobody has counted
_HIGHEST_SEAM = 100  # the seam is nowhere above that row


class Strides:
    """A dialog's messages from the newest."""

    def __init__(self, dialog_id: str, links: Links, habits: Habits) -> None:
        self._dialog_id = dialog_id
        self._links = links
        self._habits = habits
        self._chat_id = int(dialog_id.removeprefix("chat")) if dialog_id.startswith("chat") else 0
        self._get: Descent | None = None
        """The other way: for a first page, where the chat is not known yet, or for all where this one is given up."""
        self._may_search, self._began = True, False
        self._seen: frozenset[int] = frozenset()
        """Ids that were handed out before the chat was known."""
        self._proof = Proof()
        self._last = 0
        self._tail: list[int] = []
        """Ids below ``_last`` that are read already: the next page begins with them."""
        self._pages = 0
        self._is_bottom = False
        self._comparison: Comparison | None = None
        """Of a first page that was short."""

    def _descend(self, known: frozenset[int] = frozenset()) -> Descent:
        return Descent(self._dialog_id, self._links, self._habits, known=known)

    @property
    def is_over(self) -> bool | None:
        if self._get is not None:
            return self._get.is_over
        return self._habits.searches if self._comparison is not None else False

    def turn(self, error: BitrixError) -> bool:
        if self._get is not None:
            return False
        if isinstance(error, MethodNotFound) and error.method == METHOD:
            self._habits.searches = False
        self._give_up()
        return True

    def _give_up(self) -> None:
        """Read all of it again, the other way."""
        self._may_search = False
        self._get = self._descend(self._seen.union(self._proof.ids))
        self._proof = Proof()

    # ---- what to ask

    def most(self) -> int:
        if self._get is not None:
            return self._get.most()
        if not self._pages:
            return 1
        if self._comparison is not None:
            return len(self._comparison.ask())
        proofs = len(self._proofs())
        if self._is_bottom:
            return max(1, proofs)
        return proofs + self._pages_left()

    def _pages_left(self) -> int:
        left = self._proof.left
        return _AT_FIRST if left is None else 1 + max(0, left) // _STEP

    def ask(self, room: int) -> list[Call]:
        if self._get is None and self._habits.searches is False:
            self._give_up()
        is_new = self._get is None and not self._pages and not self._seen and not self._began
        if is_new and not (self._chat_id and self._habits.may_search()):
            self._get = self._descend()
        self._began = True
        if self._get is not None:
            return self._get.ask(room)
        if not self._pages:
            return [self._page(0)]
        if self._comparison is not None:
            return self._comparison.ask()[:room]
        proofs = self._proofs()
        if self._is_bottom:
            return proofs[:room]
        calls = proofs if room > len(proofs) else []
        pages = min(room - len(calls), self._pages_left())
        if not self._links.are_safe:
            pages = pages_to_link(self._links, self._proof.left, _STEP, pages)
        first = len(calls)
        calls = [*calls, self._page(self._last)]
        path = f"[messages][{_SEAM}][id]"
        while len(calls) < first + pages:
            calls.append(self._page(Ref(len(calls) - 1, path, self._links.are_safe)))
        return calls

    def _page(self, last_id: int | Ref, order: str = "DESC") -> Call:
        params: dict[str, Any] = {"CHAT_ID": self._chat_id, "ORDER": {"ID": order}, "LIMIT": MAX_LIMIT}
        return Call(METHOD, {**params, "LAST_ID": last_id} if last_id else params)

    def _proofs(self) -> list[Call]:
        """What is still to be asked to prove that nothing is missing."""
        proof = self._proof
        calls = [self._page(0)] if proof.tries and proof.count is None else []
        if proof.count is None:
            calls.append(Call("im.dialog.get", {"DIALOG_ID": self._dialog_id}))
        if proof.oldest is None:
            calls.append(self._page(0, "ASC"))
        return calls

    # ---- what the answers mean

    def read(self, calls: Sequence[Call], outcomes: Sequence[Outcome]) -> Steps:
        if self._get is not None:
            return self._read_other_way(self._get, calls, outcomes)
        pages: list[BulkPage] = []
        is_first = True
        for call, outcome in zip(calls, outcomes, strict=False):
            made = as_made(call, outcomes)
            if made is None:
                break  # linked to what is not there
            if isinstance(outcome, BitrixError):
                return Steps(pages, failure=outcome if is_first else None)
            try:
                goes_on = self._take(made, outcome, pages)
            except UnexpectedResponse as error:
                return Steps(pages, failure=error)
            if not goes_on:
                break
            is_first = False
        if self._get is None and self._is_bottom:
            verdict = self._proof.verdict()
            if verdict is False:
                self._give_up()
            return Steps(pages, done=verdict is True)
        return Steps(pages)

    def _take(self, call: Call, reply: Reply, pages: list[BulkPage]) -> bool:
        """Take one answer; False: what comes behind it is of no use."""
        if self._comparison is not None:
            return self._compare(self._comparison, call, reply)
        if call.method != METHOD:
            self._proof.take_count(reply)
            return True
        page = structure(reply.result, MessagesReadOver, at="$.result")
        ids = [message.id for message in page.messages]
        if call.params["ORDER"]["ID"] == "ASC":
            self._proof.oldest = ids
            return True
        last_id = call.params.get("LAST_ID", 0)
        if self._pages and not last_id:
            self._proof.take_newest(ids)
            return True
        if last_id != self._last:
            return False
        raw = reply.result.get("messages") if isinstance(reply.result, dict) else ()
        return self._read_page(page, ids, pages, is_full=len(raw or ()) >= MAX_LIMIT)

    def _read_page(self, page: MessagesReadOver, ids: list[int], pages: list[BulkPage], *, is_full: bool) -> bool:
        restricted = page.tariff_restrictions is not None and page.tariff_restrictions.is_history_limit_exceeded
        known = len(self._tail)
        if restricted or not ids or ids[:known] != self._tail:
            self._give_up()
            return False
        new = [message for message in page.messages[known:] if message.id not in self._seen]
        if new:
            pages.append(BulkPage(self._dialog_id, tuple(sorted(new, key=_by_id, reverse=True))))
        if ids[known:]:
            self._proof.take(ids[known:])
        self._pages += 1
        if not is_full:
            if self._pages == 1:
                self._comparison = Comparison(self._dialog_id, ids)
            self._is_bottom = self._pages > 1
            return False
        seam = _seam_of(ids)
        if seam is None:
            self._give_up()
            return False
        self._last, self._tail = ids[seam], ids[seam + 1 :]
        return True

    def _compare(self, comparison: Comparison, call: Call, reply: Reply) -> bool:
        """Learn whether a short page was all; whether more is to be learnt."""
        agrees = comparison.agrees(call, reply)
        if agrees:
            self._habits.searches = True
        elif agrees is False:
            self._habits.doubt_search()
            self._give_up()
        return agrees is None

    def _read_other_way(self, get: Descent, calls: Sequence[Call], outcomes: Sequence[Outcome]) -> Steps:
        steps = get.read(calls, outcomes)
        first = outcomes[0]
        if not self._may_search or not isinstance(first, Reply) or not isinstance(first.result, dict):
            return steps
        self._may_search = False
        self._chat_id = self._chat_id or read_count(first.result.get("chat_id")) or 0
        if steps.pages and self._chat_id and self._habits.searches is not False and get.is_over is False:
            # A full page, and the chat is known now: 200 a page from here on, the first 50 of them once more.
            self._seen = frozenset(message.id for page in steps.pages for message in page.messages)
            self._get = None
        return steps


def _by_id(message: Message) -> int:
    return message.id


def _seam_of(ids: Sequence[int]) -> int | None:
    """The lowest row, a few above the end, below which all ids are lower; None where there is none.

    The next page begins below its id: what is behind it on this page with a higher id would not be there.
    """
    for row in range(len(ids) - 1 - OVERLAP, _HIGHEST_SEAM, -1):
        if all(number < ids[row] for number in ids[row + 1 :]):
            return row
    return None
