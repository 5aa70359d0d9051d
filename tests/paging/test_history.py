"""im.dialog.messages.get: every message once, downwards and upwards, whatever the portal does to a page."""

import json

import httpx
import pytest
from hypothesis import given, strategies as st

from bitrix_im import AccessError, BitrixIM, Limits
from bitrix_im.testing import Portal, Quirks

from ..helpers import connected, message_ids
from ..virtual_time import run

ORDERS = ["ascending", "unordered", "holes"]


def portal_with(messages, *, unread=0, hidden=0, seed=1, order="unordered", limited=False, **options):
    portal = Portal(seed=seed, quirks=Quirks(first_id_order=order), limited=limited, **options)
    dialog = portal.add_chat("Long")
    portal.add_history(dialog, messages, unread=unread, hidden=hidden)
    return portal, dialog


async def test_all_messages_come_newest_first_past_the_unread_mark():
    portal, dialog = portal_with(1234, unread=300)
    async with connected(portal) as im:
        found = message_ids(await im.messages.history(dialog).collect())
    assert found == portal.visible_messages(dialog)[::-1]
    assert len(found) == 1234


@pytest.mark.parametrize("order", ORDERS)
async def test_all_messages_come_oldest_first_in_whatever_order_the_pages_are(order):
    portal, dialog = portal_with(1234, unread=300, order=order)
    async with connected(portal, limits=Limits.unlimited()) as im:
        found = message_ids(await im.messages.history(dialog, after=0).collect())
    assert found == portal.visible_messages(dialog)


async def test_what_was_said_before_the_user_joined_is_not_missed():
    portal, dialog = portal_with(300, hidden=120)
    async with connected(portal) as im:
        found = message_ids(await im.messages.history(dialog).collect())
        assert found == portal.visible_messages(dialog)[::-1]
        assert found[::-1] == message_ids(await im.messages.history(dialog, after=0).collect())


@given(
    messages=st.integers(0, 160),
    unread=st.integers(0, 160),
    hidden=st.integers(0, 60),
    order=st.sampled_from(ORDERS),
    page_size=st.integers(1, 50),
    place=st.integers(-2, 170),
    seed=st.integers(0, 2**16),
    on=st.sampled_from(["asyncio", "trio"]),
)
def test_each_visible_message_comes_exactly_once_and_in_order(
    messages, unread, hidden, order, page_size, place, seed, on
):
    hidden = min(hidden, messages)
    portal, dialog = portal_with(messages, unread=min(unread, messages - hidden), hidden=hidden, order=order, seed=seed)
    truth = portal.visible_messages(dialog)
    mark = truth[place] + place % 2 if 0 <= place < len(truth) else max(1, place + (truth[-1] if truth else 0))

    async def walk():
        async with connected(portal, limits=Limits.unlimited()) as im:
            down = await im.messages.history(dialog, before=mark, page_size=page_size).collect()
            up = await im.messages.history(dialog, after=mark, page_size=page_size).collect()
        return message_ids(down), message_ids(up)

    down, up = run(walk, on=on)
    assert down == [number for number in truth[::-1] if number < mark]
    assert up == [number for number in truth if number > mark]


@pytest.mark.parametrize("direction", [{}, {"after": 0}])
async def test_messages_that_arrive_meanwhile_double_nothing(direction):
    portal, dialog = portal_with(400)
    before = portal.visible_messages(dialog)
    portal.before_command = lambda method, params: portal.post(dialog, "new")
    async with connected(portal) as im:
        found = []
        async for message in im.messages.history(dialog, **direction):
            found.append(message.id)
            if len(found) == 399:
                portal.before_command = None
    assert len(found) == len(set(found))
    assert [number for number in sorted(found) if number <= before[-1]] == before
    assert found == sorted(found, reverse=not direction)


async def test_authors_and_files_are_joined():
    portal = Portal(seed=1).populate(messages=200)
    async with connected(portal) as im:
        messages = await im.messages.history(portal.showcase).collect()
    assert any(message.author and message.author.name for message in messages)
    assert all(message.author is None for message in messages if message.author_id == 0)
    assert any(message.files for message in messages)


async def test_a_dialog_without_messages_is_empty():
    portal, dialog = portal_with(0)
    async with connected(portal) as im:
        assert await im.messages.history(dialog).collect() == []
        assert await im.messages.history(dialog, after=0).first() is None
        pages = [page async for page in im.messages.history(dialog).pages()]
    assert [page.items for page in pages] == [[]]


async def test_a_foreign_dialog_is_an_access_error():
    portal, dialog = portal_with(10)
    portal.leave(dialog)
    async with connected(portal) as im:
        with pytest.raises(AccessError, match="im.dialog.messages.get"):
            await im.messages.history(dialog).collect()


@pytest.mark.parametrize("wrong", ["", "0", "chat", "chat0", "chatx", "sg0", "-5", 0, -1, True, None, "chat1 "])
async def test_an_impossible_dialog_id_costs_no_request(wrong):
    portal, _ = portal_with(0)
    async with connected(portal) as im:
        with pytest.raises(ValueError, match="expected a dialog id like 'chat12'"):
            im.messages.history(wrong)
    assert portal.requests == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"before": 5, "after": 5}, "before or after"),
        ({"before": 0}, "from 1"),
        ({"after": -1}, "from 0"),
        ({"after": True}, "after"),
        ({"page_size": 0}, "from 1 to 50"),
        ({"page_size": 51}, "from 1 to 50"),
    ],
)
async def test_impossible_parameters_cost_no_request(wrong, said):
    portal, dialog = portal_with(0)
    async with connected(portal) as im:
        with pytest.raises(ValueError, match=said):
            im.messages.history(dialog, **wrong)
    assert portal.requests == 0


@pytest.mark.parametrize("direction", [{}, {"after": 0}])
async def test_an_entry_that_is_null_does_not_end_the_walk(direction):
    portal, dialog = portal_with(200)
    gone = portal.visible_messages(dialog)[::60]

    class Holes(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            response = await inner.handle_async_request(request)
            body = json.loads(await response.aread())
            pages = body["result"].get("result", {}).values() if "result_error" in body["result"] else [body["result"]]
            for page in pages:
                if "messages" in page:
                    page["messages"] = [None if m["id"] in gone else m for m in page["messages"]]
            return httpx.Response(200, json=body)

    async with portal.http() as http:
        inner = http._transport
        async with httpx.AsyncClient(transport=Holes()) as holed:
            im = BitrixIM(portal.webhook, http=holed)
            found = message_ids(await im.messages.history(dialog, **direction).collect())
    expected = [number for number in portal.visible_messages(dialog) if number not in gone]
    assert found == (expected if direction else expected[::-1])
