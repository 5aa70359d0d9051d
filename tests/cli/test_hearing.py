"""``events`` and ``watch``."""

import json
import os
import signal
import subprocess
import threading
import time

import pytest

from bitrix_im.cli import main
from bitrix_im.testing import Portal

from . import COMMAND, RICH, SECRET, told


@pytest.fixture
def place(monkeypatch):
    """A portal of its own, and a dialog where Ann is."""
    portal = Portal(seed=3, secret=SECRET, limited=False)
    dialog_id = portal.add_chat("Deliveries")
    portal.person("Ann").join(dialog_id)
    with portal.serving() as webhook:
        monkeypatch.setenv("BITRIX_IM_WEBHOOK", webhook)
        yield portal, dialog_id


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("command", ["events", "watch"])
def test_what_is_heard_is_printed_and_a_mark_goes_on_from_there(command, place, tmp_path, capsys):
    portal, dialog_id = place
    ann = portal.person("Ann")
    mark = tmp_path / "heard.mark"
    if command == "events":
        assert main(["call", "im.v2.Event.subscribe"]) == 0  # the portal keeps events from now on
    else:
        mark.write_text(f"{portal.visible_messages(dialog_id)[-1] if portal.visible_messages(dialog_id) else 1}\n")
    capsys.readouterr()
    ann.write(dialog_id, "One")
    ann.write(dialog_id, "Two")
    assert main([command, "--limit", "1", "--mark", str(mark), "--json"]) == 0
    (event,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert event["data"]["message"]["text"] == "One"
    assert main([command, "--limit", "1", "--mark", str(mark)]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["DATE", "EVENT", "DIALOG", "WHO", "TEXT"]
    assert row.split()[2:] == ["MessageAdded", dialog_id, "Ann", "Two"]


def test_watch_hears_only_the_dialogs_that_are_named(place, tmp_path, capsys):
    portal, dialog_id = place
    other = portal.add_chat("Elsewhere")
    mark = tmp_path / "heard.mark"
    mark.write_text("1\n")
    portal.person("Ann").join(other)
    portal.person("Ann").write(other, "Not here")
    portal.person("Ann").write(dialog_id, "Here")
    assert main(["watch", dialog_id, "--limit", "1", "--mark", str(mark), "--json"]) == 0
    assert "Not here" not in capsys.readouterr().out


@pytest.mark.parametrize("command", ["events", "watch"])
def test_a_mark_that_is_none_is_refused(command, place, tmp_path, capsys):
    mark = tmp_path / "shopping.txt"
    mark.write_text("milk")
    assert main([command, "--mark", str(mark)]) == 2
    assert f"expected a mark (one whole number) in {mark}" in told(capsys)
    assert mark.read_text() == "milk"
    assert main([command, "--mark", str(tmp_path / "nowhere" / "mark")]) == 2
    assert "nowhere" in told(capsys)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["events", "watch"])
def test_a_reader_that_leaves_ends_it(command, place):
    portal, dialog_id = place
    assert main(["call", "im.v2.Event.subscribe"]) == 0
    plain = {name: value for name, value in os.environ.items() if name not in RICH}
    running = subprocess.Popen(
        [*COMMAND, command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=plain
    )
    running.stdout.close()
    watchdog = threading.Timer(60, running.kill)
    watchdog.start()
    try:
        while running.poll() is None:
            portal.person("Ann").write(dialog_id, "Is anybody there?")
            time.sleep(0.2)
        err = running.stderr.read()
    finally:
        watchdog.cancel()
        running.stderr.close()
    assert (running.returncode, err) == (141, "")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["events", "watch"])
def test_ctrl_c_ends_it_and_keeps_the_mark(command, place, tmp_path):
    portal, dialog_id = place
    mark = tmp_path / "heard.mark"
    mark.write_text("1\n")
    if command == "events":
        assert main(["call", "im.v2.Event.subscribe"]) == 0
        mark.unlink()
    portal.person("Ann").write(dialog_id, "One")
    plain = {name: value for name, value in os.environ.items() if name not in RICH}
    running = subprocess.Popen(
        [*COMMAND, command, "--json", "--mark", str(mark)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=plain,
    )  # fmt: skip
    watchdog = threading.Timer(60, running.kill)
    watchdog.start()
    try:
        assert "One" in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    finally:
        watchdog.cancel()
        running.kill()
    noun = "event" if command == "events" else "message"
    assert (running.returncode, out, err) == (130, "", f"bitrix-im: stopped by Ctrl-C after 1 {noun}\n")
