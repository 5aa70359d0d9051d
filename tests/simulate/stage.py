"""The portal of a seed, and how it moves; who was there all the time, and who was not; its bad hours."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from random import Random

import attrs

from bitrix_im.testing import Fault, Portal, Quirks
from bitrix_im.testing.server.faults import Strike
from bitrix_im.testing.server.limits import LeakyBucket

FIND = "Project"
EPOCH = datetime(2026, 3, 4, 10, 0, tzinfo=timezone(timedelta(hours=3)))
# What a client must never get over, so only scripted: it is blocked, refused, or there is no portal here any more.
FINAL = (
    Fault.OVERLOAD_503,
    Fault.OVERLOAD_401,
    Fault.ACCESS_DENIED,
    Fault.PORTAL_DELETED,
    Fault.RENAMED,
    Fault.TOO_LARGE,
)
PASSING = tuple(fault for fault in Fault if fault not in FINAL)
COSTS = {
    "im.recent.list": 0.4,
    "im.recent.get": 0.8,
    "im.dialog.messages.get": 0.2,
    "im.search.chat.list": 0.6,
    "im.message.add": 0.3,
    "im.dialog.get": 0.25,
    "im.v2.Event.get": 0.12,
    "imbot.v2.Event.get": 0.12,
    "imbot.v2.Chat.Message.send": 0.3,
}
_MOVED_BEFORE = ("im.recent.list", "im.search.chat.list", "im.dialog.messages.get")


BLOCKING = frozenset({Fault.OVERLOAD_503, Fault.OVERLOAD_401, Fault.PORTAL_DELETED, Fault.RENAMED})
"""After these nobody is answered for a while: they are told to all who wait."""
BLOCKED_FOR = 60.0
_DOWN = (Fault.HTML_502, Fault.HTML_502, Fault.CONNECT_ERROR)


@attrs.frozen
class Window:
    """Some minutes of a simulation."""

    begins: float
    ends: float
    fault: Fault = Fault.HTML_502
    """What every request meets meanwhile, where the window is an outage."""


def windows(random: Random, every: float, shortest: float, longest: float) -> Iterator[Window]:
    """Windows without an end, one after the other, *every* so many seconds on average."""
    moment = 0.0
    while True:
        moment += random.expovariate(1 / every)
        ends = moment + random.uniform(shortest, longest)
        yield Window(moment, ends, random.choice(_DOWN))
        moment = ends


class NotedQueue:
    """An event queue whose events are noted: those that were recorded, and those that somebody confirmed."""

    def __init__(self, queue, confirmed):
        self.recorded = {}
        """Events by their ids."""
        self._queue, self._told = queue, confirmed
        self._add, self._get = queue.add, queue.get
        queue.add, queue.get = self._noting_add, self._noting_get

    def is_late(self, number):
        """Whether an event could be read only after its id was given: others may have come before it."""
        return self.recorded[number].visible_from > self.recorded[number].date

    def _noting_add(self, *arguments):
        self._add(*arguments)
        event = self._queue.events[-1]
        self.recorded[event.id] = event

    def _noting_get(self, *arguments):
        before = {event.id for event in self._queue.events}
        page = self._get(*arguments)
        if gone := before - {event.id for event in self._queue.events}:
            self._told(gone & self.recorded.keys())
        return page


class OneAddress(LeakyBucket):
    """All clients share one source address."""

    def admit(self, source, now):
        return super().admit("one", now)

    def fill(self, source, now):
        super().fill("one", now)


class Stage:
    """The portal, its moves, and a journal of them."""

    def __init__(self, seed, *, fault_share):
        draw = Random(f"stage {seed}")
        self.shared_address = draw.random() < 0.5
        self.window = 120.0
        self.operating = draw.choice((8.0, 12.0, 20.0))
        quirks = Quirks(
            first_id_order=draw.choice(("ascending", "unordered", "holes")),
            errors_as_200=draw.random() < 0.2,
            php_error_html=draw.random() < 0.5,
            shuffle_ties=True,
            late_events=draw.choice((0.0, 0.3)),
            late_event_seconds=0.9,
            event_races=draw.choice((0.0, 0.3)),
        )
        self.portal = portal = Portal(seed, quirks=quirks, operating=self.operating, window=self.window, epoch=EPOCH)
        if self.shared_address:
            portal.bucket = OneAddress(2.0, 50, 1.0)
        portal.populate(dialogs=150, found=(FIND, 20), messages=300, unread=draw.choice((0, 5, 80)))
        # A bulk import gives many dialogs one second, and the portal shows those in any order.
        imported = portal.clock.seconds() - draw.choice((90, 7_200, 200_000))
        for number in range(draw.choice((0, 15, 70))):
            portal.add_chat(f"Imported {number}", date=imported)
        portal.world.pending_seconds = draw.choice((0.0, 2.0, 8.0))
        portal.operating_cost = dict(COSTS)
        portal.processing_time = self._latency
        portal.before_command = self._between_pages
        portal.after_command = self._after
        self._seed, self._share = seed, fault_share
        self._latencies = Random(f"latency {seed}")
        self._moves = Random(f"moves {seed}")
        self._plans = 0
        self._strike = portal.faults.strike
        portal.faults.strike = self._strike_or_be_down  # type: ignore[method-assign]  # nobody else needs such a hook
        self._outages = windows(Random(f"outages {seed}"), 14_400, 60, 300)
        self.outage = next(self._outages)
        """The outage that is, or the next one."""
        self._foreign = windows(Random(f"foreign {seed}"), 18_000, 30, 150)
        self.foreign = next(self._foreign)
        """When another program takes all that drains, now or next."""
        self.blocked_at = -BLOCKED_FOR
        """When somebody was told that there is nobody to answer here, by the portal's clock."""
        self.marks = Counter()
        """How often each marked call ran: ``MARK`` is a parameter that no method knows."""
        self.seq = 0
        self.touched = {}
        """When (in moves) a dialog or message list last moved, by dialog id."""
        self.gone = {}
        """When a dialog was last out of the list, or a found chat out of the search's result."""
        self._pinned = {}
        self._unpinned = {}
        self._size = len(portal.visible_dialogs())
        self.plan_faults()

    def plan_faults(self, *first):
        """Let the usual share of requests fail, but these (fault, method) first."""
        portal = self.portal
        portal.faults.clear()
        for fault, method in first:
            portal.faults.next(fault, method=method)
        self._plans += 1
        if self._share:
            portal.faults.share(self._share, PASSING, seed=self._seed * 1_000_003 + self._plans)

    def _latency(self, method, params):
        dice = self._latencies.random()
        if dice < 0.002:
            return 12.0
        return 0.4 + dice if dice < 0.03 else 0.03 + dice / 10

    # Bad hours

    def _strike_or_be_down(self, number, methods):
        now = self.portal.clock.elapsed()
        if self.is_down(now) and methods != ["oauth.token"]:
            self.portal.faults.struck.append(self.outage.fault)
            return Strike(self.outage.fault, None)
        struck = self._strike(number, methods)
        if struck is not None and struck.fault in BLOCKING:
            self.blocked_at = now
        return struck

    def is_down(self, now):
        """Whether the whole portal is down just now."""
        while now >= self.outage.ends:
            self.outage = next(self._outages)
        return now >= self.outage.begins

    def is_taken(self, now):
        """Whether another program takes all that drains just now."""
        while now >= self.foreign.ends:
            self.foreign = next(self._foreign)
        return now >= self.foreign.begins

    def is_troubled(self, now):
        """Whether there is more trouble than usual just now."""
        return self.is_down(now) or self.is_taken(now) or now < self.blocked_at + BLOCKED_FOR

    # Moves

    def _note(self, book, key):
        self.seq += 1
        book[key] = self.seq

    def is_touched(self, key, since):
        return self.touched.get(key, 0) > since

    def is_gone(self, key, since):
        return self.gone.get(key, 0) > since

    def is_hidden_by_pin(self, key, since):
        """Pinned and unpinned meanwhile: at the top when its own place was read, and back when the top was."""
        return since < self._pinned.get(key, 0) < self._unpinned.get(key, 0)

    def _between_pages(self, method, params):
        if (mark := params.get("MARK")) is not None:
            self.marks[mark] += 1
        if method in _MOVED_BEFORE and self._moves.random() < 0.25:
            for _ in range(self._moves.choice((1, 1, 2, 5))):
                self.move()

    def _after(self, method, params):
        if method == "im.message.add":
            self._note(self.touched, str(params["DIALOG_ID"]))

    def move(self):
        """Somebody does something."""
        draw, portal = self._moves, self.portal
        names = portal.visible_dialogs()
        name = draw.choice(names)
        match draw.choices(
            ("post", "showcase", "hide", "leave", "new", "pin", "unread", "found", "lost", "read"),
            (30, 2, 8, 4, 8, 6, 5, 2, 2, 6),
        )[0]:
            case "post":
                portal.post(name)
                self._note(self.touched, name)
            case "showcase":
                portal.post(portal.showcase)
                self._note(self.touched, portal.showcase)
            case "hide" if len(names) > self._size - 15:
                portal.hide(name)
                self._note(self.gone, name)
            case "leave" if len(names) > self._size - 20 and name.startswith("chat") and name != portal.showcase:
                portal.leave(name)
                self._note(self.gone, name)
                self._note(self.gone, f"found {name}")
            case "new" if len(names) < self._size + 15:
                self._note(self.touched, portal.add_chat(f"New {self.seq}"))
            case "pin":
                self._pin(draw, names)
            case "unread":
                portal.mark_unread(name)
            case "read":
                portal.read(name)
            case "found" | "lost":
                self._found(draw)

    def _pin(self, draw, names):
        portal = self.portal
        pinned = [row.chat.dialog_id for row in portal.me.rows.ordered() if row.pinned and row.chat]
        on = len(pinned) < 3 or (len(pinned) < 6 and draw.random() < 0.5)
        name = draw.choice(names if on else pinned)
        portal.pin(name, on)
        self._note(self.touched, name)
        self._note(self._pinned if on else self._unpinned, name)

    def _found(self, draw):
        portal = self.portal
        found = portal.found_chats(FIND)
        if draw.random() < 0.5 or len(found) < 15:
            if len(found) < 30:
                name = portal.add_chat(f"{FIND} {self.seq}", recent=False)
                self._note(self.touched, f"found {name}")
            return
        name = f"chat{draw.choice(found)}"
        portal.rename_chat(name, f"Done {self.seq}")
        self._note(self.gone, f"found {name}")
