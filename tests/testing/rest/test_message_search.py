"""The portal's search for messages, and the walk that it is without a text."""

import anyio
import pytest

from bitrix_im.testing import Quirks

from .calling import World

pytestmark = pytest.mark.anyio


async def test_a_search_without_text_is_a_walk_in_both_directions():
    world = World()
    made = world.portal.add_history(world.chat, 500)

    async def walk(**params):
        seen = []
        while page := (await world.call("im.dialog.messages.search", CHAT_ID=world.number, LIMIT=999, **params))[
            "result"
        ]["messages"]:
            assert len(page) <= 200
            seen += [message["id"] for message in page]
            params["LAST_ID"] = seen[-1]
        return seen

    assert await walk() == made[::-1]
    assert await walk(ORDER={"ID": "ASC"}) == made


async def test_where_dates_and_ids_disagree_a_message_at_a_seam_is_skipped():
    world = World()
    made = world.portal.add_history(world.chat, 40)
    dates = world.portal.world.chats[world.number].dates
    dates[21] = dates[18]  # imported with the date of an older one
    seen, last = [], {}
    while page := (await world.call("im.dialog.messages.search", CHAT_ID=world.number, LIMIT=20, **last))["result"][
        "messages"
    ]:
        seen += [message["id"] for message in page]
        last = {"LAST_ID": seen[-1]}
    assert set(seen) < set(made)


async def test_messages_are_found_by_text_and_date():
    world = World()
    world.portal.add_history(world.chat, 50)
    await anyio.sleep(86_400 * 3)
    wanted = world.portal.post(world.chat, "The Needle")

    async def found(**params):
        result = (await world.call("im.dialog.messages.search", CHAT_ID=world.number, **params))["result"]
        return [message["id"] for message in result["messages"]]

    assert await found(SEARCH_MESSAGE="needle") == [wanted]
    assert len(await found(SEARCH_MESSAGE="ne")) == 50  # too short: ignored
    today = world.portal.clock.iso(world.portal.clock.now())
    assert await found(DATE=today) == await found(DATE_FROM=today) == [wanted]
    assert wanted not in await found(DATE_TO=world.portal.clock.iso(world.portal.clock.now() - 86_400))
    assert await world.errors("im.dialog.messages.search", {}, {"CHAT_ID": 99_999}) == ["CHAT_ID_EMPTY", "ACCESS_ERROR"]


async def test_older_portals_lack_methods():
    world = World(quirks=Quirks(missing_methods=("im.dialog.messages.search",)))
    assert await world.errors("im.dialog.messages.search", {}) == ["ERROR_METHOD_NOT_FOUND"]
    assert (await world.call("method.get", name="im.dialog.messages.search"))["result"]["isExisting"] is False
