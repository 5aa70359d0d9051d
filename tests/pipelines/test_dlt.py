"""A portal as a source of dlt: whole pipelines into DuckDB, from a portal on a socket of this machine."""

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import dlt
import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from bitrix_im.models import Message, RecentItem, RecentMessage
from bitrix_im.paging.bulk import BulkPage
from bitrix_im.pipelines import dlt as bitrix
from bitrix_im.pipelines.steps import Listing, Reading
from bitrix_im.testing import Fault, Portal
from bitrix_im.testing.rest.calls import RestError

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def pipeline(tmp_path, monkeypatch):
    """A pipeline into a database of its own, which tells nobody."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.chdir(tmp_path)
    return dlt.pipeline(
        "chats",
        destination=dlt.destinations.duckdb("chats.duckdb"),
        dataset_name="acme",
        pipelines_dir=str(tmp_path / "pipelines"),
    )


def rows(columns="dialog_id, id", table="messages"):
    with duckdb.connect("chats.duckdb", read_only=True) as database:
        return database.sql(f"SELECT {columns} FROM acme.{table}").fetchall()


def truth(portal):
    return {(name, number) for name in portal.visible_dialogs() for number in portal.visible_messages(name)}


def test_a_run_loads_all(pipeline):
    portal = Portal(seed=2, limited=False).populate(dialogs=6, messages=60, queue_lines=0)
    with portal.serving() as url:
        pipeline.run(bitrix.source(url))
    assert sorted(rows()) == sorted(truth(portal))
    assert {name for (name,) in rows("dialog_id", "dialogs")} == set(portal.visible_dialogs())
    assert {(kind,) for (kind,) in rows("typeof(params_likes)")} == {("VARCHAR",)}  # for destinations without lists
    assert any(likes for (likes,) in rows("params_likes::JSON::BIGINT[]"))


@pytest.mark.slow
def test_a_later_run_loads_what_is_new_in_few_requests(pipeline):
    portal = Portal(seed=3, limited=False).populate(dialogs=60, messages=130, queue_lines=0)
    with portal.serving() as url:
        pipeline.run(bitrix.source(url))
        assert len(rows()) == len(truth(portal))
        assert set(rows()) == truth(portal)
        assert {name for (name,) in rows("dialog_id", "dialogs")} == set(portal.visible_dialogs())
        people = {user.id for user in portal.world.users.values() if not user.deleted}
        authors = {author for (author,) in rows("author_id")}
        assert authors & people <= {number for (number,) in rows("id", "users")}

        new = {
            (name, portal.post(name, f"Again {turn}")) for name in portal.visible_dialogs()[:50] for turn in range(4)
        }
        before = portal.requests
        pipeline.run(bitrix.source(url))
        assert portal.requests - before <= 8
        assert new <= set(rows())
        assert sorted(rows()) == sorted(truth(portal))

        before = portal.requests
        pipeline.run(bitrix.source(url))
        assert portal.requests - before <= 2
        assert sorted(rows()) == sorted(truth(portal))
    (date,) = rows("max(date)")[0:1][0]
    assert date.utcoffset() is not None


@pytest.mark.slow
def test_so_many_dialogs_a_run_and_the_rest_the_next_time(pipeline):
    portal = Portal(seed=4, limited=False).populate(dialogs=25, messages=60, queue_lines=0)
    with portal.serving() as url:
        read = []
        for _ in range(3):
            for name in portal.visible_dialogs()[:9]:  # the busy ones starve nobody
                portal.post(name)
            pipeline.run(bitrix.source(url, dialogs_per_run=10))
            read.append({name for (name,) in rows("DISTINCT dialog_id")})
        assert [len(names) for names in read] == [10, 20, 25]
        for _ in range(3):
            pipeline.run(bitrix.source(url, dialogs_per_run=10))
        assert sorted(rows()) == sorted(truth(portal))


@pytest.mark.slow
def test_a_dialog_that_fails_is_told_and_read_by_the_next_run(pipeline, caplog):
    portal = Portal(seed=5, limited=False).populate(dialogs=8, messages=30, queue_lines=0)
    barred = portal.showcase

    def bars(method, params):
        ways = ("im.dialog.messages.get", "im.dialog.messages.search")  # which one bulk takes is up to it
        if method in ways and barred in (params.get("DIALOG_ID"), f"chat{params.get('CHAT_ID')}"):
            raise RestError("ACCESS_ERROR", "You don't have access to this chat", 400)

    with portal.serving() as url:
        portal.before_command = bars
        with caplog.at_level(logging.WARNING, logger="bitrix_im"):
            pipeline.run(bitrix.source(url))
        assert f"dialog {barred} was not read" in caplog.text
        assert {one for one in truth(portal) if one[0] != barred} == set(rows())
        portal.before_command = None
        pipeline.run(bitrix.source(url))
    assert sorted(rows()) == sorted(truth(portal))


@pytest.mark.slow
def test_a_run_that_breaks_off_loses_nothing(pipeline):
    portal = Portal(seed=6, limited=False).populate(dialogs=12, messages=60, queue_lines=0)
    with portal.serving() as url:
        for method in ("im.dialog.messages.get", "im.dialog.messages.search"):
            portal.faults.method(method, Fault.PORTAL_DELETED)
        with pytest.raises(PipelineStepFailed, match="Portal was deleted") as failed:
            pipeline.run(bitrix.source(url))
        assert portal.secret not in str(failed.value)
        portal.faults.clear()
        pipeline.run(bitrix.source(url))
    assert sorted(rows()) == sorted(truth(portal))


@pytest.mark.slow
def test_only_what_is_selected_is_asked_for(pipeline):
    portal = Portal(seed=7, limited=False).populate(dialogs=12, messages=60, queue_lines=0)
    with portal.serving() as url:
        pipeline.run(bitrix.source(url).with_resources("dialogs", "users"))
        asked = {method for entry in portal.log for method in (entry.method, *entry.commands)}
        assert "im.recent.list" in asked
        assert not [method for method in asked if "messages" in method]
        assert len(rows("*", "dialogs")) == 12
        pipeline.run(bitrix.source(url))  # the messages of all dialogs, though the list was read down already
    assert sorted(rows()) == sorted(truth(portal))


@pytest.mark.parametrize("number", [0, -1])
def test_less_than_a_dialog_a_run_is_refused(number):
    with pytest.raises(ValueError, match="dialogs_per_run: expected a number of at least 1"):
        bitrix.source("https://acme.bitrix24.com/rest/1/secret/", dialogs_per_run=number)


def test_without_dlt_it_says_what_to_install():
    code = """
import sys
sys.modules["dlt"] = None
from bitrix_im.pipelines import dlt
try:
    dlt.source("https://acme.bitrix24.com/rest/1/secret/")
except ModuleNotFoundError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "this needs dlt: pip install 'bitrix-im[dlt]'"


# What a run makes of the list, and from where the next goes on


def item(dialog_id, message_id, minute=0):
    return RecentItem(
        dialog_id=dialog_id, message=RecentMessage(id=message_id), date_last_activity=NOW + timedelta(minutes=minute)
    )


def test_what_the_list_shows_as_before_does_not_wait():
    first = Listing.of([item("chat1", 5), item("chat2", 6, 1)], None, {})
    assert list(first.waiting) == ["chat1", "chat2"]
    assert datetime.fromisoformat(first.read_at or "") == NOW + timedelta(minutes=1)
    state = {"looks": {"chat1": first.waiting["chat1"]}, "waiting": [["chat2", first.waiting["chat2"]]]}
    again = Listing.of([item("chat3", 9, 3), item("chat2", 8, 2), item("chat1", 5)], NOW, state)
    assert list(again.waiting) == ["chat2", "chat3"]  # who waits, keeps its place
    assert again.waiting["chat2"] != first.waiting["chat2"]
    assert Listing.of([], NOW, state).read_at == NOW.isoformat()


async def test_the_next_run_goes_on_a_little_below_the_newest():
    def page(*messages, done=False):
        found = tuple(Message(id=number, date=NOW + timedelta(seconds=second)) for number, second in messages)
        return BulkPage("chat1", found, done)

    async def pages():
        yield page((9, 300), (8, 299), (7, 250))
        yield page((6, 239), (5, 100), done=True)

    reading = Reading(pages())
    assert reading.after("chat1", 3) == 3
    while await reading.next():
        pass
    assert reading.after("chat1", 3) == 6
    assert reading.after("chat1", 8) == 8
