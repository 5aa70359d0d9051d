"""The portal's recent list: rows that are not items, queue lines, the false ``next``, walks by date."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bitrix_im.testing import Portal, Quirks

pytestmark = pytest.mark.anyio
STILL = Quirks(shuffle_ties=False)
WITHOUT_QUEUE = {"SKIP_UNDISTRIBUTED_OPENLINES": "Y"}


async def page_of(portal, method="im.recent.list", **params):
    async with portal.http() as http:
        return (await http.post(method, json=params)).json()


def named(items):
    return [str(item["id"]) for item in items]


def chats(portal, count):
    now = datetime.fromisoformat(portal.clock.iso(portal.clock.now()))
    return [portal.add_chat(f"Chat {age}", date=now - timedelta(minutes=age)) for age in range(count)]


async def test_a_walk_by_offset_and_limit_sees_every_dialog():
    portal = Portal(seed=4, quirks=STILL).populate(dialogs=130)
    seen, offset = [], 0
    while True:
        page = await page_of(portal, OFFSET=offset, LIMIT=20, **WITHOUT_QUEUE)
        seen += named(page["result"]["items"])
        offset += 20
        if not page["result"]["hasMore"]:
            break
    assert list(dict.fromkeys(seen)) == portal.visible_dialogs()
    assert len(portal.visible_dialogs()) == 130


async def test_limit_has_a_default_and_a_maximum_and_no_zero():
    portal = Portal().populate(dialogs=260, dropped=0, doubled=0)
    for limit, expected in ((None, 50), (0, 50), (-3, 50), ("x", 50), (500, 200), ("7", 7)):
        page = await page_of(portal, LIMIT=limit, **WITHOUT_QUEUE)
        assert len(page["result"]["items"]) == expected


async def test_dropped_rows_make_a_page_short_or_empty_with_more_to_come():
    portal = Portal(quirks=STILL)
    chats(portal, 3)
    for _ in range(4):
        portal.add_dropped_row(0)
    page = await page_of(portal, LIMIT=4)
    assert (page["result"]["items"], page["result"]["hasMore"]) == ([], True)
    assert len((await page_of(portal, LIMIT=4, OFFSET=4))["result"]["items"]) == 3


async def test_a_doubled_dialog_collapses_in_a_page_and_repeats_between_pages():
    portal = Portal(quirks=STILL)
    names = chats(portal, 5)
    portal.double(names[0], 3)
    assert named((await page_of(portal, LIMIT=6))["result"]["items"]) == names
    pages = [named((await page_of(portal, LIMIT=3, OFFSET=offset))["result"]["items"]) for offset in (0, 3)]
    assert pages == [names[:3], [names[0], *names[3:]]]
    assert portal.visible_dialogs() == names


async def test_next_counts_items_and_total_is_unknown():
    portal = Portal().populate(dialogs=30, queue_lines=2, dropped=0, doubled=0)
    page = await page_of(portal, LIMIT=10)
    assert (page["next"], page["total"]) == (13, -1)  # ten rows, two lines, one null
    last = await page_of(portal, LIMIT=50)
    assert "next" not in last
    honest = Portal(quirks=Quirks(wrong_next=False)).populate(dialogs=30, dropped=0, doubled=0)
    assert (await page_of(honest, LIMIT=10))["next"] == 10


async def test_queue_lines_come_with_every_page_and_lack_fields():
    portal = Portal().populate(dialogs=30)
    for offset in (0, 20, 400):
        items = (await page_of(portal, OFFSET=offset, LIMIT=5))["result"]["items"]
        assert None in items
        lines = [item for item in items if item and item["id"] in portal.queue_lines()]
        assert len(lines) == 2
        assert not {"last_id", "date_last_activity", "options"} & set(lines[0])
    for flag in ("SKIP_OPENLINES", "SKIP_UNDISTRIBUTED_OPENLINES"):
        items = (await page_of(portal, **{flag: "Y"}))["result"]["items"]
        assert not set(named(items)) & set(portal.queue_lines())


async def test_with_a_date_the_offset_is_ignored_and_pinned_come_first():
    portal = Portal(quirks=STILL).populate(dialogs=40, dropped=0, doubled=0)
    items = (await page_of(portal, LIMIT=200, **WITHOUT_QUEUE))["result"]["items"]
    date = items[20]["date_last_activity"]
    pages = [
        named(
            (await page_of(portal, LAST_MESSAGE_DATE=date, OFFSET=offset, LIMIT=9, **WITHOUT_QUEUE))["result"]["items"]
        )
        for offset in (0, 500)
    ]
    assert pages[0] == pages[1]
    assert pages[0] == portal.visible_dialogs(last_message_date=datetime.fromisoformat(date))[:9]


@pytest.mark.parametrize(
    "name",
    [
        "skip_openlines",
        "skip_dialog",
        "skip_chat",
        "unread_only",
        "only_copilot",
        "only_channel",
        "can_manage_messages",
    ],
)
async def test_every_filter_leaves_some_out_and_not_all(name):
    portal = Portal(seed=2, quirks=STILL).populate(dialogs=90)
    only: dict[str, Any] = {name: True}
    items = (await page_of(portal, LIMIT=200, **{name.upper(): "Y"}, **WITHOUT_QUEUE))["result"]["items"]
    assert named(items) == portal.visible_dialogs(**only)
    assert 0 < len(items) < 90


async def test_a_new_message_moves_a_dialog_to_the_top_below_the_pinned():
    portal = Portal(quirks=STILL)
    names = chats(portal, 6)
    portal.pin(names[5])
    message_id = portal.post(names[3], "up")
    items = (await page_of(portal))["result"]["items"]
    assert named(items)[:3] == [names[5], names[3], names[0]]
    assert (items[1]["message"]["id"], items[1]["counter"]) == (message_id, 1)


async def test_hidden_dialogs_leave_and_come_back_with_a_message():
    portal = Portal()
    names = chats(portal, 3)
    portal.hide(names[0])
    assert named((await page_of(portal))["result"]["items"]) == names[1:]
    portal.post(names[0])
    assert named((await page_of(portal))["result"]["items"]) == names


async def test_tied_dialogs_come_in_another_order_every_time():
    portal = Portal(quirks=Quirks(shuffle_ties=True))
    now = datetime.fromisoformat(portal.clock.iso(portal.clock.now()))
    names = {portal.add_chat(str(number), date=now) for number in range(8)}
    orders = [tuple(named((await page_of(portal))["result"]["items"])) for _ in range(4)]
    assert len(set(orders)) > 1
    assert {frozenset(order) for order in orders} == {frozenset(names)}


async def test_absent_users_and_mute_lists_come_in_all_their_shapes():
    portal = Portal(seed=1).populate(dialogs=400)
    items = [
        item
        for offset in (0, 200, 400)
        for item in (await page_of(portal, LIMIT=200, OFFSET=offset, **WITHOUT_QUEUE))["result"]["items"]
    ]
    users = [item["user"] for item in items]
    assert [] in users
    assert {"id": 0} in users
    assert any(item["title"] == [] and item["avatar"] == [] for item in items)
    muted = [item["chat"]["mute_list"] for item in items]
    assert {type(value) for value in muted if value} == {dict, list}
    assert {type(item["id"]) for item in items if item["type"] == "user"} == {int, str}
    assert {type(item["message"]["file"]) for item in items} == {bool, dict}
    assert any("counter" not in item for item in items)
    assert any("uuid" not in item["message"] for item in items)
    assert any("lines" in item for item in items)


async def test_recent_get_has_task_chats_and_only_what_changed():
    portal = Portal(seed=3, quirks=STILL).populate(dialogs=80)
    items = (await page_of(portal, "im.recent.get"))["result"]
    assert named(items) == portal.changed_dialogs()
    assert "tasksTask" in {item["chat"].get("type") for item in items}
    since = datetime.fromisoformat(portal.clock.iso(portal.clock.now())) - timedelta(hours=3)
    for name in ("LAST_SYNC_DATE", "LAST_UPDATE"):
        changed = (await page_of(portal, "im.recent.get", **{name: since.isoformat()}))["result"]
        assert named(changed) == portal.changed_dialogs(since)
        assert 0 < len(changed) < len(items)


async def test_recent_get_looks_back_seven_days_at_most_when_asked():
    portal = Portal()
    now = datetime.fromisoformat(portal.clock.iso(portal.clock.now()))
    young, old, ancient = (portal.add_chat(str(days), date=now - timedelta(days=days)) for days in (6, 10, 40))
    long_ago = (now - timedelta(days=300)).isoformat()
    assert named((await page_of(portal, "im.recent.get", LAST_SYNC_DATE=long_ago))["result"]) == [young]
    assert named((await page_of(portal, "im.recent.get"))["result"]) == [young, old]
    assert ancient in portal.visible_dialogs()


async def test_old_portals_write_numbers_as_strings():
    portal = Portal(quirks=Quirks(revision=18)).populate()
    item = (await page_of(portal, "im.recent.get", SKIP_CHAT="Y", SKIP_OPENLINES="Y"))["result"][0]
    assert isinstance(item["id"], str)
    assert isinstance(item["message"]["id"], str)
    assert "date_update" not in item
    assert (await page_of(portal, "im.revision.get"))["result"]["rest"] == 18


async def test_start_is_the_offset_and_beats_offset():
    portal = Portal(quirks=STILL)
    names = chats(portal, 9)
    assert named((await page_of(portal, START=6, OFFSET=1, LIMIT=2))["result"]["items"]) == names[6:8]
    async with portal.http() as http:
        reply = await http.post("batch", json={"cmd": {"a": "im.recent.list?start=4&LIMIT=2"}})
    assert named(reply.json()["result"]["result"]["a"]["items"]) == names[4:6]


@pytest.mark.parametrize("start", [0, -1, "0", ""])
async def test_a_start_that_is_not_above_0_leaves_offset_alone(start):
    portal = Portal(quirks=STILL)
    names = chats(portal, 9)
    assert named((await page_of(portal, START=start, OFFSET=3, LIMIT=2))["result"]["items"]) == names[3:5]


async def test_ties_are_shuffled_alike_for_the_same_seed():
    orders = []
    for seed in (1, 1, 2):
        portal = Portal(seed, quirks=Quirks(shuffle_ties=True))
        now = portal.world.moment(None)
        for number in range(20):
            portal.add_chat(str(number), date=now)
        orders.append([named((await page_of(portal))["result"]["items"]) for _ in range(2)])
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][0] != orders[0][1]


async def test_skip_chat_leaves_channels_and_copilots_which_only_flags_ask_for_whatever_is_skipped():
    portal = Portal(seed=2, quirks=STILL).populate(dialogs=90, queue_lines=2)
    kinds = {name: portal.world.chat(name).kind for name in portal.visible_dialogs()}
    items = named((await page_of(portal, LIMIT=200, SKIP_CHAT="Y", **WITHOUT_QUEUE))["result"]["items"])
    assert {kinds[name] for name in items} == set(kinds.values()) - {"chat", "open", "sonetGroup", "crm"}
    skipping = {"SKIP_CHAT": "Y", "SKIP_DIALOG": "Y", "SKIP_OPENLINES": "Y", "LIMIT": 200}
    for flag, wanted in (("ONLY_COPILOT", {"copilot"}), ("ONLY_CHANNEL", {"channel", "openChannel"})):
        items = named((await page_of(portal, **skipping, **{flag: "Y"}))["result"]["items"])
        assert items == [name for name, kind in kinds.items() if kind in wanted]
    items = (await page_of(portal, LIMIT=200, ONLY_COPILOT="Y"))["result"]["items"]
    assert not set(named(filter(None, items))) & set(portal.queue_lines())


async def test_birthdays_are_on_every_page_but_those_by_date_or_of_unread_dialogs():
    portal = Portal().populate(dialogs=60)
    date = portal.clock.iso(portal.clock.now())
    for params, there in (
        ({}, True),
        ({"OFFSET": 50}, True),
        ({"UNREAD_ONLY": "Y"}, False),
        ({"LAST_MESSAGE_DATE": date}, False),
    ):
        assert ("birthdayList" in (await page_of(portal, **params))["result"]) is there


async def test_the_date_of_a_page_has_another_name():
    portal = Portal(quirks=STILL)
    names = chats(portal, 5)
    date = (await page_of(portal))["result"]["items"][3]["date_last_activity"]
    assert named((await page_of(portal, DATE_LAST_ACTIVITY=date))["result"]["items"]) == names[3:]


async def test_an_empty_second_row_comes_without_its_message_unless_both_are_on_a_page():
    portal = Portal(quirks=STILL)
    chats(portal, 4)
    person = portal.add_user()
    dialog = portal.add_private(person)
    message_id = portal.post(dialog)
    portal.double(dialog, 0, empty=True)
    assert [str(item["id"]) for item in (await page_of(portal, LIMIT=1))["result"]["items"]] == [dialog]
    assert (await page_of(portal, LIMIT=1))["result"]["items"][0]["message"]["id"] == 0
    assert (await page_of(portal, LIMIT=1, OFFSET=1))["result"]["items"][0]["message"]["id"] == message_id
    assert (await page_of(portal, LIMIT=9))["result"]["items"][0]["message"]["id"] == message_id


async def test_a_dialog_whose_newest_message_is_erased_falls_back():
    portal = Portal(quirks=STILL)
    names = chats(portal, 4)
    portal.add_history(names[3], 2)
    message_id = portal.post(names[3])
    assert portal.visible_dialogs()[0] == names[3]
    portal.world.erase(message_id)
    assert named((await page_of(portal))["result"]["items"]) == names
    assert message_id not in portal.visible_messages(names[3])
