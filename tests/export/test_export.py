"""An export is complete, goes on where it stopped, and reads no more than it must."""

import hashlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from bitrix_im.export import TargetRefused, export, schema
from bitrix_im.export.targets.base import Batch, Identity, Standing
from bitrix_im.export.targets.duck import DuckDB
from bitrix_im.testing import Quirks

from ..helpers import connected
from .stage import KINDS, messages, portal_of, rows, truth

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Targets are written in a thread, and no virtual clock waits for those."""
    return request.param


SLOW = [pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS if kind != "sqlite"]


@pytest.fixture(params=["sqlite", *SLOW])
def target(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return KINDS[request.param]


async def test_a_first_run_holds_all_that_the_user_sees(target):
    portal = portal_of()
    async with connected(portal) as im:
        report = await export(im, target)
    assert messages(target) == truth(portal)
    assert {name for (name,) in rows(target, "dialogs", ["dialog_id"])} == set(portal.visible_dialogs())
    assert report.dialogs == len(portal.visible_dialogs())
    assert report.messages == len(truth(portal))
    assert report.failed == {}


async def test_messages_that_are_read_twice_count_once(target):
    portal = portal_of(quirks=Quirks(message_count_drift=1))  # no dialog is believed, all are read again
    async with connected(portal) as im:
        report = await export(im, target)
    assert report.messages == len(truth(portal)) == len(messages(target))


async def test_other_counts_than_the_portals_are_told_at_the_end(target):
    portal = portal_of(quirks=Quirks(message_count_drift=3))
    async with connected(portal) as im:
        report = await export(im, target)
        assert not (await export(im, target)).mismatched, "nothing was read from end to end"
    there, counted = report.mismatched[portal.showcase]
    assert there == len(portal.visible_messages(portal.showcase))
    assert counted == there + 3
    assert not report.failed


async def test_counts_that_agree_are_not_worth_a_word(target):
    portal = portal_of(quirks=Quirks(message_count_hidden=False))
    async with connected(portal) as im:
        assert not (await export(im, target)).mismatched


async def test_a_second_run_reads_what_is_new_and_a_third_nothing(target):
    portal = portal_of()
    async with connected(portal) as im:
        await export(im, target)
        portal.post("chat1001" if "chat1001" in portal.visible_dialogs() else portal.showcase, "news")
        new = portal.add_chat("New")
        portal.post(new, "first")
        second = await export(im, target)
        third = await export(im, target)
    assert (second.messages, third.messages) == (2, 0)
    assert third.requests == 1
    assert messages(target) == truth(portal)


class Stopped(Exception):
    """Somebody has had enough."""


async def test_a_run_that_was_stopped_anywhere_is_finished_by_the_next(target, tmp_path, monkeypatch):
    portal = portal_of()
    async with connected(portal) as im:
        for stop in (1, 20, 31):
            (tmp_path / str(stop)).mkdir()
            monkeypatch.chdir(tmp_path / str(stop))

            def tell(progress, stop=stop):
                if progress.dialogs >= stop:
                    raise Stopped

            with pytest.raises(Stopped):
                await export(im, target, progress=tell)
            portal.post(portal.showcase, f"written after stop {stop}")
            await export(im, target)
            assert messages(target) == truth(portal)


async def test_a_recheck_finds_edits_and_keeps_what_was_deleted(target):
    portal = portal_of()
    first, second = portal.visible_messages(portal.showcase)[-40:-38]
    async with connected(portal) as im:
        await export(im, target)
        before = {row[0]: row[1:] for row in rows(target, "messages", ["id", "text", "is_deleted"])}
        change(portal, portal.showcase, first, "as it is now")
        portal.erase(second)
        portal.post(portal.showcase, "news")
        await export(im, target)
        assert before[first] in [row[1:] for row in rows(target, "messages", ["id", "text", "is_deleted"])]
        await export(im, target, recheck=timedelta(days=90))
    found = {row[0]: row[1:] for row in rows(target, "messages", ["id", "text", "is_deleted"])}
    assert found[first] == ("as it is now", False)
    assert found[second] == (before[second][0], True)
    assert len(found) == len(before) + 1


def change(portal, dialog_id, number, text):
    """An edit that nobody hears of."""
    message = portal.world.chat(dialog_id).message(number)
    portal.world.chat(dialog_id).kept[number] = message
    message.text = text


async def test_a_dialog_that_cannot_be_read_is_named_and_the_others_are_there(target):
    portal = portal_of()
    out = portal.add_chat("Out", recent=True)
    portal.post(out, "unreadable")
    async with connected(portal) as im:
        portal.world.chat(out).members.remove(portal.user_id)
        report = await export(im, target)
        assert list(report.failed) == [out]
        assert "access" in report.failed[out].lower()
        assert messages(target) == {row for row in truth(portal) if row[0] != out}
        portal.world.chat(out).members.append(portal.user_id)
        again = await export(im, target)
    assert not again.failed
    assert messages(target) == truth(portal)
    assert [row[0] for row in rows(target, "runs", ["outcome"])] == ["partly", "complete"]


async def test_a_dry_run_writes_nothing_and_tells_how_much_there_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    portal = portal_of()
    async with connected(portal) as im:
        told = await export(im, "acme.sqlite", dry_run=True)
        assert not list(tmp_path.iterdir())
        assert told.dry_run
        assert told.dialogs == len(portal.visible_dialogs())
        assert len(truth(portal)) * 0.8 <= told.messages <= len(truth(portal)) * 1.2
        await export(im, "acme.sqlite")
        assert (await export(im, "acme.sqlite", dry_run=True)).dialogs == 0


async def test_only_what_was_asked_for_is_exported_and_the_rest_follows(target):
    portal = portal_of()
    name, chat = portal.showcase, portal.world.chat(portal.showcase)
    since = datetime.fromtimestamp(chat.message(portal.visible_messages(name)[-70]).date, UTC)
    late = {
        (name, message.id, message.text)
        for message in chat.messages(portal.visible_messages(name))
        if message.date >= since.timestamp()
    }
    private = {one for one in portal.visible_dialogs() if one.isdigit()}
    async with connected(portal) as im:
        await export(im, target, dialogs=[name], since=since)
        assert messages(target) == late
        await export(im, target, kinds=["private"])
        assert {one for one, _, _ in messages(target)} == {*private, name}
        await export(im, target)
    assert messages(target) == truth(portal)


async def test_files_stand_beside_the_target_under_their_hashes(target, tmp_path):
    portal = portal_of()
    async with connected(portal) as im:
        one = await im.files.upload(portal.showcase, b"one" * 100, name="one.txt")
        two = await im.files.upload(portal.showcase, b"two" * 100, name="two.txt")
        await export(im, target)
        report = await export(im, target, files=True)
    found = dict(rows(target, "files", ["id", "sha256"]))
    folder = next(path for path in tmp_path.iterdir() if path.name.endswith(".files"))
    for file, content in ((one, b"one" * 100), (two, b"two" * 100)):
        digest = hashlib.sha256(content).hexdigest()
        assert found[file.file.id] == digest
        assert (folder / digest[:2] / digest).read_bytes() == content
    assert not report.failed
    assert not (folder / ".arriving").exists()


async def test_another_user_or_portal_under_the_target_is_refused_and_full_replaces_it(target):
    portal, other = portal_of(), portal_of(2, host="other.bitrix24.test")
    async with connected(portal) as im, connected(other) as others:
        await export(im, target)
        before = messages(target)
        with pytest.raises(TargetRefused, match=r"other\.bitrix24\.test.*full=True"):
            await export(others, target)
        assert messages(target) == before
        await export(others, target, full=True)
    assert messages(target) == truth(other)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_no_export_is_left_alone_even_by_a_full_run(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = KINDS[kind]
    path = Path(name.rpartition(":")[2])
    if kind in {"parquet", "jsonl"}:
        path.mkdir()
        (path / "photo.jpg").write_bytes(b"milk")
    else:
        with closing((duckdb if kind == "duckdb" else sqlite3).connect(str(path))) as database:
            database.execute("CREATE TABLE precious (x INTEGER)")
    there = _bytes(path)
    portal = portal_of()
    async with connected(portal) as im:
        for full in (False, True):
            with pytest.raises(TargetRefused, match="no export"):
                await export(im, name, full=full)
            assert _bytes(path) == there


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
async def test_a_text_under_the_name_of_a_database_is_left_alone(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(KINDS[kind]).write_text("milk and honey")
    async with connected(portal_of()) as im:
        for full in (False, True):
            with pytest.raises(TargetRefused, match="no export"):
                await export(im, KINDS[kind], full=full)
    assert Path(KINDS[kind]).read_text() == "milk and honey"


async def test_a_damaged_export_is_refused_and_a_full_run_replaces_it(target):
    portal = portal_of()
    path = Path(target.rpartition(":")[2])
    async with connected(portal) as im:
        await export(im, target)
        if path.is_dir():
            (path / "_manifest.json").write_text("{")
        else:
            path.write_bytes(path.read_bytes()[:5000])
        with pytest.raises(TargetRefused, match=r"damaged.*full=True"):
            await export(im, target)
        await export(im, target, full=True)
    assert messages(target) == truth(portal)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_tilde_is_the_home_folder(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    before, colon, name = KINDS[kind].rpartition(":")
    async with connected(portal_of()) as im:
        await export(im, f"{before}{colon}~/{name}", dialogs=[])
    assert (tmp_path / name).exists()


def test_two_runs_that_make_one_file_at_once_lose_nothing(tmp_path, monkeypatch):
    path, connect = tmp_path / "acme.duckdb", duckdb.connect
    us = Identity("acme.bitrix24.test", 1, schema.VERSION)

    def rival():
        monkeypatch.setattr(duckdb, "connect", connect)
        other = DuckDB(path)
        other.open(us)
        other.write(Batch(standing=Standing(read_at=NOON)))
        other.close()

    def slow(name, **options):
        rival()
        return connect(name, **options)

    monkeypatch.setattr(duckdb, "connect", slow)
    with closing(DuckDB(path)) as target:
        target.open(us)
        assert target.standing().read_at == NOON
    assert list(tmp_path.iterdir()) == [path]


def _bytes(path):
    """What is in a file, or in all files of a folder that are not hidden."""
    return {one: one.read_bytes() for one in ([path] if path.is_file() else path.rglob("[!.]*")) if one.is_file()}
