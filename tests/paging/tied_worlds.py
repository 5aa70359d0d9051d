"""Random worlds in which hundreds of dialogs share a second: every walk gives all of them, or raises.

``python -m tests.paging.tied_worlds --worlds 1000`` plays a thousand, from ``--seed`` on; a world that loses a dialog
is named by its seed, and played again by ``--seed N --worlds 1``. `test_tied_worlds` plays a few. A walk that raises
`WalkStalled` is counted as such.
"""

import argparse
import sys
from collections import Counter
from datetime import timedelta
from random import Random

import attrs

from bitrix_im import Limits, WalkStalled
from bitrix_im.testing import Portal

from ..helpers import connected, ids, server_now
from ..virtual_time import run

_RESTS_AFTER = 60  # commands: a portal that never rests could be followed for ever


@attrs.frozen
class Outcome:
    """What became of one world's walk."""

    what: str
    ties: int
    """How many dialogs shared the most crowded second."""
    lost: list[str]
    doubled: list[str]
    stalled: bool

    @property
    def verdict(self):
        return "lost" if self.lost else "doubled" if self.doubled else "stalled" if self.stalled else "whole"

    @property
    def is_good(self):
        return self.verdict in ("whole", "stalled")


class World:
    """A portal after a few bulk imports, perhaps with others at work, and a walk over it; drawn from a seed."""

    def __init__(self, seed, *, most=400):
        self._random = random = Random(f"tied world {seed}")
        self.portal = portal = Portal(seed, limited=False)
        self._commands, self.hidden = 0, set()
        moment = server_now(portal) - timedelta(days=20)
        seconds = Counter()
        dialogs = random.randint(most // 4, most)
        names = []
        while len(names) < dialogs:
            moment += timedelta(seconds=random.choice((1, 60, 5_000)))
            tied = min(random.choice((1, 2, 5, 60, 150, 198, 205, 320, most)), dialogs - len(names))
            seconds[moment] = tied
            names += [portal.add_chat(f"Chat {len(names) + number}", date=moment) for number in range(tied)]
        self.ties = max(seconds.values())
        for name in random.sample(names, random.choice((0, 3, 20))):
            portal.pin(name)
        for name in random.sample(names, random.choice((0, 0, 8))):
            portal.double(name, random.randrange(dialogs))
        for _ in range(random.choice((0, 10, 70, 260))):
            portal.add_dropped_row(at=random.randrange(dialogs))
        for _ in range(random.choice((0, 0, 3))):
            portal.add_queue_line()
        self._moves = random.choice((0, 0, 1, 4))
        self.by_date = random.random() < 0.2
        self.legs = random.random() < 0.1
        self.options = {"page_size": random.choice((20, 50, 50, 199, 200))}
        if self.by_date:
            self.options["last_message_date"] = server_now(portal) + timedelta(days=1)
        self.before = portal.visible_dialogs()
        self.on = random.choice(("asyncio", "trio"))
        portal.before_command = self._move

    @property
    def what(self):
        by = "by date" if self.by_date else "by offset"
        pages = "a process a page" if self.legs else "one process"
        return f"{len(self.before)} dialogs, {self.ties} of one second, {self._moves} moves a page, {by}, {pages}"

    def _move(self, method, params):
        self._commands += 1
        if self._commands > _RESTS_AFTER:
            return
        random = self._random
        for _ in range(random.randint(0, self._moves)):
            shown = self.portal.visible_dialogs()
            match random.randrange(5):
                case 0 | 1:
                    self.portal.post(random.choice(shown), "up")
                case 2 | 3:
                    self.hidden.add(name := random.choice(shown))
                    self.portal.hide(name)
                case _:
                    self.portal.add_chat("new")

    async def _walk(self, found):
        async with connected(self.portal, limits=Limits.unlimited()) as im:
            pager = im.recent.list(**self.options)
            if not self.legs:
                async for dialog in pager:
                    found.append(dialog.dialog_id)
                return
            page = await anext(pager.pages())
            found += ids(page.items)
            while page.cursor is not None:
                page = await anext(im.recent.list(**self.options).resume(page.cursor).pages())
                found += ids(page.items)

    def play(self):
        found, stalled = [], False
        try:
            run(self._walk, found, on=self.on)
        except WalkStalled:
            stalled = True
        missing = [] if stalled else sorted(set(self.before) - set(found) - self.hidden)
        # Resuming is at-least-once; one walk gives each dialog once.
        doubled = [] if self.legs else [name for name, times in Counter(found).items() if times > 1]
        return Outcome(self.what, self.ties, missing, doubled, stalled)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.paging.tied_worlds", description=__doc__.partition("\n")[0])
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first world's")
    parser.add_argument("--most", type=int, default=400, help="dialogs in a world, at most")
    chosen = parser.parse_args()
    verdicts, crowded = Counter(), 0
    for seed in range(chosen.seed, chosen.seed + chosen.worlds):
        outcome = World(seed, most=chosen.most).play()
        verdicts[outcome.verdict] += 1
        crowded += outcome.ties >= 100
        if not outcome.is_good:
            sys.stdout.write(f"seed {seed} ({outcome.what}): {outcome.verdict} {outcome.lost or outcome.doubled}\n")
            sys.stdout.flush()
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    sys.stdout.write(f"{chosen.worlds} worlds, {crowded} with a hundred or more dialogs of one second: {told}\n")
    return 1 if verdicts["lost"] or verdicts["doubled"] else 0


if __name__ == "__main__":
    sys.exit(main())
