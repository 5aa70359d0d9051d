"""The ``bitrix-im`` command: a portal's dialogs, chats and messages in a terminal or a pipe.

Exit codes: 0 all listed, or all well; 2 it could not be done, and one line on stderr says why; 3 `doctor` found
something; 130 stopped by Ctrl-C; 141 whoever
read the output has gone.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from . import commands, output, problems
from .arguments import parser
from .problems import Problem, Secrets

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with *argv* (the process's own arguments by default) and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    problem = _try(words)
    if problem is None:
        return 0
    if str(problem):
        secrets = Secrets(words, os.environ.get(commands.VARIABLE, ""))
        line = f"bitrix-im: {output.clean(secrets.hide(str(problem)))}\n"
        with contextlib.suppress(output.Unwritable):
            output.write(line, to=sys.stderr)
    return problem.code


def _try(words: Sequence[str]) -> Problem | None:
    try:
        try:
            commands.run(parser().parse_args(words))
        except SystemExit:  # how argparse ends --help and --version
            output.write("")
    except output.Unwritable as error:
        output.let_go()
        return Problem("", 141) if error.is_broken_pipe else Problem(f"cannot write the output: {error}")
    except KeyboardInterrupt:
        return Problem("stopped by Ctrl-C", 130)
    except Exception as error:  # noqa: BLE001 - whatever it is, people get a line, and no secret in a traceback
        return problems.of(error)
    return None
