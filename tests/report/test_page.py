"""The page: it stands alone, shows no text of a message and no markup of anybody's, and says the target's numbers."""

import json
import os
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio
import duckdb
import pytest

from bitrix_im import BitrixIM
from bitrix_im.cli import main
from bitrix_im.export import export
from bitrix_im.report import NoExport, charts, report
from bitrix_im.testing import Portal

from ..cli import told

EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)> & "Ann" $x_1$ </td>\ud800'
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quick(request, monkeypatch):
    """Draw only where a test looks at the pictures: that takes a second of computing."""
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(charts, "_svg", lambda *_: "<svg></svg>")


@pytest.fixture
def drawn():
    """Pictures as they are."""


class Reader(HTMLParser):
    """What a browser makes of the page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.addresses, self.open = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in {"meta", "path", "use", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in {"meta", "path", "use", "rect"}:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in {"meta", "path", "use", "rect"}:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def portal():
    portal = Portal(seed=5, limited=False, epoch=START + timedelta(days=30))
    ann, bob = portal.person("Ann"), portal.person("Bob")
    for name in ("Deliveries", EVIL.replace("\ud800", "")):
        dialog_id = portal.add_chat(name)
        ann.join(dialog_id)
        bob.join(dialog_id)
        ann.write(dialog_id, "the text is a SECRET")
    return portal


@pytest.fixture(params=["acme.sqlite", "acme.duckdb", "parquet:acme", "jsonl:acme"])
def target(request, portal, tmp_path, monkeypatch):
    """An export of the portal, into each kind of target."""
    monkeypatch.chdir(tmp_path)

    async def fill():
        async with BitrixIM(portal.webhook, http=portal.http()) as im:
            await export(im, request.param)

    anyio.run(fill)
    return request.param


@pytest.fixture
def written(tmp_path):
    """A target of the tables that a report reads, with rows of our own."""

    def write(rows, dialogs=(), users=()):
        path = tmp_path / "acme.sqlite"
        connection = sqlite3.connect(path)
        connection.executescript(
            "CREATE TABLE _export(name TEXT, value TEXT); INSERT INTO _export VALUES ('portal', 'acme.bitrix24.com');"
            "CREATE TABLE dialogs(dialog_id TEXT, title TEXT); CREATE TABLE users(id INTEGER, name TEXT, bot BOOLEAN);"
            "CREATE TABLE messages"
            "(dialog_id TEXT, id INTEGER, author_id INTEGER, date TEXT, is_deleted BOOLEAN, text TEXT)"
        )
        connection.executemany("INSERT INTO dialogs VALUES (?, ?)", dialogs)
        connection.executemany("INSERT INTO users VALUES (?, ?, ?)", users)
        connection.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, 'SECRET')", rows)
        connection.commit()
        connection.close()
        return path

    return write


def test_every_kind_of_target_gives_the_same_page(target, portal, tmp_path):
    found = report(target, tmp_path / "report.html", zone=ZoneInfo("Europe/Moscow"), now=START)
    text = (tmp_path / "report.html").read_text("utf-8")
    seen = [portal.visible_messages(dialog_id) for dialog_id in portal.visible_dialogs()]
    assert (found.messages, found.dialogs) == (sum(map(len, seen)), len([ids for ids in seen if ids]))
    assert "Deliveries" in text
    assert "Ann" in text
    assert "SECRET" not in text
    assert "by the clocks of Europe/Moscow" in text


def test_the_page_stands_alone_and_people_s_markup_is_text(drawn, written, tmp_path):
    name = EVIL.replace("\ud800", "")
    rows = [
        ("chat1", number, 1 + number % 2, (START + timedelta(hours=number)).isoformat(), False) for number in range(50)
    ]
    path = written(rows, [("chat1", name)], [(1, name, False), (2, None, False)])
    report(path, tmp_path / "report.html", title=name)
    text = (tmp_path / "report.html").read_text("utf-8")
    page = Reader(text)
    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert all(address.startswith("#") for address in page.addresses)
    assert not re.search(r"url\((?!#)|@import|https?:", text)
    assert "SECRET" not in text
    shown = "".join(page.words)
    assert shown.count(name) == 4  # the title twice, the dialog, the person
    assert "user 2" in shown
    assert page.tags.count("svg") == 6
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert not re.search(r"#0[0-9]0[0-9]0[0-9]", text), "every colour of a picture is the page's"


def test_the_numbers_stand_on_the_page(written, tmp_path):
    minutes = [0, 10, 10 + 24 * 60, 10 + 24 * 60 + 30]
    rows = [
        ("chat1", place, 1 + place % 2, (START + timedelta(minutes=at)).isoformat(), False)
        for place, at in enumerate(minutes)
    ]
    deleted = ("chat1", 9, 1, (START + timedelta(days=3)).isoformat(), True)
    found = report(written([*rows, deleted], [("chat1", "Deliveries")], [(1, "Ann", False)]), tmp_path / "report.html")
    assert (found.messages, found.answers.median, found.answers.p90) == (4, 1800, 24 * 3600)
    words = re.sub(r"\s+", " ", " ".join(Reader((tmp_path / "report.html").read_text("utf-8")).words))
    for text in ("acme.bitrix24.com", "02 March 2026 to 03 March 2026", "4 messages", "30 min until an answer, median",
                 "1 d until 90% have an answer", "3 answers, half of them within 30 min"):  # fmt: skip
        assert text in words


def test_a_duckdb_file_is_read_too(written, tmp_path):
    rows = [
        ("chat1", number, 1 + number % 2, (START + timedelta(hours=number)).isoformat(), False) for number in range(9)
    ]
    expected = report(written(rows, [("chat1", "Deliveries")], [(1, "Ann", False)]), tmp_path / "one.html", now=START)
    with duckdb.connect(tmp_path / "acme.duckdb") as connection:
        connection.execute(
            "CREATE TABLE _export AS SELECT 'portal' AS name, 'acme.bitrix24.com' AS value;"
            "CREATE TABLE dialogs AS SELECT 'chat1' AS dialog_id, 'Deliveries' AS title;"
            "CREATE TABLE users AS SELECT 1 AS id, 'Ann' AS name, false AS bot;"
            "CREATE TABLE messages(dialog_id TEXT, id BIGINT, author_id BIGINT, date TIMESTAMPTZ, is_deleted BOOLEAN)"
        )
        connection.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", rows)
    assert report(tmp_path / "acme.duckdb", tmp_path / "two.html", now=START) == expected
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_an_empty_export_is_a_page_too(written, tmp_path):
    report(written([]), tmp_path / "report.html")
    assert "Nobody answered anybody" in (tmp_path / "report.html").read_text("utf-8")


def test_what_is_no_export_is_refused_in_a_line(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("milk")
    (tmp_path / "folder").mkdir()
    sqlite3.connect(tmp_path / "other.sqlite").execute("CREATE TABLE t(x)").connection.close()
    for name, why in (("notes.txt", "is no export"), ("folder", "no _manifest.json"), ("other.sqlite", "no such table"),
                      ("nowhere", "cannot read")):  # fmt: skip
        with pytest.raises(NoExport, match=why):
            report(tmp_path / name, tmp_path / "report.html")
        assert main(["report", str(tmp_path / name), "-o", str(tmp_path / "report.html")]) == 2
        assert why in told(capsys)
    (tmp_path / "folder" / "_manifest.json").write_text("{")
    with pytest.raises(NoExport, match="damaged"):
        report(tmp_path / "folder", tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_a_page_never_replaces_the_export_or_what_is_no_file(written, tmp_path, capsys):
    path = written([("chat1", 1, 1, START.isoformat(), False)])
    there = path.read_bytes()
    assert main(["report", str(path), "-o", str(path)]) == 2
    assert "that is the export" in told(capsys)
    assert path.read_bytes() == there
    (tmp_path / "link.html").symlink_to(tmp_path / "report.html")
    report(path, tmp_path / "link.html")
    assert (tmp_path / "link.html").is_symlink()
    page = (tmp_path / "report.html").read_bytes()
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor() as threads:
        read = threads.submit((tmp_path / "pipe").read_bytes)
        report(path, tmp_path / "pipe", now=None)
        assert read.result()[:15] == page[:15]
    assert (tmp_path / "pipe").is_fifo()


def test_the_command_makes_the_page(written, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = written([("chat1", 1, 1, START.isoformat(), False)])
    assert main(["report", str(path), "--zone", "Asia/Tokyo"]) == 0
    assert capsys.readouterr() == ("", "1 message of 1 dialog in report.html\n")
    assert "Asia/Tokyo" in Path("report.html").read_text("utf-8")
    assert main(["report", str(path), "--zone", "Nowhere/City"]) == 2
    assert "expected a time zone like Europe/Berlin, got 'Nowhere/City'" in told(capsys)
    assert main(["report", str(path), "-o", "missing/report.html"]) == 2
    assert "cannot write missing/report.html" in told(capsys)
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    assert main(["report", str(path)]) == 2
    assert "pip install 'bitrix-im[report]'" in told(capsys)


def test_a_folder_shows_the_latest_version_of_a_row(portal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def fill(**options):
        async with BitrixIM(portal.webhook, http=portal.http()) as im:
            return await export(im, "jsonl:acme", **options)

    anyio.run(fill)
    dialog_id = portal.visible_dialogs()[0]
    portal.person("Ann").write(dialog_id, "once more")
    anyio.run(fill)
    rows = [
        json.loads(line)
        for part in Path("acme/messages").glob("part-*")
        for line in part.read_text("utf-8").splitlines()
    ]
    found = report("jsonl:acme", "report.html")
    assert found.messages == len({(row["dialog_id"], row["id"]) for row in rows})
    assert found.dialogs == len({row["dialog_id"] for row in rows})
