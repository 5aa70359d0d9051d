"""A bot's queue in fetch mode: at least once, deleted by offset, with its traps, and the user's events beside it."""

import anyio
import pytest

from bitrix_im.testing import Portal, Quirks

from .conftest import Caller

pytestmark = pytest.mark.anyio


def texts(page):
    return [event["data"]["message"]["text"] for event in page["events"] if "message" in event["data"]]


async def test_events_come_again_until_an_offset_deletes_them(bot, ann):
    for number in range(4):
        ann.write(bot.id, str(number))
    for _ in range(2):
        page = await bot("Event.get", limit=3)
        assert [event["type"] for event in page["events"]] == ["ONIMBOTV2JOINCHAT", *["ONIMBOTV2MESSAGEADD"] * 2]
        assert (texts(page), page["hasMore"]) == (["0", "1"], True)
    for _ in range(2):  # the same offset once more does no harm
        rest = await bot("Event.get", offset=page["nextOffset"], limit=2)
        assert texts(rest) == ["2", "3"]
        assert rest["hasMore"] is True  # a full page says so, whatever is behind it
    end = rest["nextOffset"]
    assert end == rest["events"][-1]["eventId"] + 1
    empty = {"events": [], "nextOffset": end, "hasMore": False}
    assert await bot("Event.get", offset=end) == empty
    assert (await bot("Event.get"))["nextOffset"] == 0  # never to be stored


async def test_ids_are_the_portals_and_have_holes_and_each_bot_has_its_own_queue(portal, bot, ann):
    other = Caller(portal, bot.http)
    await other.register("other")
    for number in range(12):
        ann.write(bot.id if number % 2 else other.id, str(number))
    mine = [event["eventId"] for event in await bot.events()]
    theirs = [event["eventId"] for event in await other.events()]
    assert not set(mine) & set(theirs)
    assert mine == sorted(mine)
    both = sorted(mine + theirs)
    assert both[-1] - both[0] >= len(both)


async def test_two_consumers_confirm_for_each_other(bot, ann):
    ann.write(bot.id, "for both")
    first, second = await bot("Event.get"), await bot("Event.get")
    assert first == second
    await bot("Event.get", offset=first["nextOffset"])
    assert await bot.events() == []


async def test_nothing_is_remembered_for_a_minute_unless_an_offset_is_sent():
    portal = Portal(limited=False, quirks=Quirks(event_races=1.0))
    async with portal.http() as http:
        bot = Caller(portal, http)
        await bot.register()
        assert await bot.events() == []
        portal.person("Ann Lee").write(bot.id, "unseen")
        await anyio.sleep(50)
        assert await bot.events() == []
        assert texts(await bot("Event.get", offset=1)) == ["unseen"]


async def test_events_are_kept_for_a_day(bot, ann):
    ann.write(bot.id, "old")
    await anyio.sleep(80_000)
    ann.write(bot.id, "young")
    await anyio.sleep(10_000)
    assert texts(await bot("Event.get")) == ["young"]


async def test_users_events_come_in_the_same_pages_and_one_offset_confirms_both(portal, bot, ann):
    assert await bot.error("Event.get", withUserEvents=True) == "USER_NOT_SUBSCRIBED"
    await bot.http.post("im.v2.Event.subscribe")
    ann.write(bot.id, "to the bot")
    ann.write(portal.user_id, "to me")
    ann.write(bot.id, "to the bot again")
    page = await bot("Event.get", withUserEvents="Y")
    assert texts(page) == ["to the bot", "to me", "to the bot again"]
    ids = [event["eventId"] for event in page["events"]]
    assert ids == sorted(ids)
    assert {event["type"][:7] for event in page["events"]} == {"ONIMBOT", "ONIMV2M"}
    cut = await bot("Event.get", withUserEvents=True, limit=2)
    rest = await bot("Event.get", withUserEvents=True, offset=cut["nextOffset"])
    assert [event["eventId"] for event in rest["events"]] == ids[2:]
    await bot("Event.get", withUserEvents=True, offset=rest["nextOffset"])
    assert (await bot.http.post("im.v2.Event.get")).json()["result"]["events"] == []
    portal.scopes.remove("im")
    assert await bot.error("Event.get", withUserEvents=True) == "SCOPE_ERROR"


async def test_without_asking_the_users_events_stay_where_they_are(portal, bot, ann):
    await bot.http.post("im.v2.Event.subscribe")
    ann.write(portal.user_id, "to me")
    ann.write(bot.id, "to the bot")
    page = await bot("Event.get")
    await bot("Event.get", offset=page["nextOffset"])
    assert texts((await bot.http.post("im.v2.Event.get")).json()["result"]) == ["to me"]


async def test_a_bot_with_a_webhook_has_nothing_to_fetch(bot, ann):
    ann.write(bot.id, "fetched")
    await bot("Bot.update", fields={"eventMode": "webhook", "webhookUrl": "https://bot.test/"})
    ann.write(bot.id, "sent")
    assert await bot.events() == []
    await bot("Bot.update", fields={"eventMode": "fetch"})
    ann.write(bot.id, "fetched again")
    assert texts(await bot("Event.get"))[-1] == "fetched again"


@pytest.mark.parametrize("readable", [True, False])
async def test_the_last_event_says_that_the_bot_is_gone(readable):
    portal = Portal(limited=False, quirks=Quirks(deleted_bots_readable=readable))
    async with portal.http() as http:
        bot = Caller(portal, http)
        await bot.register()
        portal.person("Ann Lee").write(bot.id, "before")
        await bot("Bot.unregister")
        if readable:
            page = await bot("Event.get")
            assert page["events"][-1]["type"] == "ONIMBOTV2DELETE"
            assert set(page["events"][-1]["data"]) == {"bot"}
            assert await bot.error("Event.get", offset=page["nextOffset"]) == "BOT_NOT_FOUND"
        assert await bot.error("Event.get") == "BOT_NOT_FOUND"
