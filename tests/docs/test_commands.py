"""Every command line of docs/command-line.md runs as printed, and every command has one."""

import contextlib
import os
import re
import shlex
import subprocess
import sys
import threading

import pytest

from bitrix_im.cli import main
from bitrix_im.cli.typed.app import app
from bitrix_im.testing import Portal

from . import snippets

PAGE = snippets.ROOT / "docs" / "command-line.md"
LINES = [
    re.sub(r"\s+# .*", "", line)
    for block in snippets.blocks(PAGE)
    if block.language == "sh"
    for line in block.code.splitlines()
]


@pytest.fixture(scope="module")
def portal():
    portal = Portal(seed=1, user_id=1, secret="SECRET", limited=False)
    while (name := portal.add_chat("Project")) != "chat1489":
        assert int(name[4:]) < 1489
    portal.add_history("chat1489", 130, unread=12)
    portal.person("Ann").join("chat1489")
    return portal


@pytest.fixture(scope="module")
def place(portal, tmp_path_factory):
    """A folder with the reader's webhook, and a portal where Ann goes on writing."""
    folder = tmp_path_factory.mktemp("reader")
    stop = threading.Event()

    def writes():
        while not stop.wait(0.5):
            portal.person("Ann").write("chat1489", "Is it ready?")

    with portal.serving() as webhook, contextlib.ExitStack() as stack:
        (folder / "webhook.txt").write_text(f"{webhook}\n")
        writer = threading.Thread(target=writes)
        writer.start()
        stack.callback(writer.join)
        stack.callback(stop.set)
        yield folder


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_a_line_runs_as_printed(line, place, monkeypatch, capfd):
    monkeypatch.chdir(place)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place))
    monkeypatch.setenv("BITRIX_IM_WEBHOOK", (place / "webhook.txt").read_text())
    if re.search(r"[|<>]", line):
        shell = f'bitrix-im() {{ {shlex.quote(sys.executable)} -m bitrix_im "$@"; }}; set -o pipefail; {line}'
        environment = {**os.environ, "PYTHONPATH": str(snippets.ROOT)}
        assert subprocess.run(["bash", "-c", shell], env=environment, timeout=60, check=False).returncode == 0
    else:
        command, *words = shlex.split(line)
        assert (command, main(words)) == ("bitrix-im", 0)
    assert "Traceback" not in capfd.readouterr().err


def test_every_command_has_a_line():
    commands = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    shown = {found[1] for line in LINES if (found := re.search(r"bitrix-im (\w+)", line))}
    assert commands - shown == {"portal"}, "that one only ends by Ctrl-C; it is tested with the portal it serves"


def test_every_exit_code_is_told():
    from bitrix_im import cli

    told = set(re.findall(r"\b(\d+) (?:all|it|done|stopped|whoever)", cli.__doc__ or ""))
    assert told | {"0"} == set(re.findall(r"^\| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE))
