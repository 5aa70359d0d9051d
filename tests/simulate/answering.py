"""A bot that answers each message and each press once, whatever happens to it meanwhile."""

from collections import Counter

import anyio

from bitrix_im.bots import BotToken, Handlers, MessageAdded, keyboard

from .programs import Program
from .stage import NotedQueue

_CODE = "simulated"


class Answering(Program):
    """The bot's program, and the people who talk to it: each alone, and all in a group."""

    idle = 5

    def __init__(self, sim):
        portal = sim.portal
        super().__init__(sim, "bot", portal.webhook_of(portal.add_user("Bob Owner")))
        secret = f"{self.random.getrandbits(160):040x}"
        sim.hunter.protect(secret)
        self._token = BotToken(secret)
        self._people = [portal.person(f"Guest {number}") for number in range(5)]
        self._group = portal.add_chat("Guests", members=[person.id for person in self._people], joined=False)
        self._queue = None
        self._asked = {}
        """By its place: the answers that are due, each with its event."""
        self._count = 0

    async def hear(self, life):
        bot = await life.im.bots.ensure(_CODE, token=self._token, name="Simulated", commands={"pay": None})
        await self._handlers().run(bot.events(mark=life), limit=self.random.choice((2, 16)), stop=life.stop)

    def _handlers(self):
        handlers, draw = Handlers(), self.random

        async def answer(event, text):
            await anyio.sleep(draw.choice((0.0, 0.1, 1.0, 4.0)))
            buttons = keyboard.row(keyboard.command("Pay", "pay", text.split()[-1]))
            await event.reply(text, keyboard=buttons)
            self.tell(f"answered {text}")

        @handlers.on(MessageAdded, when=lambda event: not event.user.bot)
        async def hear(event):
            await answer(event, f"re {event.text.split()[-1]}")

        @handlers.button("pay")
        @handlers.command("pay")
        async def pay(event):
            await answer(event, f"paid {event.params}")

        @handlers.on_error
        async def give_up(event, error):
            raise error  # to be begun anew is better than to leave somebody without an answer

        return handlers

    @property
    def _bot(self):
        """The bot as the portal knows it; None before it is registered, with its command."""
        try:
            seen = self.sim.portal.bot(_CODE)
        except KeyError:
            return None
        if not seen.bot.commands:
            return None
        if self._queue is None:
            portal = self.sim.portal
            self._queue = NotedQueue(portal.feed.bot_queue(seen.id), self._confirmed)
            portal.world.join(portal.world.chat(self._group), [seen.id])
            for person in self._people:
                person.viewer.find(str(seen.id))  # who looks at a bot begins a dialog with it
        return seen

    def act(self):
        bot, draw = self._bot, self.random
        if bot is None:
            return
        person, kind = draw.choice(self._people), draw.random()
        self._count += 1
        if kind < 0.2 and (menus := self._menus(bot, person)):
            number, params = draw.choice(menus)
            self._note(person.id, f"paid {params}")
            person.press(number, "Pay")
        elif kind < 0.3:
            self._note(person.id, f"paid {self._count}")
            person.write(bot.id, f"/pay {self._count}")
        elif kind < 0.5:
            self._note(self._group, f"re {self._count}")
            person.write(self._group, f"[USER={bot.id}]Simulated[/USER] {self._count}")
        else:
            self._note(person.id, f"re {self._count}")
            person.write(bot.id, f"hello {self._count}")

    def _note(self, place, answer):
        """Somebody is about to ask: the next event that is recorded is theirs."""
        self._asked.setdefault(place, []).append((answer, len(self._queue.recorded)))

    def _menus(self, bot, person):
        texts = zip(bot.message_ids(person.id), bot.messages(person.id), strict=True)
        return [(number, text.split()[-1]) for number, text in texts if text.startswith(("re ", "paid "))]

    def _answers(self, place):
        return self._bot.answers(place)

    def finished(self):
        return sum(len(self._answers(place)) for place in self._asked)

    def missing(self):
        if self._bot is None:
            return ["the registration"]
        missing = Counter()
        for place, asked in self._asked.items():
            missing += Counter((place, answer) for answer, _ in asked) - Counter(
                (place, answer) for answer in self._answers(place)
            )
        return [f"{answer} in {place}" for place, answer in missing.elements()]

    def _confirmed(self, ids):
        """Whatever was asked by these events is answered."""
        numbers = list(self._queue.recorded)
        for place, asked in self._asked.items():
            due = [answer for answer, at in asked if at < len(numbers) and numbers[at] in ids]
            if due and (early := Counter(due) - Counter(self._answers(place))):
                self.sim.fail("nothing confirmed unhandled", f"{self.name}: {dict(early)} in {place}")

    def check(self):
        numbers = list(self._queue.recorded)
        for place, asked in self._asked.items():
            said, wanted = self._answers(place), [answer for answer, _ in asked]
            if Counter(said) != Counter(wanted):
                self.sim.fail("each answered exactly once", f"in {place} said {said} to {wanted}")
            late = {answer for answer, at in asked if self._queue.is_late(numbers[at])}
            if [text for text in said if text not in late] != [text for text in wanted if text not in late]:
                self.sim.fail("order kept", f"{self.name}: in {place} said {said} to {wanted}")
