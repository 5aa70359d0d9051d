"""The clients: where their programs are, what they can do, and where they differ from what the portal does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import attrs

from benchmarks.environments import BUILD, Missing, peers

PROGRAMS = Path(__file__).parent / "programs"
JAVASCRIPT = "@bitrix24/b24jssdk"
JAVASCRIPT_VERSION = "2.2.0"
_EVERYTHING = ("call", "error", "send", "find", "batch", "limits", "refresh")


@attrs.frozen
class Library:
    """A client of somebody else's."""

    name: str
    version: str
    script: Path
    checks: tuple[str, ...]
    """What it can do, by its own documentation."""
    differs: dict[str, str] = attrs.Factory(dict)
    """What it does otherwise than Bitrix24's documentation has it: by check. These must differ, and the others hold."""
    batch: int = 70
    """Commands to batch: more than the portal takes at once, where the client parts them."""
    tunnelled: frozenset[str] = frozenset()
    """Checks in which it calls hosts that it knows by heart."""

    def interpreter(self) -> str:
        """What runs its program; raises `Missing` where this machine cannot."""
        return peers()[self.name].python()

    def program(self) -> Path:
        """The program, where its interpreter finds the library."""
        return self.script


@attrs.frozen
class JavaScriptLibrary(Library):
    """One from npm."""

    def interpreter(self) -> str:
        """Node, once the library is installed."""
        if shutil.which("node") is None or shutil.which("npm") is None:
            raise Missing("no node on this machine")
        folder = self._folder()
        done = folder / "installed"
        if not done.exists():
            folder.mkdir(parents=True, exist_ok=True)
            npm = ["npm", "install", "--silent", "--no-package-lock", "--prefix", folder, f"{self.name}@{self.version}"]
            if subprocess.run(npm, check=False).returncode:
                raise Missing(f"{self.name} {self.version} could not be installed")
            done.touch()
        return "node"

    def program(self) -> Path:
        """A copy beside node_modules: that is where node looks for what a module imports."""
        return Path(shutil.copy(self.script, self._folder()))

    def _folder(self) -> Path:
        return BUILD / f"b24jssdk-{self.version}"


def libraries() -> list[Library]:
    """All of them."""
    versions = {name: peer.version for name, peer in peers().items()}

    def library(name: str, *checks: str, **more: Any) -> Library:
        script = PROGRAMS / f"via_{name.replace('-', '_')}.py"
        return Library(name, versions[name], script, checks, **more)

    return [
        library("b24pysdk", *_EVERYTHING, tunnelled=frozenset({"refresh"})),
        library("fast-bitrix24", *_EVERYTHING),
        library("b24api", "call", "error", "send", "find", "history", "batch", "limits"),
        library(
            "bitrix24-rest",
            *("call", "error", "send", "find", "batch", "limits"),
            batch=50,
            differs={
                "send": "writes values into the query string as they are, so a text ends at its first &",
                "limits": "waits only where QUERY_LIMIT_EXCEEDED comes with HTTP 200; by the documentation it is 503",
            },
        ),
        JavaScriptLibrary(JAVASCRIPT, JAVASCRIPT_VERSION, PROGRAMS / "via_b24jssdk.mjs", _EVERYTHING),
    ]
