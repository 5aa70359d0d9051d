"""The two plays, and their judges: what the portal has on record, and what the consumer's file says."""

import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

import anyio
import attrs

from bitrix_im import BitrixIM
from bitrix_im.bots import keyboard

from . import bot as bot_program, consumer as consumer_program
from .stage import FAULTS, Program, Stage, live, wait_until


@attrs.frozen
class Outcome:
    """What became of it: nothing in `problems` is good."""

    figures: str
    problems: list[str]

    def __str__(self):
        return "\n".join([self.figures, *self.problems])


def crash_bot(*, kills, messages, presses, seed, loop="asyncio", faults=0.15, people=12, longest=6.0):
    """A bot that `bitrix_im.bots.run` runs: each message and each press is answered once, in order in its dialog."""
    random, began = Random(seed), time.monotonic()
    stage = Stage(seed=seed, rate=50, burst=50)
    everybody = [stage.person(f"Person {number}") for number in range(people)]
    kinds = ["write"] * messages + ["press"] * presses
    random.shuffle(kinds)
    plan = [(number, kind, random.choice(everybody)) for number, kind in enumerate(kinds)]
    menus: dict[int, int | None] = {}

    async def introduce(webhook):
        async with BitrixIM(webhook) as im:
            bot = await im.bots.ensure(
                bot_program.CODE, token=bot_program.TOKEN, name=bot_program.NAME, commands=bot_program.COMMANDS
            )
            for person in everybody:
                mine = [number for number, kind, who in plan if kind == "press" and who is person]
                buttons = [keyboard.command(f"Pay {number}", "pay", str(number)) for number in mine]
                rows = keyboard.row(*buttons) if buttons else None
                menus[person.id] = await bot.send(person.id, "menu", keyboard=rows)
            return bot.id

    with tempfile.TemporaryDirectory() as folder, stage.serving() as webhook:
        bot_id = anyio.run(introduce, webhook)
        stage.faults.share(faults, FAULTS, seed=seed)
        queue = stage.feed.bot_queue(bot_id)
        done: list[tuple[int, str]] = []

        def act(number, kind, person):
            if kind == "press":
                person.press(menus[person.id], f"Pay {number}")
                done.append((person.id, f"paid {number}"))
            else:
                person.write(bot_id, str(number))
                done.append((person.id, f"re {number}"))

        def answers():
            seen = stage.bot(bot_program.CODE)
            return {who.id: [text for text in seen.answers(who.id) if text != "menu"] for who in everybody}

        def open_questions():
            return len(done) - sum(map(len, answers().values()))

        before = stage.requests
        program = Program("tests.crash.bot", webhook, folder, loop, stage)
        try:
            acts = [partial(act, *step) for step in plan]
            problems, at_work = live(
                program, stage, acts, random, kills=kills, longest=longest, unhandled=open_questions
            )
            if not wait_until(lambda: stage.do(lambda: open_questions() <= 0 and not queue.events)):
                problems.append(f"{len(queue.events)} events were not confirmed in time: {program.last_words()}")
        finally:
            program.end()
        said = answers()
        requests, struck = stage.requests - before, sum(one.fault is not None for one in stage.log)
    wanted = Counter(text for _, text in done)
    heard = Counter(text for texts in said.values() for text in texts)
    if wanted != heard:
        problems.append(f"never answered: {dict(wanted - heard)}; answered too often: {dict(heard - wanted)}")
    for person, texts in said.items():
        if texts != [text for who, text in done if who == person]:
            problems.append(f"in the dialog with {person} the answers came as {texts}")
    once = sum(heard[text] == 1 for text in wanted)
    figures = (
        f"bot on {loop}: seed {seed}, {kills} kills ({at_work} amid unanswered), {messages} messages and {presses} "
        f"presses of {people} people, {once} of {len(wanted)} answered exactly once; {requests} requests, {struck} of "
        f"them struck by a fault; {time.monotonic() - began:.0f} s"
    )
    return Outcome(figures, problems)


def crash_consumer(*, kills, events, dialogs, seed, loop="asyncio", faults=0.2, longest=5.0):
    """A consumer of `im.events`: each event handled at least once, in order in its dialog, none confirmed before."""
    random, began = Random(seed), time.monotonic()
    stage = Stage(seed=seed, rate=50, burst=50)
    ann = stage.add_user("Ann")
    chats = [stage.add_chat(f"Chat {number}", members=[ann]) for number in range(dialogs)]
    queue = stage.feed.queue(stage.user_id)
    done: list[tuple[int, str, str]] = []

    async def subscribe(webhook):
        async with BitrixIM(webhook) as im, im.events():
            pass

    def act(number, chat):
        stage.post(chat, str(number), author_id=ann)
        done.append((queue.events[-1].id, chat, str(number)))

    with tempfile.TemporaryDirectory() as folder, stage.serving() as webhook:
        anyio.run(subscribe, webhook)
        stage.faults.share(faults, FAULTS, seed=seed)
        record = Path(folder) / consumer_program.RECORD

        def handled():
            if not record.exists():
                return []
            rows = [line.split("\t") for line in record.read_text("utf-8").splitlines()]
            return [(int(number), chat, text) for number, chat, text in rows]

        def unhandled():
            return len({number for number, _, _ in done} - {number for number, _, _ in handled()})

        def confirmed_unhandled():
            confirmed = {number for number, _, _ in done} - {event.id for event in queue.events}
            early = confirmed - {number for number, _, _ in handled()}
            return f"confirmed before they were handled: {sorted(early)}" if early else None

        before = stage.requests
        program = Program("tests.crash.consumer", webhook, folder, loop, stage)
        try:
            acts = [partial(act, number, random.choice(chats)) for number in range(events)]
            problems, at_work = live(
                program,
                stage,
                acts,
                random,
                kills=kills,
                longest=longest,
                unhandled=unhandled,
                look=confirmed_unhandled,
            )
            # The last one stays: it is confirmed by asking past it.
            if not wait_until(lambda: stage.do(lambda: not unhandled() and len(queue.events) <= 1)):
                problems.append(f"{len(queue.events)} events were not confirmed in time: {program.last_words()}")
        finally:
            program.end()
        problems += filter(None, [confirmed_unhandled()])
        heard = handled()
        requests, struck = stage.requests - before, sum(one.fault is not None for one in stage.log)
    if missing := set(done) - set(heard):
        problems.append(f"never handled: {sorted(missing)}")
    if foreign := set(heard) - set(done):
        problems.append(f"handled, and never written: {sorted(foreign)}")
    for chat in chats:
        firsts = list(dict.fromkeys(text for _, where, text in heard if where == chat))
        if firsts != [text for _, where, text in done if where == chat]:
            problems.append(f"in {chat} the events came as {firsts}")
    figures = (
        f"consumer on {loop}: seed {seed}, {kills} kills ({at_work} amid unhandled), {events} events of {dialogs} "
        f"dialogs, {len(set(heard))} handled, {len(heard) - len(set(heard))} again after a kill; {requests} requests, "
        f"{struck} of them struck by a fault; {time.monotonic() - began:.0f} s"
    )
    return Outcome(figures, problems)
