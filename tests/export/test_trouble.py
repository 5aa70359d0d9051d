"""What is wrong with a database is said on one line, breaks nothing, and is over when it is mended."""

import os
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from bitrix_im.export import TargetRefused, schema
from bitrix_im.export.targets.base import Batch, Checkpoint, Identity
from bitrix_im.export.targets.named import target_of
from bitrix_im.models import Message

ME = Identity("acme.bitrix24.test", 1, schema.VERSION)
NAMES = {"sqlite": "acme.sqlite", "duckdb": "acme.duckdb"}


@pytest.fixture(params=NAMES)
def path(request, tmp_path):
    return tmp_path / NAMES[request.param]


def opened(path, *, identity=ME, full=False):
    target = target_of(path)
    target.open(identity, full=full)
    return target


def batch(*numbers, text="a"):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    items = [Message(id=number, chat_id=5, date=now, text=text) for number in numbers]
    rows = schema.MESSAGES.values(items, dialog_id="chat5", exported_at=now)
    return Batch({"messages": rows}, [Checkpoint("chat5", max(numbers), 1, max(numbers), pending=False)])


def stored(path, *numbers):
    """An export with these messages, closed."""
    target = opened(path)
    target.write(batch(*numbers))
    target.close()
    return path


def tamper(path, sql):
    connect = duckdb.connect if path.suffix == ".duckdb" else sqlite3.connect
    with closing(connect(str(path))) as database:
        database.execute(sql)
        if path.suffix == ".sqlite":
            database.commit()


def refused(work, path):
    """What is said, on one line that names the target."""
    with pytest.raises(TargetRefused) as caught:
        work()
    said = str(caught.value)
    assert "\n" not in said
    assert str(path) in said
    return said


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE _checkpoints SET upto = highest + 1",
        "UPDATE _checkpoints SET lowest = -1",
        "UPDATE _checkpoints SET highest = NULL",
        "UPDATE _checkpoints SET since = 'yesterday'",
    ],
)
def test_a_checkpoint_that_no_run_can_have_written_is_refused_and_full_replaces_it(path, damage):
    tamper(stored(path, 1, 2), damage)
    target = opened(path)
    said = refused(target.checkpoints, path)
    target.close()
    assert re.search(r"is damaged \(its checkpoints\).*full=True", said)
    target = opened(path, full=True)
    assert target.checkpoints() == {}
    target.close()


def test_a_date_of_the_list_that_is_none_is_refused(path):
    tamper(stored(path, 1), "INSERT INTO _export (name, value) VALUES ('read_at', 'yesterday')")
    target = opened(path)
    assert "is damaged" in refused(target.standing, path)
    target.close()


@pytest.mark.parametrize("sound", [16, 100])
def test_a_file_that_is_damaged_is_refused_left_alone_and_full_replaces_it(path, sound):
    content = stored(path, 1).read_bytes()
    content = content[:sound] + b"\x07" * (len(content) - sound)
    path.write_bytes(content)
    assert re.search(r"is damaged.*full=True", refused(lambda: opened(path), path))
    assert path.read_bytes() == content
    target = opened(path, full=True)
    target.write(batch(1, 2))
    assert target.counts(["chat5"]) == {"chat5": 2}
    target.close()


def test_a_database_of_somebody_elses_is_refused_and_left_alone(path):
    tamper(path, "CREATE TABLE bills (id INTEGER)")
    assert "no export of bitrix-im" in refused(lambda: opened(path), path)
    tamper(path, "SELECT id FROM bills")


def test_a_newer_schema_is_refused_and_left_as_it_is(path):
    tamper(stored(path, 1), f"UPDATE _export SET value = '{schema.VERSION + 1}' WHERE name = 'schema_version'")
    assert "update bitrix-im" in refused(lambda: opened(path), path)
    tamper(path, f"UPDATE _export SET value = '{schema.VERSION}' WHERE name = 'schema_version'")
    target = opened(path)
    assert target.counts(["chat5"]) == {"chat5": 1}
    target.close()


def test_a_full_disk_is_told_keeps_what_was_written_and_goes_on_with_room(tmp_path):
    path = stored(tmp_path / "acme.sqlite", 1)
    target = opened(path)
    ((pages,),) = target._ask("PRAGMA page_count")
    target._ask(f"PRAGMA max_page_count = {pages + 1}")  # SQLite then answers as a full disk makes it
    large = batch(*range(1, 500), text="long" * 500)
    assert "the disk is full: make room" in refused(lambda: target.write(large), path)
    assert target.counts(["chat5"]) == {"chat5": 1}
    assert target.checkpoints()["chat5"].highest == 1
    target._ask("PRAGMA max_page_count = 1000000")
    target.write(large)
    assert target.counts(["chat5"]) == {"chat5": 499}
    target.close()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("IO Error: Could not write file: No space left on device", "the disk is full: make room"),
        ("Out of Memory Error: failed to offload data block: not enough space", "the disk is full: make room"),
        ("IO Error: Cannot open file: Permission denied", "cannot be written"),
        ("IO Error: Could not set lock on file", "in use by another process"),
        ("Catalog Error: something that nobody knows", "is damaged"),
    ],
)
def test_what_duckdb_says_in_words_is_told_as_trouble_to_mend(tmp_path, said, told, monkeypatch):
    path = stored(tmp_path / "acme.duckdb", 1)
    target = opened(path)

    def fails(*_):
        raise duckdb.Error(said)

    with monkeypatch.context() as patch:
        patch.setattr(target, "_put", fails)
        assert told in refused(lambda: target.write(batch(2)), path)
    assert target.counts(["chat5"]) == {"chat5": 1}
    target.write(batch(1, 2))
    assert target.counts(["chat5"]) == {"chat5": 2}
    target.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="whoever may do all may write here, too")
def test_a_file_that_may_not_be_written_is_refused_and_left_as_it_is(path):
    before = stored(path, 1).read_bytes()
    path.chmod(0o400)
    assert "make it writable" in refused(lambda: opened(path), path)
    assert path.read_bytes() == before


def test_a_place_where_nothing_can_stand_is_refused(tmp_path):
    for name in NAMES.values():
        (tmp_path / name).mkdir()
        assert "it is a folder" in refused(lambda name=name: opened(tmp_path / name), tmp_path / name)
        nowhere = Path(tmp_path / "nowhere" / name)
        assert "there is no such folder" in refused(lambda nowhere=nowhere: opened(nowhere), nowhere)


def test_a_database_that_another_writes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("bitrix_im.export.targets.sqlite._PATIENCE", 0)
    path = stored(tmp_path / "acme.sqlite", 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "in use by another process" in refused(lambda: opened(path), path)
    opened(path).close()
