"""`Pager`, the frozen recipe, and the small iterators that run it."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
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
        """Go on after the page that gave *cursor*, in this process or another.

        At least once by page: what the page being read held may come again, nothing is lost.
        Raises `InvalidCursor` for a cursor of another method, of other parameters, or a damaged one.
        """
        if cursor is None:
            raise InvalidCursor("expected a page's cursor, got None: a page without a cursor is the last of its walk")
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
        async for item in self:
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
        self._seen = set(place.tail)
        self._tail = place.tail
        self._doubles = 0

    def __aiter__(self) -> _Pages[T]:
        return self

    async def __anext__(self) -> Page[T]:
        while self._step is not None and self._left != 0:
            page = await self._read_one()
            if page is None:
                continue
            if page.items or page.cursor is None:
                page, self._doubles = attrs.evolve(page, doubles=page.doubles + self._doubles), 0
                return page
            self._doubles += page.doubles  # a page that is read over still dropped them
        raise StopAsyncIteration

    async def _read_one(self) -> Page[T] | None:
        """The step's page; None where there was none to hand out."""
        step, cut = self._step, self._cut
        try:
            reply = await self._reader.reply(step, self._left)
            found = self._walk.read(step, reply)
        except BitrixError as error:
            if isinstance(error, _OF_THE_CALL) and (otherwise := self._walk.without(step)) is not None:
                self._step = otherwise
                return None
            error.cursor = self._cursor(step, cut)
            raise
        self._step = found.next
        if not found.page:
            return None
        self._cut = None
        new, doubles = self._drop_doubles(_behind(cut, found.items, self._walk.key))
        items = self._take(new)
        is_cut = len(items) < len(new)
        cursor = self._cursor_at(step, found.items, items[-1]) if is_cut else self._cursor_before(found.next)
        total = reply.total if reply.total is not None and reply.total >= 0 else None  # im.recent.list says -1
        return Page(items, cursor, total, reply, doubles)

    def _take(self, items: list[T]) -> list[T]:
        """As many of the items as are still wanted."""
        if self._left is not None:
            items = items[: self._left]
            self._left -= len(items)
        if items:
            self._tail = [self._walk.key(item) for item in self._walk.tail(items)]
        return items

    def _drop_doubles(self, items: list[T]) -> tuple[list[T], int]:
        if not self._walk.repeats:
            return items, 0
        new: list[T] = []
        for item in items:
            key = self._walk.key(item)
            if key not in self._seen:
                self._seen.add(key)
                new.append(item)
        return new, len(items) - len(new)

    def _cursor_before(self, step: Any | None) -> str | None:
        return None if step is None else self._cursor(step)

    def _cursor_at(self, step: Any, items: Sequence[T], last: T) -> str:
        """The cursor that goes on right behind an item of the step's page."""
        behind = self._walk.behind(step, last)
        if behind is not None:
            return self._cursor(behind)
        return self._cursor(step, _cut_behind(items, self._walk.key(last), self._walk.key))

    def _cursor(self, step: Any, cut: Cut | None = None) -> str:
        return cursors.dump(self._walk.binding, Place(self._walk.dump(step), cut, self._tail))


def _cut_behind(items: Sequence[T], last: str, key: Callable[[T], str]) -> Cut:
    keys = [key(item) for item in items]
    return last, zlib.crc32(" ".join(keys[: keys.index(last) + 1]).encode())


def _behind(cut: Cut | None, items: Sequence[T], key: Callable[[T], str]) -> list[T]:
    """The items behind a cut; all of them where the page has changed before it.

    A dialog that rose meanwhile stands among those that were handed out.
    """
    if cut is not None:
        for index, item in enumerate(items):
            if key(item) == cut[0]:
                return list(items[index + 1 :] if _cut_behind(items, cut[0], key) == cut else items)
    return list(items)


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
