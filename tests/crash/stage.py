"""A portal on loopback with people in it, and a program that is killed and started again."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bitrix_im.testing import Fault, Portal

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0  # seconds until what should have happened is missing
FAULTS = [
    Fault.CONNECT_ERROR,
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.RESET_MIDWAY,
    Fault.HTML_502_AFTER,
    Fault.INTERNAL_500,
    Fault.QUERY_LIMIT,
    Fault.TRUNCATED,
    Fault.EMPTY_BODY,
]


class Stage(Portal):
    """A portal whose world is changed, and looked at, in the thread that serves it."""

    loop: asyncio.AbstractEventLoop

    async def __call__(self, scope, receive, send):
        self.loop = asyncio.get_running_loop()
        await super().__call__(scope, receive, send)

    def do(self, act):
        """Let *act* run between two steps of the server, and give what it gives. A request must have come before."""

        async def run():
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(PATIENCE)


class Program:
    """A Python program that is started, killed, and started again."""

    def __init__(self, module, webhook, folder, loop, stage):
        self.command = [sys.executable, "-m", module, webhook, str(folder), loop]
        self.said = Path(folder) / "stderr"
        self.stage = stage
        self.process = None

    def start(self):
        self.requests = self.stage.requests
        with self.said.open("ab") as file:
            self.process = subprocess.Popen(
                self.command, stdout=file, stderr=file, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
            )

    def has_asked(self):
        """Whether the portal heard from it in this life."""
        return self.stage.requests > self.requests

    def end(self, how=signal.SIGKILL):
        """Send a signal, wait until it is dead, and give its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def last_words(self):
        return self.said.read_text("utf-8", "replace")[-3000:]


def wait_until(is_so, patience=PATIENCE):
    """Look again and again; False where it did not become so in time."""
    until = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def live(program, stage, acts, random, *, kills, longest, unhandled, look=lambda: None):
    """Let people do *acts* while *program* lives ``kills + 1`` lives. Gives problems, and kills that hit it at work.

    A life ends at a random moment within *longest* seconds from its first request. Some of a life's acts are done
    before it is up, the others at random moments until its end. *look* is called after each death.
    """
    problems, at_work = [], 0
    for life in range(kills + 1):
        share = acts[life * len(acts) // (kills + 1) : (life + 1) * len(acts) // (kills + 1)]
        early = random.randrange(len(share) // 2 + 1)
        for act in share[:early]:
            stage.do(act)
        program.start()
        if not wait_until(program.has_asked):
            return [
                *problems,
                f"life {life} asked for nothing within {PATIENCE:.0f} s: {program.last_words()}",
            ], at_work
        length, born = random.uniform(0, longest), time.monotonic()
        for moment, act in zip(sorted(random.uniform(0, length) for _ in share[early:]), share[early:], strict=True):
            time.sleep(max(0.0, born + moment - time.monotonic()))
            stage.do(act)
        if life == kills:
            break
        time.sleep(max(0.0, born + length - time.monotonic()))
        at_work += stage.do(unhandled) > 0
        code = program.end()
        if code != -signal.SIGKILL:
            problems.append(f"life {life} ended by itself with {code}: {program.last_words()}")
        problems += filter(None, [stage.do(look)])
    return problems, at_work
