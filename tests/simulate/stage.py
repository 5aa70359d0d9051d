"""The portal of a seed, and how it moves; who was there all the time, and who was not."""

from datetime import datetime, timedelta, timezone
from random import Random

from bitrix_im.testing import Fault, Portal, Quirks
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
}
_MOVED_BEFORE = ("im.recent.list", "im.search.chat.list", "im.dialog.messages.get")


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
        )
        self.portal = portal = Portal(seed, quirks=quirks, operating=self.operating, window=self.window, epoch=EPOCH)
        if self.shared_address:
            portal.bucket = OneAddress(2.0, 50, 1.0)
        portal.populate(dialogs=150, found=(FIND, 20), messages=300, unread=draw.choice((0, 5, 80)))
        portal.world.pending_seconds = draw.choice((0.0, 2.0, 8.0))
        portal.operating_cost = dict(COSTS)
        portal.processing_time = self._latency
        portal.before_command = self._between_pages
        portal.after_command = self._after
        self._seed, self._share = seed, fault_share
        self._latencies = Random(f"latency {seed}")
        self._moves = Random(f"moves {seed}")
        self._plans = 0
        self.seq = 0
        self.touched = {}
        """When (in moves) a dialog or message list last moved, by dialog id."""
        self.gone = {}
        """When a dialog was last out of the list, or a found chat out of the search's result."""
        self._pinned = {}
        self._unpinned = {}
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
            case "hide" if len(names) > 135:
                portal.hide(name)
                self._note(self.gone, name)
            case "leave" if len(names) > 130 and name.startswith("chat") and name != portal.showcase:
                portal.leave(name)
                self._note(self.gone, name)
                self._note(self.gone, f"found {name}")
            case "new" if len(names) < 165:
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
