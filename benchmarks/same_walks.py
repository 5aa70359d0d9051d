"""Do two checkouts walk alike? The same random walks over moving portals: the same requests, the same pages.

``python -m benchmarks.same_walks OTHER_CHECKOUT`` plays each walk in a process per checkout and compares what was
asked and what came. The portal is this checkout's in both, so that a difference is the client's. For a change that
should change nothing: a walk that differs is shown with its seed, up to its first difference.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import anyio
import attrs

HERE = Path(__file__).resolve().parent.parent
KINDS = ("recent", "recent", "recent", "by date", "by date", "search", "down", "down", "up", "up")
_LEGS = 120  # a walk that is resumed page by page over a list that moves may begin a page anew each time
_MOVES = 60  # a portal that never rests could be followed for ever


@attrs.frozen
class Transcript:
    """One walk: what it is, its requests with their commands, its pages, and the error that ended it."""

    what: str
    requests: list[list[str]]
    pages: list[Any]
    error: str | None = None

    @property
    def lines(self) -> list[str]:
        return [
            *(f"request: {'; '.join(commands)}" for commands in self.requests),
            *(f"page: {page}" for page in self.pages),
            f"error: {self.error}",
        ]


@attrs.define
class Clock:
    """The portal's seconds: they pass from command to command, alike on every machine."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def the_portal() -> ModuleType:
    """This checkout's embedded portal, whichever checkout's client is imported."""
    folder = HERE / "bitrix_im" / "testing"
    spec = importlib.util.spec_from_file_location(
        "the_portal", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Stage:
    """A portal that moves, and the walk to make over it, drawn from a seed."""

    def __init__(self, seed: int, testing: ModuleType) -> None:
        self.random = random = Random(f"walk {seed}")
        self.kind = random.choice(KINDS)
        self.clock = Clock()
        quirks = testing.Quirks(
            shuffle_ties=random.random() < 0.3, first_id_order=random.choice(("ascending", "unordered", "holes"))
        )
        self.portal = testing.Portal(seed=seed, limited=False, quirks=quirks, clock=self.clock)
        self.requests: list[list[str]] = []
        self._asked = 0
        self._lively = random.choice((0.0, 0.0, 0.2, 0.6))
        self._moves = 0
        self.portal.before_command = self._command
        self._build()
        self.limit = random.choice((None, None, None, 1, 7, 40, 150))
        self.pages_a_leg = random.choice((None, None, 1, 2, 5))
        self.what = f"{self.kind} {self.options} limit {self.limit}, {self.pages_a_leg or 'all'} pages a leg"

    def _build(self) -> None:
        random, portal = self.random, self.portal
        now = datetime.fromtimestamp(portal.clock.seconds(), UTC)
        size: dict[str, Any] = {}
        if self.kind in ("recent", "by date"):
            dialogs = random.choice((0, 3, 20, 60, 150, 450))
            tied = random.choice((1, 1, 3, 10, 40))
            gap = random.choice((0.01, 5, 3600))
            names = [
                portal.add_chat(f"Chat {number}", date=now - timedelta(seconds=1 + gap * (number // tied)))
                for number in range(dialogs)
            ]
            for name in random.sample(names, min(dialogs, random.choice((0, 0, 3, 12)))):
                portal.pin(name)
            for name in random.sample(names, min(dialogs, random.choice((0, 0, 8)))):
                portal.double(name, random.randrange(dialogs))
            for _ in range(random.choice((0, 0, 10, 70, 260)) if dialogs else 0):
                portal.add_dropped_row(random.randrange(dialogs))
            for _ in range(random.choice((0, 0, 3))):
                portal.add_queue_line()
            size = {"page_size": random.choice((1, 4, 7, 20, 50, 199, 200)), "catch_up": random.random() < 0.8}
            if dialogs > 100 and size["page_size"] < 20:
                size["page_size"] = 50
            if self.kind == "by date":
                size["last_message_date"] = now + timedelta(hours=random.choice((-30, -1, 0, 24)))
        elif self.kind == "search":
            for number in range(random.choice((0, 9, 60, 170))):
                portal.add_chat(f"Project {number}", recent=False)
            size = {"page_size": random.choice((3, 10, 49, 50))}
        else:
            self.dialog = portal.add_chat("Long")
            count = random.choice((0, 1, 49, 50, 51, 300, 1100, 4000))
            hidden = random.choice((0, 0, count // 3))
            ids = portal.add_history(
                self.dialog, count, unread=random.choice((0, (count - hidden) // 2)), hidden=hidden
            )
            middle = random.choice(ids) if ids and random.random() < 0.5 else None
            size = {"page_size": random.choice((7, 30, 50, 50, 50))} if count <= 300 else {}
            if self.kind == "up":
                size["after"] = middle or 0
            elif middle:
                size["before"] = middle
        self.options = size

    def _command(self, method: str, params: dict[Any, Any]) -> None:
        """Before every command the clock goes on, and other users may be at work."""
        if self.portal.requests != self._asked:
            self._asked = self.portal.requests
            self.requests.append([])
        self.requests[-1].append(f"{method}?{'&'.join(f'{name}={params[name]}' for name in sorted(params))}")
        random, portal = self.random, self.portal
        self.clock.seconds += random.choice((0.0, 0.1, 1.0))
        while self._moves < _MOVES and random.random() < self._lively:
            self._moves += 1
            shown = portal.visible_dialogs()
            match self.kind, random.randrange(4):
                case "recent" | "by date", 0 | 1 if shown:
                    portal.post(random.choice(shown), "up")
                case "recent" | "by date", 2 if len(shown) > 3:
                    portal.hide(random.choice(shown))
                case "search", 0 | 1 if found := portal.found_chats("Project"):
                    portal.leave(f"chat{random.choice(found)}")
                case "recent" | "by date" | "search", _:
                    portal.add_chat("Project new")
                case _:
                    portal.post(self.dialog, "new")

    def pager(self, im: Any) -> Any:
        match self.kind:
            case "recent" | "by date":
                return im.recent.list(**self.options)
            case "search":
                return im.search.chats("Project", **self.options)
            case _:
                return im.messages.history(self.dialog, **self.options)


async def play(seed: int, testing: ModuleType) -> Transcript:
    """Make one walk, in legs that each resume where the last one stopped."""
    from bitrix_im import BitrixError, BitrixIM, Limits

    stage = Stage(seed, testing)
    pages: list[Any] = []
    cursor, error, is_done = None, None, False
    async with stage.portal.http() as http:
        legs = 0
        while not is_done and legs < _LEGS:
            legs += 1
            im = BitrixIM(stage.portal.webhook, http=http, limits=Limits.unlimited())
            pager = stage.pager(im)
            if stage.limit is not None:
                pager = pager.limit(stage.limit)
            if cursor is not None:
                pager = pager.resume(cursor)
            leg, is_done = 0, True
            try:
                async for page in pager.pages():
                    keys = [getattr(item, "dialog_id", None) or item.id for item in page.items]
                    cursor = page.cursor
                    pages.append([keys, page.total, page.doubles, cursor is not None])
                    leg += 1
                    if leg == stage.pages_a_leg and cursor is not None:
                        is_done = False
                        break
            except BitrixError as raised:
                error = type(raised).__name__
    return Transcript(stage.what, stage.requests, pages, error)


def record(first: int, count: int) -> None:
    """The child's part: play the walks, print their transcripts."""
    testing = the_portal()
    for seed in range(first, first + count):
        sys.stdout.write(json.dumps(attrs.asdict(anyio.run(play, seed, testing))) + "\n")


def transcripts(checkout: Path, first: int, count: int) -> Iterator[Transcript]:
    """The walks of a checkout's client, made in a process of their own."""
    command = [sys.executable, "-P", str(Path(__file__).resolve()), str(checkout), "--record"]
    command += ["--seed", str(first), "--walks", str(count)]
    environ = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            yield Transcript(**json.loads(line))
    if child.returncode:
        raise SystemExit(f"the walks of {checkout} broke off: see above")


def difference(ours: Transcript, other: Transcript) -> str | None:
    """Where two walks part; None where they do not."""
    for number, (mine, theirs) in enumerate(zip([*ours.lines, ""], [*other.lines, ""], strict=False)):
        if mine != theirs:
            return f"line {number}:\n    here:  {mine[:600]}\n    there: {theirs[:600]}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_walks", description=__doc__.partition("\n")[0])
    parser.add_argument("other", type=Path, help="a checkout of another commit")
    parser.add_argument("--walks", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="the first walk's")
    parser.add_argument("--record", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.record:
        record(chosen.seed, chosen.walks)
        return 0
    if not (chosen.other / "bitrix_im" / "__init__.py").exists():
        parser.error(f"{chosen.other} is no checkout: it has no bitrix_im/__init__.py")
    same = requests = pages = 0
    both = (transcripts(root, chosen.seed, chosen.walks) for root in (HERE, chosen.other.resolve()))
    for number, (ours, other) in enumerate(zip(*both, strict=True)):
        requests, pages = requests + len(ours.requests), pages + len(ours.pages)
        if told := difference(ours, other):
            print(f"walk {chosen.seed + number} ({ours.what}) parts at {told}")
        else:
            same += 1
    print(f"{same} of {chosen.walks} walks are the same ({requests} requests, {pages} pages)")
    return 0 if same == chosen.walks else 1


if __name__ == "__main__":
    sys.exit(main())
