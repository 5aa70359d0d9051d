"""Two programs that listen: a consumer of a user's events, and a watcher of new messages."""

from abc import abstractmethod

import anyio

from bitrix_im import BitrixError

from .programs import Program
from .stage import NotedQueue

_CHATS = 8


class Listening(Program):
    """A program of Ann's, who is in some chats where people talk."""

    acts = (3, 30, 90)

    def __init__(self, sim, name):
        portal = sim.portal
        self.user_id = portal.add_user(f"Ann {name.title()}")
        super().__init__(sim, name, portal.webhook_of(self.user_id))
        self.viewer = portal.world.viewer(self.user_id)
        self.people = [portal.person(f"{name.title()} {number}") for number in range(3)]
        members = [self.user_id, *(person.id for person in self.people)]
        titles = [f"Talk {number} of {name}" for number in range(_CHATS)]
        self.chats = [portal.add_chat(title, members=members, joined=False) for title in titles]
        self.written = {chat: [] for chat in self.chats}
        """Ids of the messages that people wrote, by chat."""
        self.handled = {}
        """What was handled, by its dialog: ids, in the order of their first time."""

    @abstractmethod
    def stream(self, life):
        """What a life listens to."""

    def finished(self):
        return sum(map(len, self.handled.values()))

    async def hear(self, life):
        draw, events = self.random, self.stream(life)
        async with events:
            while not life.stop.is_set():
                try:
                    event = await anext(events)
                except BitrixError as error:
                    life.judge(error)
                    if draw.random() < 0.5:
                        raise
                    await anyio.sleep(2)
                    continue
                number = event.event_id
                if number in life.heard:
                    self.sim.fail("once within a run", f"{self.name}: {number} twice in life {self.lives}")
                life.heard.add(number)
                await anyio.sleep(draw.choice((0.0, 0.0, 0.05, 0.4, 0.4, 3.0)))
                self.tell(f"handled {number}")
                self.handled.setdefault(event.dialog_id, {}).setdefault(number)

    def act(self):
        draw = self.random
        person, chat = draw.choice(self.people), draw.choice(self.chats[: draw.choice((1, _CHATS))])
        if self.written[chat] and draw.random() < 0.2:
            message = draw.choice(self.written[chat])
            draw.choice((person.react, self._edit))(message)
            return
        for _ in range(draw.choice((1, 1, 1, 5))):
            self.written[chat].append(person.write(chat, f"about {draw.randrange(1000)}"))

    def _edit(self, message):
        author = self.sim.portal.world.home(message).message(message).author_id
        self.sim.portal.person(author).edit(message, "what was meant")

    def check_order(self, is_late):
        """In each dialog the first times came in order; ids that were committed late are where they came."""
        for dialog, ids in self.handled.items():
            came = [number for number in ids if not is_late(number)]
            if came != sorted(came):
                self.sim.fail("order kept", f"{self.name}: in {dialog} came {came}")


class Consumer(Listening):
    """It consumes Ann's queue of events."""

    def __init__(self, sim):
        super().__init__(sim, "consumer")
        self.queue = NotedQueue(sim.portal.feed.queue(self.user_id), self._confirmed)

    def stream(self, life):
        return life.im.events(mark=life)

    def missing(self):
        done = set().union(*self.handled.values())
        return [number for number in self.queue.recorded if number not in done]

    def _confirmed(self, ids):
        if early := sorted(ids & set(self.missing())):
            self.sim.fail("nothing confirmed unhandled", f"{self.name}: {early}")

    def check(self):
        recorded = self.queue.recorded
        if foreign := [number for ids in self.handled.values() for number in ids if number not in recorded]:
            self.sim.fail("nothing invented", f"{self.name}: {foreign}")
        self.check_order(self.queue.is_late)


class Watcher(Listening):
    """It watches Ann's dialogs, and touches no queue."""

    def __init__(self, sim):
        super().__init__(sim, "watcher")
        self._excused = set()

    def stream(self, life):
        return life.im.watch(mark=life)

    def act(self):
        super().act()
        draw = self.random
        if draw.random() < 0.08:
            # What is out of the list, or gone for good, cannot be seen any more.
            chat = draw.choice(self.chats)
            self._excused.update(self.written[chat])
            self.viewer.hide(chat)
        elif draw.random() < 0.08 and (ids := self.written[draw.choice(self.chats)]):
            number = ids.pop()
            self._excused.add(number)
            self.sim.portal.erase(number)

    def missing(self):
        if self.mark.first is None:
            return ["the first mark"]  # nobody knows yet where it begins
        done = set().union(*self.handled.values()) | self._excused
        due = (number for ids in self.written.values() for number in ids if number > self.mark.first)
        return [number for number in due if number not in done]

    def check(self):
        known = set().union(*self.written.values()) | self._excused
        if foreign := [number for ids in self.handled.values() for number in ids if number not in known]:
            self.sim.fail("nothing invented", f"{self.name}: {foreign}")
        self.check_order(lambda number: False)
