"""The portal's event queues: at least once, in order, deleted by offset, with their traps."""

import anyio
import pytest

from bitrix_im.testing import Portal, Quirks

pytestmark = pytest.mark.anyio


def world(**quirks):
    portal = Portal(seed=2, limited=False, quirks=Quirks(**quirks))
    ann = portal.person("Ann Lee")
    return portal, ann, portal.add_chat("Plans", members=[ann.id])


async def ask(http, offset=None, **params):
    given = params if offset is None else {"offset": offset, **params}
    return (await http.post("im.v2.Event.get", json=given)).json()["result"]


def texts(page):
    return [event["data"]["message"]["text"] for event in page["events"]]


async def test_nothing_is_recorded_before_subscribing_and_what_is_there_stays_after_unsubscribing():
    portal, ann, chat = world()
    async with portal.http() as http:
        ann.write(chat, "before")
        assert (await ask(http))["events"] == []
        assert (await http.post("im.v2.Event.subscribe")).json()["result"] is True
        ann.write(chat, "heard")
        await http.post("im.v2.Event.unsubscribe")
        ann.write(chat, "after")
        assert texts(await ask(http)) == ["heard"]


async def test_events_come_again_until_an_offset_deletes_them():
    portal, ann, chat = world()
    async with portal.http() as http:
        await http.post("im.v2.Event.subscribe")
        for number in range(5):
            ann.write(chat, str(number))
        for _ in range(2):
            page = await ask(http, limit=3)
            assert (texts(page), page["hasMore"]) == (["0", "1", "2"], True)
        page = await ask(http, page["nextOffset"], limit=3)
        assert (texts(page), page["hasMore"]) == (["3", "4"], False)
        following = page["nextOffset"]
        assert following == page["events"][-1]["eventId"] + 1
        assert await ask(http, following) == {"events": [], "nextOffset": following, "hasMore": False}
        assert await ask(http) == {"events": [], "nextOffset": 0, "hasMore": False}  # never store that


async def test_a_full_page_says_more_even_with_nothing_behind_it():
    portal, ann, chat = world()
    async with portal.http() as http:
        await http.post("im.v2.Event.subscribe")
        ann.write(chat, "only")
        assert (await ask(http, limit=1))["hasMore"] is True


async def test_events_are_of_all_kinds_and_ones_own_come_back():
    portal, ann, chat = world()
    async with portal.http() as http:
        await http.post("im.v2.Event.subscribe")
        own = (await http.post("im.message.add", json={"DIALOG_ID": chat, "MESSAGE": "mine"})).json()["result"]
        ann.react(own)
        ann.react(own, on=False)
        await http.post("im.message.update", json={"MESSAGE_ID": own, "MESSAGE": "changed"})
        await http.post("im.message.delete", json={"MESSAGE_ID": own})
        bob = portal.person("Bob Ray")
        bob.join(chat)
        events = (await ask(http))["events"]
    assert [event["type"] for event in events] == [
        "ONIMV2MESSAGEADD",
        "ONIMV2REACTIONCHANGE",
        "ONIMV2REACTIONCHANGE",
        "ONIMV2MESSAGEUPDATE",
        "ONIMV2MESSAGEDELETE",
        "ONIMV2JOINCHAT",
    ]
    data = [event["data"] for event in events]
    assert (data[0]["message"]["id"], data[0]["message"]["text"], data[0]["user"]["id"]) == (
        own,
        "mine",
        portal.user_id,
    )
    assert [(one["reaction"], one["action"], one["user"]["id"]) for one in data[1:3]] == [
        ("like", "add", ann.id),
        ("like", "delete", ann.id),
    ]
    assert data[4]["messageId"] == own
    assert (data[5]["user"]["id"], data[5]["dialogId"], data[5]["chat"]["dialogId"]) == (bob.id, chat, chat)
    assert [event["eventId"] for event in events] == sorted({event["eventId"] for event in events})


async def test_each_user_has_a_queue_of_their_own_and_their_own_dialog_ids():
    portal, ann, _ = world()
    async with portal.http() as http, portal.http(base_url=portal.webhook_of(ann.id)) as hers:
        for client in (http, hers):
            await client.post("im.v2.Event.subscribe")
        ann.write(portal.user_id, "private")
        portal.post(portal.add_chat("Without Ann"), "elsewhere")
        mine, theirs = (await ask(http))["events"], (await ask(hers))["events"]
    assert [event["data"]["chat"]["dialogId"] for event in theirs] == [str(portal.user_id)]
    assert mine[0]["data"]["chat"]["dialogId"] == str(ann.id)
    assert len(mine) == 2


async def test_events_are_kept_for_a_day():
    portal, ann, chat = world()
    async with portal.http() as http:
        await http.post("im.v2.Event.subscribe")
        ann.write(chat, "old")
        await anyio.sleep(80_000)
        ann.write(chat, "young")
        await anyio.sleep(10_000)
        assert texts(await ask(http)) == ["young"]


async def test_the_server_remembers_nothing_for_a_minute_where_a_new_event_loses_a_race():
    portal, ann, chat = world(event_races=1.0)
    async with portal.http() as http:
        await http.post("im.v2.Event.subscribe")
        assert (await ask(http))["events"] == []
        ann.write(chat, "unseen")
        await anyio.sleep(50)
        assert (await ask(http))["events"] == []
        assert texts(await ask(http, 1)) == ["unseen"]  # an offset clears that first
        await anyio.sleep(61)
        assert texts(await ask(http)) == ["unseen"]


async def test_a_lower_id_can_appear_late_and_is_lost_to_who_confirms_at_once():
    portal, ann, chat = world(late_events=0.4)
    async with portal.http() as http:
        await http.post("im.v2.Event.subscribe")
        for number in range(30):
            ann.write(chat, str(number))
        page = await ask(http)
        await anyio.sleep(1)
        whole = await ask(http)
        assert texts(whole) == [str(number) for number in range(30)]
        assert 0 < len(page["events"]) < 30
        late = [event["eventId"] for event in whole["events"] if event not in page["events"]]
        assert min(late) < page["nextOffset"]
        for number in range(30):
            ann.write(chat, f"more {number}")
        await ask(http, (await ask(http))["nextOffset"])
    assert portal.feed.queue(portal.user_id).lost > 0


async def test_older_portals_have_no_events():
    portal, _, _ = world(events=False)
    async with portal.http() as http:
        for name in ("subscribe", "get", "unsubscribe"):
            reply = await http.post(f"im.v2.Event.{name}")
            assert (reply.status_code, reply.json()["error"]) == (404, "ERROR_METHOD_NOT_FOUND")
