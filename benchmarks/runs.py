"""One job of one client, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs

HERE = Path(__file__).parent


class Failed(Exception):
    """The client did not get to the end; says why."""


@attrs.frozen
class Run:
    result: Any
    seconds: float
    peak: int
    """Bytes, the interpreter and all imports included."""


def run(
    script: Path,
    job: str,
    *,
    python: str = sys.executable,
    environ: dict[str, str] | None = None,
    patience: float = 120,
    **options: Any,
) -> Run:
    """Do *job* of the client *script*, in Python or JavaScript; *options* are the job's."""
    own = ["node", script] if script.suffix == ".mjs" else [python, "-P", HERE / "work.py", script]
    command = [*own, job, json.dumps(options)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
            cwd=HERE.parent,
            env={**os.environ, **(environ or {})},
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {patience:.0f} s") from None
    if done.returncode:
        raise Failed(_reason(done.stderr))
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def _reason(trace: str) -> str:
    """The last line of a traceback that names an error: what follows may be a hint."""
    lines = trace.strip().splitlines() or ["no reason given"]
    named = [line for line in lines if line[:1].isalpha() and "Error" in line.partition(":")[0]]
    return (named or lines)[-1]
