"""A portal in a process of its own, so that its work and its memory are not the client's.

The child (``python -m benchmarks.portal``) says where it is and what it knows as lines of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

ROOT = Path(__file__).parent.parent


@attrs.frozen
class Counts:
    """What a portal saw, and what was to be found on it."""

    requests: int
    commands: int
    refusals: int
    methods: dict[str, int]
    truth: dict[str, Any]


@attrs.frozen
class Served:
    url: str
    showcase: str
    """The dialog that has a history."""
    _process: subprocess.Popen[str]

    def counts(self) -> Counts:
        """Ask the portal what it saw so far."""
        return Counts(**_ask(self._process, "counts"))


@contextmanager
def serving(world: str, certificate: tuple[str, str] | None = None, **options: Any) -> Iterator[Served]:
    """Serve a portal of the named *world* meanwhile; https with the files of a *certificate* and its key."""
    command = [sys.executable, "-m", "benchmarks.portal"]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Served(**_ask(process, json.dumps([world, options, certificate])), process=process)
        finally:
            process.communicate()


def _ask(process: subprocess.Popen[str], line: str) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError("the portal's process ended: see what it wrote above")
    return json.loads(answer)


def main() -> None:
    from .worlds import WORLDS

    name, options, certificate = json.loads(sys.stdin.readline())
    world = WORLDS[name](**options)
    portal = world.portal
    with portal.serving(certificate=certificate and tuple(certificate)) as url:
        dialogs = list(world.truth())
        _say({"url": url, "showcase": portal.showcase or dialogs[0]})
        while sys.stdin.readline():
            methods: dict[str, int] = {}
            for entry in portal.log:
                methods[entry.method] = methods.get(entry.method, 0) + 1
            _say(
                {
                    "requests": portal.requests,
                    "commands": portal.commands,
                    "refusals": portal.refusals,
                    "methods": methods,
                    "truth": world.truth(),
                }
            )


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
