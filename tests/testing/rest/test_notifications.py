"""The portal's notifications: pages, tags, confirmations, searches."""

import anyio
import pytest

from .calling import World

pytestmark = pytest.mark.anyio


async def test_notifications_page_by_last_id_and_type_confirmations_first():
    world = World()
    notify = world.portal.notify
    others = [notify(f"note {number}") for number in range(70)]
    questions = [notify(f"question {number}", buttons=("Y", "N")) for number in range(60)]
    seen, last = [], {}
    while page := (await world.call("im.notify.get", **last))["result"]["notifications"]:
        seen += [notice["id"] for notice in page]
        last = {"LAST_ID": page[-1]["id"], "LAST_TYPE": 1 if page[-1]["notify_type"] == 1 else 3}
    assert seen == questions[::-1] + others[::-1]
    assert await world.errors("im.notify.get", {"LAST_ID": 5}, {"LAST_TYPE": 1}) == ["LAST_ID_AND_LAST_TYPE"] * 2
    assert (await world.call("im.counters.get"))["result"]["TYPE"]["NOTIFY"] == 130


async def test_a_tag_replaces_and_everybody_has_their_own():
    world = World()
    note = {"USER_ID": world.ann.id, "MESSAGE": "Task 42", "TAG": "T42"}
    first, second = [(await world.call("im.notify.personal.add", **note))["result"] for _ in range(2)]
    assert first != second
    hers = (await world.call("im.notify.get", world.ann.id))["result"]
    assert [(one["id"], one["author_id"], one["notify_read"]) for one in hers["notifications"]] == [(second, 1, "N")]
    assert (await world.call("im.notify.get"))["result"]["total_count"] == 0
    await world.call("im.notify.delete", world.ann.id, TAG="T42")
    assert (await world.call("im.notify.get", world.ann.id))["result"]["notifications"] == []
    assert await world.errors("im.notify.delete", {}) == ["PARAMS_ERROR"]


async def test_notifications_are_read_confirmed_and_answered():
    world = World()
    old, middle, new = (world.portal.notify(text) for text in ("one", "two", "three"))
    await world.call("im.notify.read", ID=middle, ONLY_CURRENT="Y")
    assert (await world.call("im.notify.get"))["result"]["total_unread_count"] == 2
    await world.call("im.notify.read", ID=middle)
    assert (await world.call("im.notify.get"))["result"]["total_unread_count"] == 1
    await world.call("im.notify.read.list", IDS=[old, new], ACTION="N")
    assert (await world.call("im.notify.get"))["result"]["total_unread_count"] == 2
    assert (await world.call("im.notify.read.all"))["result"] == {"result": True, "newCounter": 0}
    question = world.portal.notify("Join?", buttons=("Y", "N"))
    answers = [{"NOTIFY_ID": question, "NOTIFY_VALUE": value} for value in ("Maybe", "Y", "Y")]
    assert await world.errors("im.notify.confirm", *answers) == ["NOTIFY_VALUE_ERROR", None, "NOTIFY_ID_ERROR"]
    assert await world.errors("im.notify.answer", {"NOTIFY_ID": new}) == ["ANSWER_TEXT_ERROR"]


async def test_notifications_are_searched_by_text_kind_date_and_author():
    world = World()
    note = world.portal.notify("An invoice came", author_id=world.ann.id)
    await anyio.sleep(86_400 * 2)
    later = world.portal.notify("Another INVOICE")

    async def found(**params):
        return [
            one["id"] for one in (await world.call("im.notify.history.search", **params))["result"]["notifications"]
        ]

    assert await found(SEARCH_TEXT="invoice") == [later, note]
    assert await found(SEARCH_TEXT="invoice", LAST_ID=later) == [note]
    assert await found(SEARCH_AUTHORS=[world.ann.id]) == [note]
    assert await found(SEARCH_TYPES=["tasks|task_update"]) == []
    today = world.portal.clock.iso(world.portal.clock.now())
    assert await found(SEARCH_DATE=today) == [later]
    assert await found(SEARCH_DATE_FROM=today) == [later]
    assert await world.errors("im.notify.history.search", {"SEARCH_TEXT": "in"}) == ["SEARCH_TEXT_ERROR"]
