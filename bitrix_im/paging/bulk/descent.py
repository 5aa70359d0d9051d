"""Down a dialog by im.dialog.messages.get: LAST_ID pages, each below the one before."""

from __future__ import annotations

from collections.abc import Container, Sequence

import attrs

from ...errors import BitrixError, UnexpectedResponse, WalkStalled
from ...models import Message
from ...rest.batch import Outcome, as_made
from ...rest.call import Call, Reply
from ..history.base import MAX_LIMIT, METHOD, Answer, HistoryWalk
from ..history.links import Links, count_of
from .habits import Habits
from .page import BulkPage
from .road import Steps

_GROWTH = 4  # pages that may be asked for at once, for each one read


class Descent:
    """A dialog's messages above *after*, from the newest one, or from the one below *before*.

    The first page comes alone; then more are linked in one request, where it has room, in growing numbers. Messages
    with the ids of *known* are not handed out: another way down has done that.
    """

    def __init__(
        self,
        dialog_id: str,
        links: Links,
        habits: Habits,
        *,
        after: int = 0,
        before: int = 0,
        known: Container[int] = frozenset(),
    ) -> None:
        self._walk = HistoryWalk(dialog_id, links=links)
        self._after = after
        self._habits = habits
        self._known = known
        self._under = before
        self._last = before
        """Messages below this id come next; 0 is "from the newest"."""
        self._ladder: list[int] = []
        """Ids to ask below instead, lowest first, where an empty page is no proof of the end."""
        self._seen: tuple[int, ...] = ()
        """Ids of the lowest page, highest first."""
        self._is_short = False
        """The page above was short, which may be the end."""
        self._pages = self._rows = 0
        self._count: int | None = None
        """How many messages the dialog has, by the portal's count; asked for only where safe links fail."""

    @property
    def is_over(self) -> bool | None:
        return self._habits.short_is_end if self._is_short and not self._ladder else False

    def turn(self, error: BitrixError) -> bool:
        return False

    def most(self) -> int:
        if not self._pages or self._is_short or self._ladder:
            return 1
        return _GROWTH * self._pages

    def ask(self, room: int) -> list[Call]:
        links = self._walk.links
        if not links.are_safe and self._count is None and self._pages and room > 1:
            return [self._walk.ask_count(), self._walk.below(self._asked(), MAX_LIMIT)]
        left = None if self._count is None else self._count - self._rows
        return self._walk.linked((), self._asked(), min(room, self.most()), limit=MAX_LIMIT, left=left)

    def _asked(self) -> int:
        return self._ladder[0] if self._ladder else self._last

    def read(self, calls: Sequence[Call], outcomes: Sequence[Outcome]) -> Steps:
        pages: list[BulkPage] = []
        is_first = True
        for call, outcome in zip(calls, outcomes, strict=False):
            if call.method != METHOD:
                self._count = count_of(outcome) if isinstance(outcome, Reply) else 0
                continue
            made = as_made(call, outcomes)
            if made is None or made.params["LAST_ID"] != self._asked():
                break  # linked to what is not there
            if isinstance(outcome, BitrixError):
                return Steps(pages, failure=outcome if is_first else None)
            try:
                is_end = self._read_page(Answer.of(made, outcome), pages, is_linked=not is_first)
            except (UnexpectedResponse, WalkStalled) as error:
                return Steps(pages, failure=error)
            if is_end:
                return Steps(pages, done=True)
            if self._is_short:
                break
            is_first = False
        return Steps(pages)

    def _read_page(self, page: Answer, pages: list[BulkPage], *, is_linked: bool) -> bool:
        """Take what a page holds. True: there is no more."""
        below = page.descending(self._last)
        if not below:
            return self._is_end(page, is_linked=is_linked)
        if self._is_short:
            self._habits.short_is_end = False
        self._ladder = []
        above = [message for message in below if message.id > self._after]
        new = tuple(
            _as_searched(message)
            for message in above
            if message.id not in self._known and (not self._under or message.id < self._under)
        )
        self._last = below[-1].id
        self._seen = tuple(message.id for message in below)
        self._pages, self._rows = self._pages + 1, self._rows + len(below)
        if new:
            # What another way down has handed out, it has in another order.
            pages.append(BulkPage(self._walk.dialog_id, new, before=None if self._known else self._last))
        self._is_short = page.rows < page.limit
        return len(above) < len(below) or self._last == self._after + 1

    def _is_end(self, page: Answer, *, is_linked: bool) -> bool:
        """Whether there is nothing below what was seen, where a page shows nothing of it."""
        if page.rows >= page.limit and not self._ladder:
            raise WalkStalled(f"{METHOD}: a full page without an id below LAST_ID {self._last}")
        if self._is_short and not self._ladder and self._habits.short_is_end is None:
            self._habits.short_is_end = True
        if not self._last or is_linked or self._is_short or self._habits.missing_id_is_empty is False:
            return True
        if page.rows:  # not empty, and nothing new in it
            if self._ladder and self._ladder[0] not in self._seen:
                self._habits.missing_id_is_empty = False
            return True
        # The page below an id that was erased meanwhile may be empty, too: ask a little higher.
        self._ladder = self._ladder[1:] if self._ladder else [self._last + 1, *self._seen[-2:-6:-1]]
        if self._ladder or self._seen:
            return not self._ladder
        self._last = 0  # nothing was ever seen below *before*: look for it from the newest message
        return False


def _as_searched(message: Message) -> Message:
    """A message as im.dialog.messages.search tells it, too: no column may depend on the way that a dialog was read."""
    if not message.replaces and message.disappearing_date is None:
        return message
    return attrs.evolve(message, replaces=(), disappearing_date=None)
