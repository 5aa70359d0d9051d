"""`Pager`, the frozen recipe, and the small iterators that run it."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import attrs

from ..errors import AccessError, BitrixError, InvalidCursor, InvalidParameter, MethodNotFound
from ..rest.call import Reply
from . import cursor as cursors
from .cursor import Cut, Place
from .reader import Reader
from .walk import Caller, Walk

T = TypeVar("T")

# Errors that say something of one call, not of the portal or of who calls.
_OF_THE_CALL = (AccessError, InvalidParameter, MethodNotFound)


@attrs.frozen
class Page(Generic[T]):
    """One page of a walk.

    ``cursor`` resumes after this page (None: the walk is done); ``total`` is the portal's own count, where it gives
    one; ``reply`` is the answer as it came; ``doubles`` counts items dropped since the page before,
    because an earlier page held them already.
    """

    items: list[T]
    cursor: str | None
    total: int | None
    reply: Reply = attrs.field(repr=False)
    doubles: int = 0


@attrs.frozen(repr=False)
class Pager(Generic[T]):
    """A list of the portal's, not yet read. Frozen: every ``async for`` is a new walk from its beginning.

    ``async for item in pager`` gives each item once; ``async for page in pager.pages()`` gives `Page` objects.
    Stopping early leaves nothing behind. Errors raised on the way carry the ``cursor`` to resume from.
    """

    _caller: Caller
    _walk: Walk[Any, T]
    _limit: int | None = attrs.field(default=None, kw_only=True)
    _cursor: str | None = attrs.field(default=None, kw_only=True)

    def limit(self, count: int) -> Pager[T]:
        """Stop after *count* items."""
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ValueError(f"expected a limit of 0 or more items, got {count!r}")
        return attrs.evolve(self, limit=count)

    def resume(self, cursor: str | None) -> Pager[T]:
        """Go on after the page that gave *cursor*, in this process or another; None is the beginning of the walk.

        So a browser's first request needs no case of its own. The last page's cursor is None, too: stop there.
        At least once by page: what the page being read held may come again, nothing is lost.
        Raises `InvalidCursor` for a cursor of another method, of other parameters, or a damaged one.
        """
        resumed = attrs.evolve(self, cursor=cursor)
        resumed._start()  # the wrong cursor is said here, not at the first item
        return resumed

    def pages(self) -> AsyncIterator[Page[T]]:
        """Walk by pages. Those without new items are read over, but for the last one, whose cursor is None."""
        step, place = self._start()
        return _Pages(self._caller, self._walk, step, place, self._limit)

    def __aiter__(self) -> AsyncIterator[T]:
        return _Items(self.pages())

    async def collect(self) -> list[T]:
        """All items as a list."""
        return [item async for item in self]

    async def first(self) -> T | None:
        """The first item, or None of an empty list."""
        async for item in self.limit(1 if self._limit is None else min(1, self._limit)):
            return item
        return None

    def __repr__(self) -> str:
        details = [self._walk.binding.method]
        if self._limit is not None:
            details.append(f"limit={self._limit}")
        if self._cursor is not None:
            details.append("resumed")
        return f"Pager({', '.join(details)})"

    if not TYPE_CHECKING:  # a type checker refuses what is not there; at run time an error says what to write

        def _is_no_such_thing(self, *_: object) -> NoReturn:
            raise TypeError(
                f"a {self!r} is read by `async for item in pager`, `async for page in pager.pages()`, "
                "`await pager.collect()` or `await pager.first()`"
            )

        __iter__ = __await__ = __enter__ = __exit__ = __aenter__ = __aexit__ = _is_no_such_thing

    def _start(self) -> tuple[Any, Place]:
        if self._cursor is None:
            return self._walk.start(), Place([])
        place = cursors.load(self._walk.binding, self._cursor)
        try:
            return self._walk.load(place.step), place
        except (TypeError, ValueError):
            raise InvalidCursor("expected a cursor of this version of bitrix_im, got one of another") from None


class _Pages(Generic[T]):
    """One walk, page by page."""

    def __init__(
        self,
        caller: Caller,
        walk: Walk[Any, T],
        step: Any,
        place: Place,
        limit: int | None,
    ) -> None:
        self._reader = Reader(caller, walk)
        self._walk = walk
        self._step = step
        self._cut = place.cut
        self._left = limit
        self._seen = set(walk.handed_out(step))
        self._answer: _Answer[T] | None = None
        self._doubles = 0

    def __aiter__(self) -> _Pages[T]:
        return self

    async def __anext__(self) -> Page[T]:
        while self._left != 0 and (self._answer is not None or self._step is not None):
            if self._answer is None:
                await self._read_one()
                continue
            page = self._next_page(self._answer)
            if page.items or page.cursor is None:
                page, self._doubles = attrs.evolve(page, doubles=self._doubles), 0
                return page
        raise StopAsyncIteration

    async def _read_one(self) -> None:
        """Make the step's call, and take what is new in its answer."""
        step, cut = self._step, self._cut
        try:
            call, reply = await self._reader.reply(step, self._left)
            found = self._walk.read(step, call, reply)
        except BitrixError as error:
            if isinstance(error, _OF_THE_CALL) and (otherwise := self._walk.without(step)) is not None:
                self._step = otherwise
                return
            error.cursor = self._cursor(step, cut)
            raise
        self._step = found.next
        if found.page:
            self._cut = frozenset()
            self._answer = _Answer(step, cut, found.items, self._drop_doubles(cut, found.items), reply)

    def _next_page(self, answer: _Answer[T]) -> Page[T]:
        """As many of an answer's items as a page may hold and are still wanted."""
        most = self._walk.page_size if self._left is None else min(self._walk.page_size, self._left)
        items, rest = answer.new[:most], answer.new[most:]
        if self._left is not None:
            self._left -= len(items)
        self._answer = attrs.evolve(answer, new=rest) if rest else None
        if rest:
            cursor: str | None = self._cursor_behind(answer, items[-1], rest)
        else:
            cursor = None if self._step is None else self._cursor(self._step)
        total = answer.reply.total
        return Page(items, cursor, total if total is not None and total >= 0 else None, answer.reply)

    def _drop_doubles(self, cut: Cut, items: Sequence[T]) -> list[T]:
        """The items that were not handed out before, wherever on the page they stand now."""
        key = self._walk.key
        rest = [item for item in items if _mark(key(item)) not in cut] if cut else list(items)
        if not self._walk.repeats:
            return rest
        self._seen.update(key(item) for item in items if _mark(key(item)) in cut)
        new: list[T] = []
        for item in rest:
            if key(item) not in self._seen:
                self._seen.add(key(item))
                new.append(item)
        self._doubles += len(rest) - len(new)
        return new

    def _cursor_behind(self, answer: _Answer[T], last: T, rest: Sequence[T]) -> str:
        """The cursor that goes on right behind an item of an answer, with what is left of it."""
        behind = self._walk.behind(answer.step, last)
        if behind is not None:
            return self._cursor(behind)
        marks = {_mark(self._walk.key(item)) for item in answer.items}
        return self._cursor(answer.step, answer.cut | marks.difference(_mark(self._walk.key(item)) for item in rest))

    def _cursor(self, step: Any, cut: Cut = frozenset()) -> str:
        return cursors.dump(self._walk.binding, Place(self._walk.dump(step), cut))


@attrs.frozen
class _Answer(Generic[T]):
    """A step's answer: all its items, and those still to be handed out."""

    step: Any
    cut: Cut
    items: Sequence[T]
    new: list[T]
    reply: Reply


def _mark(key: str) -> int:
    """A short fingerprint of an item."""
    return zlib.crc32(key.encode())


class _Items(Generic[T]):
    """One walk, item by item: a page's items in a buffer, and the pages behind it."""

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._buffer: deque[T] = deque()

    def __aiter__(self) -> _Items[T]:
        return self

    async def __anext__(self) -> T:
        while not self._buffer:
            page = await self._pages.__anext__()
            self._buffer.extend(page.items)
        return self._buffer.popleft()
