"""The environment of the peers: theirs alone, so that nothing of theirs is in ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).with_name("peers.txt")


def requirements() -> list[str]:
    """The lines of peers.txt that require something."""
    lines = (line.partition("#")[0].strip() for line in PEERS.read_text("utf-8").splitlines())
    return [line for line in lines if line]


def versions() -> str:
    """What is compared with, in words."""
    return ", ".join(line.partition(";")[0].strip().replace("==", " ") for line in requirements())


def python(folder: Path) -> str:
    """The interpreter of an environment in *folder* with the peers, made if need be.

    They are installed one by one: one that cannot be is reported by its own runs, and the others are compared.
    """
    found = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done = folder / "peers.txt"
    if not (done.exists() and done.read_text("utf-8") == PEERS.read_text("utf-8")):
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [found, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        failed = [line for line in requirements() if subprocess.run([*pip, line], check=False).returncode]
        if failed:
            print(f"could not be installed: {', '.join(failed)}", file=sys.stderr)
        else:
            done.write_text(PEERS.read_text("utf-8"), "utf-8")
    return str(found)
