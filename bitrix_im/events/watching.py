"""What a watcher knows, has handed out, and may forget at a restart. Pure: it is given *now*.

A watcher looks at the list of what changed, walks the changed dialogs down to what it knows, and hands out the rest.
Ids of messages are the portal's, ascending, but may be committed late: so whatever was found new is looked at once
more, at least a second later, before it counts as all there is.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable

import attrs

from .pace import LAG


@attrs.define
class _Dialog:
    floor: int
    """All its messages up to this id are known."""
    known: set[int] = attrs.field(factory=set[int])
    """Those above that are known."""
    news: float | None = None
    """When something new was found that is not yet proven to be all."""


class Watching:
    """The rules of one watcher. *start* is its mark: messages up to that id are of no interest."""

    def __init__(self, start: int) -> None:
        self.mark = start
        self._start = self._highest = start
        self._looks: deque[tuple[float, int]] = deque()
        self._proven = start
        self._dialogs: dict[str, _Dialog] = {}
        self._waiting: list[int] = []
        self._undone: set[int] = set()

    def looked(self, changed: Iterable[tuple[str, int]], begun: float) -> list[tuple[str, int]]:
        """Which dialogs to walk, and down to which id, after a look that found *changed*: (dialog, last message)."""
        walks = {name: self._floor(name) for name, last in changed if last > self._top(name)}
        for name, dialog in self._dialogs.items():
            if dialog.news is not None and begun - dialog.news >= LAG:
                walks[name] = dialog.floor
        return sorted(walks.items())

    def walked(self, name: str, ids: Iterable[int], begun: float, now: float) -> list[int]:
        """Which of the messages that a walk found are new, ascending; *begun* is when the look began."""
        dialog = self._dialogs.setdefault(name, _Dialog(self._start))
        new = sorted({number for number in ids if number > dialog.floor} - dialog.known)
        if dialog.news is not None and begun - dialog.news >= LAG:
            dialog.floor = max(dialog.known, default=dialog.floor)
            dialog.news = None
        dialog.known = {number for number in (*dialog.known, *new) if number > dialog.floor}
        if new:
            dialog.news = now
        for number in new:
            heapq.heappush(self._waiting, number)
        self._undone.update(new)
        self._highest = max(self._highest, *new) if new else self._highest
        return new

    def gone(self, name: str) -> None:
        """A dialog cannot be read any more: there is nothing to wait for."""
        if name in self._dialogs:
            self._dialogs[name].news = None

    def finished(self, begun: float, now: float) -> int:
        """A look and its walks are complete; the mark that may be saved now."""
        while self._looks and self._looks[0][0] <= begun - LAG:
            self._proven = self._looks.popleft()[1]
        self._looks.append((now, self._highest))
        return self.remember()

    def remember(self) -> int:
        """The highest id below which all is handed out and handled."""
        floors = [dialog.floor for dialog in self._dialogs.values() if dialog.news is not None]
        undone = min(self._undone, default=None)
        limits = [self._proven, *floors] if undone is None else [self._proven, undone - 1, *floors]
        self.mark = max(self.mark, min(limits))
        return self.mark

    def until_proven(self, now: float) -> float | None:
        """Seconds until another look can prove what was found; None where none needs it."""
        latest = max((at for at, highest in self._looks if highest > self._proven), default=None)
        return None if latest is None else max(0.0, latest + LAG - now)

    @property
    def held(self) -> int:
        """Messages that are not handled yet."""
        return len(self._undone)

    def take(self) -> int | None:
        """The next message to hand out, if one is there."""
        return heapq.heappop(self._waiting) if self._waiting else None

    def done(self, number: int) -> None:
        """The message with this id is handled."""
        self._undone.discard(number)

    def give_back(self, number: int) -> bool:
        """The message with this id was taken, and not handled. False where it was."""
        if number not in self._undone:
            return False
        heapq.heappush(self._waiting, number)
        return True

    def _floor(self, name: str) -> int:
        return self._dialogs[name].floor if name in self._dialogs else self._start

    def _top(self, name: str) -> int:
        dialog = self._dialogs.get(name)
        return self._start if dialog is None else max(dialog.known, default=dialog.floor)
