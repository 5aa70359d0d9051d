"""``export``: its totals, its progress, and what becomes of dialogs that fail."""

import json
import re
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

from bitrix_im.cli import exporting, main
from bitrix_im.export import ExportReport, Progress
from bitrix_im.testing import Portal

from . import COMMAND, SECRET, WEBHOOK, told


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def doing(monkeypatch):
    """Let the export itself be anything."""

    def replace(outcome):
        async def export(im, target, *, progress, **options):
            progress(Progress(dialogs=1, dialogs_total=4, messages=120))
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(exporting, "export", export)
        return ["export", "acme.sqlite", "--webhook", WEBHOOK]

    return replace


def test_an_export_is_told_in_a_line_and_goes_on(webhook, portal, place, capsys):
    assert main(["export", "acme.sqlite"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    told = r"[\d,]+ dialogs, [\d,]+ messages, \d+ users, \d+ files?, \d+ requests written to acme.sqlite in [\d.]+ s\n"
    assert re.fullmatch(told, err)
    connection = sqlite3.connect("acme.sqlite")
    stored = {row[0] for row in connection.execute("SELECT id FROM messages WHERE dialog_id = ?", [portal.showcase])}
    connection.close()
    assert stored == set(portal.visible_messages(portal.showcase))
    assert main(["export", "acme.sqlite", "--json"]) == 0
    totals = json.loads(capsys.readouterr().out)
    assert (totals["target"], totals["messages"], totals["failed"]) == ("acme.sqlite", 0, {})
    assert set(totals) == {
        "target",
        "dialogs",
        "messages",
        "users",
        "files",
        "requests",
        "elapsed",
        "failed",
        "mismatched",
        "dry_run",
    }


def test_what_is_asked_for_reaches_the_export(webhook, portal, place, capsys):
    words = ["export", "acme.sqlite", "--dialog", portal.showcase, "--since", "2020-01-01", "--recheck", "7d", "--full"]
    assert main([*words, "--kind", "chat", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["messages"] == len(portal.visible_messages(portal.showcase))
    connection = sqlite3.connect("acme.sqlite")
    (options,) = connection.execute("SELECT options FROM runs").fetchone()
    connection.close()
    assert {"dialogs", "kinds", "since", "recheck"} <= set(json.loads(options))


def test_a_dry_run_writes_nothing(webhook, portal, place, capsys):
    assert main(["export", "acme.duckdb", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(
        r"there are about [\d,]+ dialogs, [\d,]+ messages to read by \d+ requests?, in .* or more\n", err
    )
    assert (out, list(place.glob("acme*"))) == ("", [])


def test_the_bytes_of_files_come_on_request(webhook, portal, place, capsys):
    assert main(["export", "acme.sqlite", "--files"]) == 0
    connection = sqlite3.connect("acme.sqlite")
    hashes = {row[0] for row in connection.execute("SELECT sha256 FROM files WHERE sha256 IS NOT NULL")}
    connection.close()
    assert hashes
    assert {path.name for path in (place / "acme.sqlite.files").rglob("*") if path.is_file()} == hashes


def test_counts_that_differ_are_a_note_and_no_failure(doing, place, capsys):
    assert main(doing(ExportReport(dialogs=9, mismatched={f"chat{n}": (n, 1_000 + n) for n in range(1, 8)}))) == 0
    note = capsys.readouterr().err.splitlines()[-1]
    assert note.startswith("bitrix-im: note: stored of what the portal counts: chat1 1 of 1,001, chat2 2 of 1,002, ")
    assert "chat5 5 of 1,005 and 2 more; " in note


def test_dialogs_that_fail_are_named_and_the_exit_code_is_3(doing, place, capsys):
    words = doing(
        ExportReport(dialogs=3, messages=120, failed={"chat7": "ACCESS_ERROR: no\x1b[2J access", "chat9": "gone"})
    )
    assert main([*words, "--json"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["failed"].keys() == {"chat7", "chat9"}
    assert err.splitlines() == [
        "bitrix-im: chat7: ACCESS_ERROR: no[2J access",
        "bitrix-im: chat9: gone",
        "bitrix-im: 2 dialogs failed, all others are exported: run it again",
    ]


def test_ctrl_c_says_that_it_goes_on(doing, place, capsys):
    assert main(doing(KeyboardInterrupt())) == 130
    assert told(capsys) == "bitrix-im: stopped by Ctrl-C after 120 messages; the same command goes on from there\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["export"], "missing argument 'TARGET'"),
        (["export", "acme.xyz", "--webhook", WEBHOOK], "expected a target like"),
        (["export", "acme.sqlite", "--recheck", "soon"], "expected a time like 7d, 36h, 90m or 2w, got 'soon'"),
        (["export", "acme.sqlite", "--recheck", "0d"], "expected a time like"),
        (["export", "acme.sqlite", "--since", "soon"], "expected a date like"),
        (["export", "missing/acme.sqlite", "--webhook", WEBHOOK], "missing"),
    ],
)
def test_what_cannot_be_exported_is_one_line(words, text, place, capsys):
    assert main(words) == 2
    assert text in told(capsys)


def test_a_target_of_something_else_is_left_alone(webhook, place, capsys):
    (place / "acme.sqlite").write_text("milk and honey, and a text that is long enough to be no database " * 20)
    assert main(["export", "acme.sqlite"]) == 2
    assert "acme.sqlite" in told(capsys)
    assert (place / "acme.sqlite").read_text().startswith("milk")


FAR = Progress(
    dialogs=1234, dialogs_total=2000, messages=61_700, files=3, requests=45, elapsed=20, rate=3085, waiting=12, left=130
)


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (39, "1,234/2,000 dialogs  ━━━━━━━╌╌╌╌╌"),
        (79, "1,234/2,000 dialogs  ━━━━━━━╌╌╌╌╌  2 min left  61,700 messages  45 requests"),
        (109, "1,234/2,000 dialogs  ━━━━━━━╌╌╌╌╌  2 min left  61,700 messages  45 requests  3,085/s  3 files"),
        (139, "1,234/2,000 dialogs  ━━━━━━━╌╌╌╌╌  2 min left  61,700 messages  45 requests  3,085/s  3 files"
              "  waited 12 s for limits"),
    ],
)  # fmt: skip
def test_a_terminal_shows_what_has_room(width, line):
    shown = exporting.progress_line(FAR, width, bar=True)
    assert shown == line
    assert len(shown) <= width


def test_without_a_terminal_the_line_is_plain():
    assert exporting.progress_line(FAR, 200, bar=False) == (
        "1,234/2,000 dialogs, 2 min left, 61,700 messages, 45 requests, 3,085/s, 3 files, waited 12 s for limits"
    )
    assert exporting.progress_line(Progress(), 200, bar=False) == "0 dialogs, 0 messages, 0 requests, 0/s"


@pytest.mark.parametrize(("seconds", "text"), [(1.234, "1.2 s"), (75, "75 s"), (600, "10 min"), (4800, "1 h 20 min")])
def test_times_are_short(seconds, text):
    assert exporting.lasting(seconds) == text


@pytest.mark.slow
def test_a_real_ctrl_c_stops_an_export_that_then_goes_on(place, monkeypatch, capsys):
    """Also while it waits for the portal's limits: there are more calls than the bucket lets through at once."""
    portal = Portal(seed=3, secret=SECRET, burst=3).populate(dialogs=400, messages=2000)
    with portal.serving() as webhook:
        monkeypatch.setenv("BITRIX_IM_WEBHOOK", webhook)
        running = subprocess.Popen([*COMMAND, "export", "acme.sqlite"], stderr=subprocess.PIPE, text=True)
        watchdog = threading.Timer(60, running.kill)
        watchdog.start()
        try:
            while portal.requests < 5:
                time.sleep(0.02)
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=30)
        finally:
            watchdog.cancel()
            running.kill()
        assert running.returncode == 130
        assert re.fullmatch(r"bitrix-im: stopped by Ctrl-C after [\d,]+ messages?; the same command goes on .*\n", err)
        portal.limited = False
        assert main(["export", "acme.sqlite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["failed"] == {}
    connection = sqlite3.connect("acme.sqlite")
    (stored,) = connection.execute("SELECT count(*) FROM messages WHERE dialog_id = ?", [portal.showcase]).fetchone()
    connection.close()
    assert stored == len(portal.visible_messages(portal.showcase))
