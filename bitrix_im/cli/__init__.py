"""The ``bitrix-im`` command: a portal's dialogs, chats and messages in a terminal, a pipe or a file.

Exit codes: 0 done, or all well; 2 it could not be done, and one line on stderr says why; 3 done in part (`export`
names the dialogs that failed), or the doctor found something; 130 stopped by Ctrl-C; 141 whoever read the output has
gone.

What can be typed stands in ``typed/``, which imports nothing heavy, so that help and completion come at once; what is
done about it stands in the modules beside.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .problems import Problem

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with *argv* (the process's own arguments by default) and return its exit code."""
    code = 130
    try:
        code = _main(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:  # while the command was still being read in, or its last line written
        _last_line("bitrix-im: stopped by Ctrl-C")
    finally:
        if argv is None:
            _end_quietly()
    return code


def _main(words: Sequence[str]) -> int:
    from . import problems, streams, texts

    streams.open_all()
    problem = _try(words)
    if problem is None:
        return 0
    if str(problem):
        secrets = problems.Secrets(words, os.environ.get("BITRIX_IM_WEBHOOK", ""))
        streams.tell(f"bitrix-im: {texts.clean(secrets.hide(str(problem)))}")
    return problem.code


def _try(words: Sequence[str]) -> Problem | None:
    from . import problems, streams

    try:
        from .typed.app import run

        run(words)
        streams.write("")
    except streams.Unwritable as error:
        streams.let_go(sys.stdout)
        return problems.of(error)
    except KeyboardInterrupt:
        return problems.Problem("stopped by Ctrl-C", 130)
    except Exception as error:  # noqa: BLE001 - whatever it is, people get a line, and no secret in a traceback
        return problems.of(error)
    return None


def _last_line(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


def _end_quietly() -> None:
    """Ignore a Ctrl-C that comes while the interpreter ends: everything is said by now."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
