"""Walks and what happens to them: limits, breaks, cancellations, errors; resumed from cursors, by either client."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import attrs

from bitrix_im import AccessError, BitrixError

from .stage import FIND
from .user import Cancelled

_LEGS = 30


@attrs.frozen
class Case:
    """A walk, and what it must give."""

    name: str
    pager: Callable[[Any], Any]
    """The pager, of a client."""
    key: Callable[[Any], Any]
    before: dict
    """What is there when it begins, in order; a dict for its quick look-ups."""
    excused: Callable[[Any], bool]
    """Whether something may be missing: it was not there all the time."""
    moved: Callable[[Any], bool]
    """Whether something may come at another place."""
    knows: Callable[[Any], bool]
    """Whether something that was not there at the beginning may come."""
    strict: bool = False
    """Resuming repeats nothing."""
    ranks: dict | None = None
    """Where something stands, if not at a place of its own: what stands together comes in any order."""
    dialog_id: str | None = None


def recent_case(user):
    sim, draw = user.sim, user.random
    stage, portal = sim.stage, sim.portal
    flags = {name: True for name in ("skip_dialog", "skip_openlines", "can_manage_messages") if draw.random() < 0.15}
    quiet = draw.random() < 0.5
    catch_up = draw.random() < 0.8
    size = draw.choice((200, 200, 60, 40, 25, 9))
    date = None
    if draw.random() < 0.4:
        hours = draw.choice((-24, 1, 6))
        date = datetime.fromtimestamp(portal.clock.seconds(), UTC) - timedelta(hours=hours)
    since, dates = stage.seq, {} if date is None else {"last_message_date": date}
    lines = [] if quiet or "skip_openlines" in flags else portal.queue_lines()
    past = date is not None and hours > 0
    ranks, scattered = _ranks(portal)

    def excused(name):
        if stage.is_gone(name, since) or stage.is_hidden_by_pin(name, since):
            return True
        return stage.is_touched(name, since) and (past or not catch_up)

    def pager(im):
        return im.recent.list(**flags, **dates, skip_undistributed_openlines=quiet, catch_up=catch_up, page_size=size)

    return Case(
        f"recent {'by date ' if date else ''}{size} {sorted(flags)}",
        pager,
        lambda item: item.dialog_id,
        dict.fromkeys([*portal.visible_dialogs(**flags, **dates), *lines]),
        excused,
        lambda name: name in scattered or name in lines or stage.is_touched(name, since) or stage.is_gone(name, since),
        lambda name: stage.is_touched(name, since),
        ranks=ranks,
    )


def _ranks(portal):
    """Where each dialog stands in the recent list: those of one second stand together. And those with two rows."""
    ranks, scattered = {}, set()
    for row in portal.me.rows.ordered():
        if row.seat is not None and ranks.setdefault(row.seat.dialog_id, _rank(row)) != _rank(row):
            scattered.add(row.seat.dialog_id)
    return ranks, scattered


def _rank(row):
    return not row.pinned, -row.date


def search_case(user):
    stage, portal = user.sim.stage, user.sim.portal
    size, since = user.random.choice((50, 10, 6, 3)), stage.seq
    return Case(
        f"search {size}",
        lambda im: im.search.chats(FIND, page_size=size),
        lambda chat: chat.id,
        dict.fromkeys(portal.found_chats(FIND)),
        lambda number: stage.is_gone(f"found chat{number}", since),
        lambda number: stage.is_touched(f"found chat{number}", since) or stage.is_gone(f"found chat{number}", since),
        lambda number: stage.is_touched(f"found chat{number}", since),
    )


def history_case(user):
    sim, draw = user.sim, user.random
    portal = sim.portal
    dialog = portal.showcase if draw.random() < 0.7 else draw.choice(portal.visible_dialogs())
    size = draw.choice((50, 50, 30, 11))
    ids = list(portal.visible_messages(dialog))
    up, middle = draw.random() < 0.5, draw.choice(ids) if ids and draw.random() < 0.6 else None
    newest = ids[-1] if ids else 0
    if up:
        options = {"after": middle or 0}
        before = [number for number in ids if number > options["after"]]
    else:
        options = {"before": middle}
        before = [number for number in reversed(ids) if middle is None or number < middle]
    return Case(
        f"history {dialog} {'up' if up else 'down'} {middle} {size}",
        lambda im: im.messages.history(dialog, **options, page_size=size),
        lambda message: message.id,
        dict.fromkeys(before),
        lambda number: False,
        lambda number: False,
        lambda number: number > newest and (up or middle is None) and number in portal.visible_messages(dialog),
        strict=True,
        dialog_id=dialog,
    )


async def walk_recent(user):
    await walk(user, recent_case)


async def walk_search(user):
    await walk(user, search_case)


async def walk_history(user):
    await walk(user, history_case)


@attrs.define
class Journey:
    """A walk under way: what a program keeps of it, so that another process can go on."""

    case: Case
    make: Callable[[Any], Case]
    found: dict = attrs.Factory(dict)
    cursor: str | None = None


async def walk(user, make):
    """Walk to the end, over as many legs as it takes, and check what came."""
    case = make(user)
    user.tell(f"walks {case.name}")
    await _travel(user, Journey(case, make), by_items=user.random.random() < 0.3)


async def go_on(user):
    """Go on with the walk of a process that died, from the last cursor that it kept."""
    journey, user.journey = user.journey, None
    user.tell(f"goes on with {journey.case.name}")
    await _travel(user, journey)


async def _travel(user, journey, *, by_items=False):
    standing = 0
    user.journey = None if by_items else journey  # who reads items has no cursor to come back with
    while standing < _LEGS:
        case, found, cursor = journey.case, journey.found, journey.cursor
        had = len(found)
        pager = case.pager(user.im)
        if cursor is not None:
            if user.random.random() < 0.2:  # a cursor is good for another client, too
                pager = case.pager(user.of("webhook"))
            pager = pager.resume(cursor)
        limited = user.random.random() < 0.2
        if limited:
            pager = pager.limit(user.random.randrange(1, 60))
        try:
            leg = _Leg(user, journey, limited=limited)
            journey.cursor, done = await (leg.by_items(pager) if by_items else leg.by_pages(pager))
        except AccessError:
            break  # judged: the user is not in that dialog any more
        except _Abandoned:
            _check_order(user, case, found)
            break
        if journey.cursor is not None:
            user.sim.hunter.hunt_cursor(journey.cursor)
        if done:
            _check_whole(user, case, found)
            break
        if journey.cursor is None:
            found.clear()
            journey.case = journey.make(user)
            user.tell(f"walks {journey.case.name} instead")
        standing = standing + 1 if len(found) == had else 0
    else:
        user.sim.fail("no wait without an end", f"{user.name}: {journey.case.name} got no further in {_LEGS} legs")
    user.journey = None


class _Abandoned(Exception):
    """Left before its end, without a cursor to come back with."""


class _Leg:
    """A part of a walk, from one resumption to the next."""

    def __init__(self, user, journey, *, limited):
        self._user = user
        self._journey = journey
        self._case = journey.case
        self._found = journey.found
        self._limited = limited
        self._own = {}

    async def by_pages(self, pager):
        """Read pages; returns the cursor to go on from and whether the walk is done."""
        user, cursor = self._user, self._journey.cursor
        pages = pager.pages()
        while True:
            try:
                page = await self._next(lambda: anext(pages, None), 0.02)
            except BitrixError as error:
                return await self._after(error), False
            except Cancelled:
                await user.pause()
                return cursor, False
            if page is None:
                return cursor, not self._limited
            self._take(page.items)
            self._journey.cursor = page.cursor or self._journey.cursor
            user.tell(f"page of {len(page.items)} #{_print(self._own)}, {page.doubles} doubles")
            cursor = page.cursor
            if cursor is None:
                user.journey = None  # all is read: a process that dies now leaves nothing to go on with
                if await user.step(lambda: anext(pages, None), what="the end") is not None:
                    user.sim.fail("a walk ends once", f"{user.name}: {self._case.name} went on after its last page")
                return None, True
            if user.random.random() < 0.04:
                await user.pause()
                return cursor, False

    async def by_items(self, pager):
        """Read items; a leg that ends without an error or the end has no cursor."""
        user = self._user
        items, end = aiter(pager), object()
        while True:
            try:
                item = await self._next(lambda: anext(items, end), 0.0005)
            except BitrixError as error:
                return await self._after(error), False
            except Cancelled:
                raise _Abandoned from None
            if item is end:
                if self._limited:
                    raise _Abandoned
                return None, True
            self._take([item])
            if user.random.random() < 0.001:
                raise _Abandoned

    async def _next(self, function, impatience):
        user, case = self._user, self._case
        return await user.step(function, what=case.name, dialog=case.dialog_id, patience=user.impatience(impatience))

    async def _after(self, error):
        if isinstance(error, AccessError) and self._case.dialog_id is not None:
            raise error
        if error.cursor is None:
            self._user.sim.fail("an error tells where to go on", f"{error!r} in {self._case.name}")
        await self._user.recover(error)
        return error.cursor

    def _take(self, items):
        case, fail = self._case, self._user.sim.fail
        for item in items:
            key = case.key(item)
            if key in self._own or (case.strict and key in self._found):
                fail("nothing doubled", f"{self._user.name}: {key} twice in {case.name}")
            self._own[key] = None
            self._found.setdefault(key)
            if key not in case.before and not case.knows(key):
                fail("nothing invented", f"{self._user.name}: {key} in {case.name}")


def _check_order(user, case, found):
    came = [key for key in found if key in case.before and not case.moved(key)]
    ranks = case.ranks or {key: place for place, key in enumerate(case.before)}
    due = sorted(came, key=ranks.__getitem__)  # stable: what stands together stays as it came
    if came != due:
        user.sim.fail("order kept", f"{user.name}: {case.name} gave {came}, not {due}")
    if case.strict and sorted(found, reverse=" down " in case.name) != list(found):
        user.sim.fail("order kept", f"{user.name}: {case.name} gave {found}")


def _check_whole(user, case, found):
    lost = [key for key in case.before if key not in found and not case.excused(key)]
    if lost:
        user.sim.fail("nothing lost", f"{user.name}: {case.name} gave {len(found)} items, but not {lost}")
    _check_order(user, case, found)
    user.tell(f"whole: {len(found)} items #{_print(found)}")


def _print(keys):
    return f"{crc32(repr(list(keys)).encode()):08x}"
