"""The environments of other clients: one for each, so that nothing of theirs is in ours, or in one another's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

PEERS = Path(__file__).with_name("peers.txt")
BUILD = Path(__file__).parent.parent / "build" / "peers"
_MARKER = 'python_version >= "'


class Missing(Exception):
    """This machine has no way to run a client; says what is missing."""


@attrs.frozen
class Peer:
    """A client as ``peers.txt`` names it."""

    name: str
    version: str
    minimum: tuple[int, ...] = (3, 9)
    """The oldest Python that it runs on."""

    @property
    def folder(self) -> Path:
        return BUILD / f"{self.name}-{self.version}"

    def python(self) -> str:
        """The interpreter of the client's environment, which is made if need be."""
        found = self.folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        done = self.folder / "installed"
        if not done.exists():
            subprocess.run([interpreter(self.minimum), "-m", "venv", "--clear", self.folder], check=True)
            pip = [found, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            if subprocess.run([*pip, f"{self.name}=={self.version}"], check=False).returncode:
                raise Missing(f"{self.name} {self.version} could not be installed")
            done.touch()
        return str(found)


def peers() -> dict[str, Peer]:
    """The clients by name."""
    lines = (line.partition("#")[0].strip() for line in PEERS.read_text("utf-8").splitlines())
    return {peer.name: peer for peer in map(_parse, filter(None, lines))}


def _parse(line: str) -> Peer:
    requirement, _, marker = line.partition(";")
    name, _, version = requirement.strip().partition("==")
    if not marker:
        return Peer(name, version)
    said = marker.strip().removeprefix(_MARKER).rstrip('"')
    return Peer(name, version, tuple(int(part) for part in said.split(".")))


def interpreter(minimum: tuple[int, ...]) -> str:
    """A Python of this machine that is new enough: our own, one on the PATH, or one that pyenv has."""
    for candidate in _candidates():
        # A version manager leaves shims that answer to a name without having the version: each must really run.
        code = f"import ssl, sys; sys.exit(sys.version_info < {minimum})"
        if subprocess.run([candidate, "-c", code], capture_output=True, check=False).returncode == 0:
            return candidate
    raise Missing(f"no Python {'.'.join(map(str, minimum))} or newer on this machine")


def _candidates() -> Iterator[str]:
    yield sys.executable
    names = [f"python3.{minor}" for minor in (12, 13, 14)]
    yield from filter(None, map(shutil.which, names))
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for name in names:
        for home in sorted(root.glob(f"versions/{name.removeprefix('python')}*")):
            yield str(home / "bin" / "python")
