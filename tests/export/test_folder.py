"""Folders of parts as a target: what they hold, after kills too, and what they refuse."""

import errno
import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import duckdb
import polars
import pytest
from hypothesis import given, settings, strategies as st

from bitrix_im.export import schema
from bitrix_im.export.schema import DIALOGS, FILES, MESSAGES, RUNS, USERS, VERSION, Run
from bitrix_im.export.targets import folder as folders
from bitrix_im.export.targets.base import Batch, Checkpoint, Identity, Standing, TargetRefused, Unfetched
from bitrix_im.export.targets.folder import Folder
from bitrix_im.export.targets.jsonl import JSONLines
from bitrix_im.export.targets.parquet import Parquet
from bitrix_im.models import File, Message, MessageParams, RecentItem, User

IDENTITY = Identity("acme.bitrix24.com", 1, VERSION)
START = datetime(2026, 7, 1, 12, tzinfo=UTC)
FORMATS: dict[str, Any] = {"parquet": Parquet, "jsonl": JSONLines}


@pytest.fixture(params=FORMATS)
def kind(request):
    return request.param


@pytest.fixture
def path(tmp_path):
    return tmp_path / "acme"


def folder(path, kind, *, full=False, identity=IDENTITY):
    target = Folder(path, FORMATS[kind]())
    target.open(identity, full=full)
    return target


def messages(dialog_id, *numbers, text="", at=START, **given):
    items = [Message(id=number, chat_id=5, text=text or f"message {number}", date=START) for number in numbers]
    return {"messages": MESSAGES.values(items, dialog_id=dialog_id, exported_at=at, **given)}


def stored(path, table="messages", *columns):
    """What a reader sees who takes of each key the row with the latest `exported_at`."""
    key = schema.TABLES[table].key
    (kind,) = {file.suffix for file in (path / table).iterdir()}
    reader = polars.read_parquet if kind == ".parquet" else polars.read_ndjson
    found = {}
    for part in (path / table).iterdir():
        for row in reader(part).to_dicts():
            one = tuple(row[name] for name in key)
            if one not in found or str(found[one]["exported_at"]) < str(row["exported_at"]):
                found[one] = row
    return {one: tuple(row[name] for name in columns) for one, row in found.items()}


def parts(path, table="messages"):
    return sorted(file.name for file in (path / table).iterdir())


def test_a_batch_is_a_part_a_table_and_is_read_back(path, kind):
    target = folder(path, kind)
    users = {"users": USERS.values([User(id=7, name="Ann", departments=(3, 1))], exported_at=START)}
    target.write(Batch({**messages("chat5", 1, 2), **users}, [Checkpoint("chat5", highest=2)]))
    target.write(Batch(messages("chat6", 1)))
    target.close()
    assert parts(path) == [f"part-1.{kind}", f"part-2.{kind}"]
    assert parts(path, "users") == [f"part-1.{kind}"]
    assert stored(path, "messages", "text") == {
        ("chat5", 1): ("message 1",),
        ("chat5", 2): ("message 2",),
        ("chat6", 1): ("message 1",),
    }
    assert stored(path, "users", "name", "departments") == {(7,): ("Ann", [3, 1])}


def test_the_manifest_is_there_before_any_data_and_says_whose_it_is(path, kind):
    folder(path, kind).close()
    said = json.loads((path / "_manifest.json").read_text("utf-8"))
    assert said["identity"] == {"portal": "acme.bitrix24.com", "user_id": 1, "schema_version": VERSION}
    assert [entry for entry in path.iterdir() if entry.name[0] not in "._"] == []


def test_a_folder_remembers(path, kind):
    target = folder(path, kind)
    one = Checkpoint("chat5", highest=9, lowest=3, upto=2, read=5, since=START)
    target.write(Batch(checkpoints=[one, Checkpoint("chat6")], standing=Standing(START, None)))
    target.write(Batch(checkpoints=[Checkpoint("chat6", highest=4)]))
    target.close()
    target = folder(path, kind)
    assert target.checkpoints() == {"chat5": one, "chat6": Checkpoint("chat6", highest=4)}
    assert target.standing() == Standing(START, None)
    target.close()


def test_what_is_stored_is_told(path, kind):
    target = folder(path, kind)
    assert (target.last_run(), target.users(), target.unfetched(), target.counts(["chat5"])) == (
        0,
        set(),
        [],
        {"chat5": 0},
    )
    target.write(Batch({**messages("chat5", 1, 2, 3), "runs": RUNS.values([Run(id=1, started_at=START)])}))
    gone = Message(id=4, date=START + timedelta(days=1), params=MessageParams(is_deleted=True))
    late = Message(id=5, date=START + timedelta(days=1))
    target.write(Batch({"messages": MESSAGES.values([gone, late], dialog_id="chat5", exported_at=START)}))
    target.write(Batch({"users": USERS.values([User(id=7), User(id=8)], exported_at=START)}))
    assert target.last_run() == 1
    assert target.users() == {7, 8}
    assert target.counts(["chat5", "chat6"]) == {"chat5": 4, "chat6": 0}
    assert target.stored({"chat5": 1, "chat6": 0}) == {"chat5": {2, 3, 5}, "chat6": set()}
    assert target.lowest(START + timedelta(hours=1)) == {"chat5": 5}
    target.close()


def test_a_changed_row_is_a_later_version(path, kind):
    target = folder(path, kind)
    target.write(Batch(messages("chat5", 1, 2)))
    target.write(Batch(messages("chat5", 2, text="edited", at=START + timedelta(days=1))))
    assert stored(path, "messages", "text") == {("chat5", 1): ("message 1",), ("chat5", 2): ("edited",)}
    assert target.counts(["chat5"]) == {"chat5": 2}
    target.close()


def test_a_message_that_is_gone_stays_and_says_so(path, kind):
    target = folder(path, kind)
    target.write(Batch(messages("chat5", 1, 2, at=datetime(2100, 1, 1, tzinfo=UTC))))  # by a clock that was wrong
    target.write(Batch(gone=[("chat5", 1), ("chat5", 77)]))
    assert stored(path, "messages", "text", "is_deleted") == {
        ("chat5", 1): ("message 1", True),
        ("chat5", 2): ("message 2", False),
    }
    assert target.counts(["chat5"]) == {"chat5": 1}
    assert target.stored({"chat5": 0}) == {"chat5": {2}}
    target.close()


def test_hashes_of_files_stay_with_them(path, kind):
    def files(*numbers, at=START):
        return {"files": FILES.values([File(id=one, chat_id=5, size=9) for one in numbers], exported_at=at)}

    target = folder(path, kind)
    target.write(Batch({**messages("chat5", 1), **files(1, 2, 3)}))
    assert target.unfetched() == [Unfetched(number, "chat5", 9) for number in (1, 2, 3)]
    target.write(Batch(hashes={1: "aa", 99: "zz"}))
    target.write(Batch(files(1, 2, 4, at=datetime(2100, 1, 1, tzinfo=UTC)), hashes={2: "bb"}))
    assert stored(path, "files", "sha256") == {(1,): ("aa",), (2,): ("bb",), (3,): (None,), (4,): (None,)}
    assert [one.id for one in target.unfetched()] == [3, 4]
    target.close()


def test_a_value_of_each_kind_survives_being_written_again(path, kind):
    whole = Message(
        id=1,
        text='"Ü"\n\u2028\x00',
        uuid=None,
        params=MessageParams(likes=(2, 1), codes=("CHAT_JOIN",), attach={"A": ["\ud83d", 1.5]}),
        date=START,
    )
    target = folder(path, kind)
    target.write(Batch({"messages": MESSAGES.values([whole], dialog_id="chat5", exported_at=START)}))
    before = stored(path, "messages", *[column.name for column in MESSAGES.columns[:-2]])
    target.write(Batch(gone=[("chat5", 1)]))
    assert stored(path, "messages", *[column.name for column in MESSAGES.columns[:-2]]) == before
    target.close()


def test_an_analyst_reads_it_with_one_line(path, kind):
    target = folder(path, kind)
    target.write(
        Batch({**messages("chat5", 1, 2), "dialogs": DIALOGS.values([RecentItem(dialog_id="chat5", title="A")])})
    )
    target.close()
    reader = "read_parquet" if kind == "parquet" else "read_json_auto"
    found = duckdb.sql(
        f"SELECT title, count(*), max(date) FROM {reader}('{path}/messages/*') JOIN {reader}('{path}/dialogs/*') "
        "USING (dialog_id) GROUP BY title"
    ).fetchall()
    assert [row[:2] for row in found] == [("A", 2)]


def test_small_parts_are_merged_and_older_versions_drop_out(path, kind):
    target = folder(path, kind)
    for number in range(1, 9):
        target.write(Batch(messages("chat5", 1, number + 1, at=START + timedelta(days=number))))
    assert len(parts(path)) == 1
    target.write(Batch(messages("chat5", 1, text="last", at=START + timedelta(days=99))))
    target.close()
    assert parts(path) == [f"part-10.{kind}", f"part-9.{kind}"]
    assert stored(path, "messages", "text")["chat5", 1] == ("last",)
    target = folder(path, kind)
    assert target.counts(["chat5"]) == {"chat5": 9}
    assert [part.rows for part in target._here.manifest.parts_of("messages")] == [9, 1]
    target.close()


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=6)
@given(data=st.data())
def test_whatever_is_written_the_latest_versions_are_those_of_a_plain_dict(tmp_path_factory, kind, data):
    path = tmp_path_factory.mktemp("folder") / "acme"
    numbers = st.sets(st.integers(1, 12), max_size=6)
    steps = data.draw(
        st.lists(st.tuples(st.sampled_from(["chat1", "chat2"]), numbers, numbers, st.booleans()), max_size=12)
    )
    expected = {}
    target = folder(path, kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "_SMALL", 15)
        patch.setattr(folders, "_MANY", 3)
        for step, (dialog_id, new, gone, reopened) in enumerate(steps):
            at = START + timedelta(days=step)
            if new:
                target.write(Batch(messages(dialog_id, *new, text=f"at {step}", at=at)))
                expected.update({(dialog_id, number): (f"at {step}", False) for number in new})
            target.write(Batch(gone=[(dialog_id, number) for number in gone]))
            for key in ((dialog_id, number) for number in gone):
                if key in expected:
                    expected[key] = (expected[key][0], True)
            if reopened:
                target.close()
                target = folder(path, kind)
        there = [key for key, (_, is_deleted) in expected.items() if not is_deleted]
        for dialog_id in ("chat1", "chat2"):
            ids = {number for name, number in there if name == dialog_id}
            assert target.stored({dialog_id: 0})[dialog_id] == ids
            assert target.counts([dialog_id])[dialog_id] == len(ids)
        latest = target._here.latest(MESSAGES, expected)
        names = [column.name for column in MESSAGES.columns]
        made = zip(*(latest[names.index(name)] for name in ("dialog_id", "id", "text", "is_deleted")), strict=True)
        assert {(dialog_id, number): rest for dialog_id, number, *rest in made} == {
            key: list(row) for key, row in expected.items()
        }
        target.close()


# Killed


class Killed(BaseException):
    pass


def killing(patch, after):
    """Let the process die at the nth thing that it does to the disk: nothing more is done then, no tidying either."""
    done = 0

    def dying(function):
        def step(*given, **options):
            nonlocal done
            if done >= after:
                raise Killed
            done += 1
            return function(*given, **options)

        return step

    patch.setattr(os, "fsync", dying(os.fsync))
    for name in ("replace", "unlink", "mkdir", "open"):
        patch.setattr(Path, name, dying(getattr(Path, name)))


@pytest.mark.grid(every=9)
@pytest.mark.parametrize("first", range(8))
def test_a_kill_at_any_moment_loses_and_doubles_nothing(tmp_path, kind, first, monkeypatch):
    monkeypatch.setattr(folders, "_MANY", 3)
    batches = [Batch(messages("chat5", number), [Checkpoint("chat5", highest=number)]) for number in range(1, 6)]
    for after in range(first, 1000, 8):
        path = tmp_path / f"after {after}"
        written = 0
        with pytest.MonkeyPatch.context() as patch:
            target = Folder(path, FORMATS[kind]())
            killing(patch, after)
            with suppress(Killed):
                target.open(IDENTITY)
                for batch in batches:
                    target.write(batch)
                    written += 1
        target.close()
        again = folder(path, kind)
        highest = again.checkpoints().get("chat5", Checkpoint("chat5")).highest
        assert written <= highest <= written + 1
        assert again.stored({"chat5": 0}) == {"chat5": set(range(1, highest + 1))}
        for batch in batches[highest:]:
            again.write(batch)
        again.close()
        assert set(stored(path)) == {("chat5", number) for number in range(1, 6)}
        assert sum(part.rows for part in named_parts(path, kind)) == 5
        if written == 5:
            break
    assert after > 50


def named_parts(path, kind):
    target = folder(path, kind)
    named = target._here.manifest.parts_of("messages")
    target.close()
    assert parts(path) == sorted(part.name for part in named)
    return named


# Refused


def refused(path, kind, **options):
    with pytest.raises(TargetRefused) as caught:
        folder(path, kind, **options)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    return text


def test_another_portal_or_user_is_refused(path, kind):
    folder(path, kind).close()
    assert "user 1 of acme.bitrix24.com" in refused(path, kind, identity=attrs.evolve(IDENTITY, user_id=2))
    assert "other.bitrix24.com" in refused(path, kind, identity=attrs.evolve(IDENTITY, portal="other.bitrix24.com"))
    folder(path, kind, identity=attrs.evolve(IDENTITY, user_id=2), full=True).close()
    assert "user 2" in refused(path, kind)


def test_a_newer_schema_is_refused(path, kind):
    folder(path, kind, identity=attrs.evolve(IDENTITY, schema_version=VERSION + 1)).close()
    assert "newer version" in refused(path, kind)


def test_an_older_schema_gains_its_columns(path, kind, monkeypatch):
    older = attrs.evolve(MESSAGES)
    object.__setattr__(older, "columns", tuple(one for one in MESSAGES.columns if one.name not in {"viewed", "block"}))
    with monkeypatch.context() as patch:
        patch.setattr(folders, "TABLES", {**schema.TABLES, "messages": older})
        target = folder(path, kind, identity=attrs.evolve(IDENTITY, schema_version=VERSION - 1))
        target.write(Batch({"messages": older.values([Message(id=1)], dialog_id="chat5", exported_at=START)}))
        target.close()
    target = folder(path, kind)
    assert target._here.manifest.identity.schema_version == VERSION
    target.write(Batch(messages("chat5", 2)))
    assert target.stored({"chat5": 0}) == {"chat5": {1, 2}}
    reader = "read_parquet" if kind == "parquet" else "read_json_auto"
    query = f"SELECT id, viewed FROM {reader}('{path}/messages/*', union_by_name=true) ORDER BY id"
    assert duckdb.sql(query).fetchall() == [(1, None), (2, False)]
    for number in range(3, 9):  # merged parts have all columns
        target.write(Batch(messages("chat5", number)))
    assert len(parts(path)) == 1
    assert duckdb.sql(query.replace(", union_by_name=true", "")).fetchall()[:2] == [(1, None), (2, False)]
    target.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff\xfe\x00",
        b'{"kind": "parquet", "identity": 5}',
        "checkpoint",
        "negative",
        "program",
    ],
)
def test_a_damaged_manifest_is_refused_and_a_full_run_replaces_it(path, kind, content):
    target = folder(path, kind)
    target.write(Batch(messages("chat5", 1), [Checkpoint("chat5", highest=1)]))
    target.close()
    manifest = path / "_manifest.json"
    said = json.loads(manifest.read_text("utf-8"))
    if content == "checkpoint":
        said["checkpoints"][0]["highest"] = "many"
    elif content == "negative":
        said["checkpoints"][0]["upto"] = 9
    elif content == "program":
        said["program"] = "another"
    manifest.write_bytes(json.dumps(said).encode() if isinstance(content, str) else content)
    before = manifest.read_bytes()
    assert "is damaged" in refused(path, kind)
    assert (manifest.read_bytes(), len(parts(path))) == (before, 1)
    target = folder(path, kind, full=True)
    assert target.checkpoints() == {}
    assert parts(path) == []
    target.close()


def test_a_part_that_is_missing_or_cut_is_refused(path, kind):
    target = folder(path, kind)
    target.write(Batch(messages("chat5", 1)))
    target.close()
    part = path / "messages" / f"part-1.{kind}"
    part.write_bytes(part.read_bytes()[:-1])
    assert f"messages/part-1.{kind}" in refused(path, kind)
    part.unlink()
    assert f"messages/part-1.{kind}" in refused(path, kind)


def test_a_lost_manifest_is_refused(path, kind):
    target = folder(path, kind)
    target.write(Batch(messages("chat5", 1)))
    target.close()
    (path / "_manifest.json").unlink()
    assert "_manifest.json is missing" in refused(path, kind)
    assert len(parts(path)) == 1


def test_what_is_no_export_is_left_alone(path, kind):
    path.mkdir()
    (path / "thesis.txt").write_text("years of work")
    for full in (False, True):
        assert "no export of bitrix-im" in refused(path, kind, full=full)
    assert (path / "thesis.txt").read_text() == "years of work"
    assert not (path / "_manifest.json").exists()
    file = path / "thesis.txt"
    for full in (False, True):
        assert "no export of bitrix-im" in refused(file, kind, full=full)


def test_files_of_ones_own_beside_the_parts_survive_a_full_run(path, kind):
    target = folder(path, kind)
    target.write(Batch(messages("chat5", 1)))
    target.close()
    (path / "messages" / "notes.txt").write_text("mine")
    (path / "_views.sql").write_text("mine")
    folder(path, kind, full=True).close()
    assert parts(path) == ["notes.txt"]
    assert (path / "_views.sql").exists()


def test_the_other_format_is_refused(path):
    folder(path, "jsonl").close()
    assert "jsonl:" in refused(path, "parquet")
    target = folder(path, "parquet", full=True)
    target.write(Batch(messages("chat5", 1)))
    target.close()
    assert parts(path) == ["part-1.parquet"]


def test_a_folder_that_another_process_writes_is_refused(path, kind):
    target = folder(path, kind)
    assert "in use by another process" in refused(path, kind)
    target.close()
    target.close()
    folder(path, kind).close()


def test_a_folder_in_no_folder_is_refused(tmp_path, kind):
    assert "no such folder" in refused(tmp_path / "there" / "acme", kind)


@pytest.mark.parametrize(
    ("error", "says"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "cannot be written"), (errno.EIO, "cannot be written")],
)
def test_a_disk_that_refuses_breaks_nothing(path, kind, error, says, monkeypatch):
    target = folder(path, kind)
    target.write(Batch(messages("chat5", 1)))

    def refuses(_):
        raise OSError(error, os.strerror(error))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuses)
        with pytest.raises(TargetRefused, match=says) as caught:
            target.write(Batch(messages("chat5", 2)))
        assert str(path) in str(caught.value)
    assert target.counts(["chat5"]) == {"chat5": 1}
    assert parts(path) == [f"part-1.{kind}"]
    target.write(Batch(messages("chat5", 2)))  # there is room again
    assert target.counts(["chat5"]) == {"chat5": 2}
    target.close()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuses)
        assert says in refused(path, kind)


def test_a_part_that_cannot_be_read_is_refused(path, kind):
    target = folder(path, kind)
    target.write(Batch(messages("chat5", 1)))
    part = path / "messages" / f"part-1.{kind}"
    part.write_bytes(b"\x07" * part.stat().st_size)
    with pytest.raises(TargetRefused, match="is damaged"):
        target.counts(["chat5"])
    target.close()
