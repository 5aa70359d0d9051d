"""Standard streams that are closed or have nobody at the other end, Ctrl-C at odd moments, and what start-up costs."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bitrix_im.cli import main

from . import COMMAND, RICH, told

PROGRAM = shlex.join(COMMAND)


@pytest.fixture
def shell(webhook):
    """Run a line of shell in which $IM is the command."""
    plain = {name: value for name, value in os.environ.items() if name not in RICH}

    def run(line):
        return subprocess.run(
            ["bash", "-c", line], env={**plain, "IM": PROGRAM}, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def test_a_list_without_a_stdout_is_refused_before_anything_is_asked(shell, portal):
    before = portal.requests
    done = shell("$IM search Project >&-")
    assert (done.returncode, done.stderr) == (2, "bitrix-im: cannot write the output: stdout is closed\n")
    assert portal.requests == before


@pytest.mark.parametrize("closed", [pytest.param("2>&-", marks=pytest.mark.slow), "<&- 2>&-"])
def test_a_closed_stderr_or_stdin_changes_nothing(closed, shell):
    done = shell(f"$IM search Project --limit 3 --json {closed}")
    assert (done.returncode, done.stdout.count("\n")) == (0, 3)


def test_an_error_without_any_stream_still_has_its_exit_code(shell):
    assert shell("$IM nope >&- 2>&- <&-").returncode == 2
    assert shell("$IM --help >&- 2>&-").returncode == 0


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_error(shell):
    done = shell("$IM search Project | head -1; echo ${PIPESTATUS[0]}")
    assert done.stdout.splitlines()[0].startswith("DIALOG")
    assert done.stdout.splitlines()[1] in {"0", "141"}
    assert "Traceback" not in done.stderr
    assert shell("$IM search Project 2>&1 >/dev/null | true; echo ${PIPESTATUS[0]}").stdout == "0\n"
    assert shell("$IM --help | true; echo ${PIPESTATUS[0]}").stdout in {"0\n", "141\n"}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_one_line(shell):
    for line in ("$IM search Project >/dev/full", "$IM --help >/dev/full"):
        done = shell(line)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "cannot write the output" in done.stderr
    assert shell("$IM search Project 2>/dev/full >/dev/null").returncode == 0


@pytest.mark.slow
def test_ctrl_c_during_start_up_is_never_a_traceback(shell, webhook):
    """From the first milliseconds on; before, it is the interpreter that is interrupted."""
    program = (
        "import os, signal, sys; from bitrix_im.cli import main;"
        "signal.signal(signal.SIGVTALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT));"
        "signal.setitimer(signal.ITIMER_VIRTUAL, float(sys.argv.pop(1))); sys.exit(main())"
    )
    for delay in range(5, 400, 20):  # milliseconds of its own computing, however busy the machine is
        running = [sys.executable, "-c", program, str(delay / 1000), "recent"]
        done = subprocess.run(running, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode in {0, 130}, "Traceback" in done.stderr) == (True, False), (delay, done.stderr)


def test_help_and_completion_import_nothing_heavy():
    program = (
        "import sys; from bitrix_im.cli import main; main(['recent', '--help']);"
        "heavy = {'anyio', 'attrs', 'duckdb', 'httpx', 'matplotlib', 'pyarrow', 'rich'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_the_extra_every_command_says_what_to_type(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("bitrix_im.cli.typed")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    for words in ([], ["--help"], ["recent"], ["demo"]):
        assert main(words) == 2
        assert told(capsys) == "bitrix-im: this needs a few more packages: pip install 'bitrix-im[cli]'\n"


def test_a_shell_completes_commands_and_options():
    def complete(line):
        asked = {"_BITRIX_IM_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
        done = subprocess.run(
            COMMAND, env={**os.environ, **asked}, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stderr == ""
        return done.stdout.split()

    assert complete("bitrix-im hi") == ["history"]
    assert complete("bitrix-im recent --only-c") == ["--only-copilot", "--only-channel"]
