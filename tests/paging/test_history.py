"""im.dialog.messages.get: every message once, downwards and upwards, whatever the portal does to a page."""

import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

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


@pytest.mark.grid(every=3)
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


class Rewriting(httpx.AsyncBaseTransport):
    """A portal whose requests and answers somebody in between changes."""

    def __init__(self, inner, refuse=lambda text: False, change=lambda page, params: None):
        self.inner, self.refuse, self.change = inner, refuse, change

    async def handle_async_request(self, request):
        sent = json.loads(request.content)
        if self.refuse(request.content.decode()):
            return httpx.Response(500, text="<html>Internal Server Error</html>")
        response = await self.inner.handle_async_request(request)
        body = json.loads(await response.aread())
        if "cmd" in sent:
            found = body["result"]["result"] or {}
            for key, page in found.items():
                self.change(page, dict(parse_qsl(sent["cmd"][key].partition("?")[2])))
        elif "result" in body:
            self.change(body["result"], sent)
        return httpx.Response(response.status_code, json=body)


@asynccontextmanager
async def behind(portal, **options):
    async with (
        portal.http() as http,
        httpx.AsyncClient(transport=Rewriting(http._transport, **options)) as changed,
        BitrixIM(portal.webhook, http=changed, limits=Limits.unlimited()) as im,
    ):
        yield im


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("direction", [{}, {"after": 0}])
async def test_a_portal_that_fails_on_safe_links_is_walked_by_counted_ones_from_then_on(direction):
    portal, dialog = portal_with(1_500)
    truth = portal.visible_messages(dialog)[:: 1 if direction else -1]
    refused = []

    def refuse(text):
        if "%0A" in text:
            refused.append(text)
        return "%0A" in text

    async with behind(portal, refuse=refuse) as im:
        assert message_ids(await im.messages.history(dialog, **direction).collect()) == truth
        assert 1 <= len(refused) <= 3
        before = len(refused), portal.requests
        assert message_ids(await im.with_options(timeout=5).messages.history(dialog, **direction).collect()) == truth
        assert len(refused) == before[0], "the session remembers it"
        assert portal.requests - before[1] <= 12


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("direction", [{}, {"after": 0}])
@pytest.mark.parametrize("most", [1, 13, 20, 49])
async def test_a_portal_that_gives_shorter_pages_than_asked_for_is_walked_to_its_end(direction, most):
    portal, dialog = portal_with(130)
    truth = portal.visible_messages(dialog)

    def shorten(page, params):
        if isinstance(page, dict) and "messages" in page:
            page["messages"] = page["messages"][:most]

    async with behind(portal, change=shorten) as im:
        found = message_ids(await im.messages.history(dialog, **direction).collect())
    assert found == (truth if direction else truth[::-1])


@pytest.mark.parametrize("direction", [{}, {"after": 0}])
async def test_a_page_that_is_thinned_in_the_middle_is_no_end(direction):
    portal, dialog = portal_with(600)
    gone = set(portal.visible_messages(dialog)[200:330:3])

    def thin(page, params):
        if isinstance(page, dict) and "messages" in page:
            page["messages"] = [message for message in page["messages"] if message["id"] not in gone]

    async with behind(portal, change=thin) as im:
        found = message_ids(await im.messages.history(dialog, **direction).collect())
    assert sorted(found) == [number for number in portal.visible_messages(dialog) if number not in gone]


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("size", [50, 7])
async def test_an_empty_page_below_an_id_that_no_message_has_is_not_the_end(size):
    portal, dialog = portal_with(160)
    truth = portal.visible_messages(dialog)

    def as_documented(page, params):
        text = str(params.get("LAST_ID") or params.get("FIRST_ID") or 0)
        asked = int(text) if text.isdigit() else 0  # a link leads to what is there
        if isinstance(page, dict) and "messages" in page and asked and asked not in truth:
            page["messages"] = []

    holes = [number + 1 for number in truth if number + 1 not in truth]
    async with behind(portal, change=as_documented) as im:
        for hole in holes[::20]:
            down = message_ids(await im.messages.history(dialog, before=hole, page_size=size).collect())
            up = message_ids(await im.messages.history(dialog, after=hole, page_size=size).collect())
            assert down == [number for number in truth[::-1] if number < hole]
            assert up == [number for number in truth if number > hole]
        assert await im.messages.history(dialog, before=1).collect() == []
        assert await im.messages.history(dialog, after=truth[-1] + 50).collect() == []


async def test_the_first_messages_are_asked_for_by_their_number():
    portal, dialog = portal_with(400)
    truth = portal.visible_messages(dialog)
    async with connected(portal) as im:
        assert (await im.messages.history(dialog).first()).id == truth[-1]
        assert message_ids(await im.messages.history(dialog).limit(5).collect()) == truth[:-6:-1]
        assert [int(entry.params["LIMIT"]) for entry in portal.log] == [1, 5]
        assert (await im.messages.history(dialog, after=0).first()).id == truth[0]
        assert message_ids(await im.messages.history(dialog, after=truth[7]).limit(5).collect()) == truth[8:13]


async def test_a_page_upwards_is_never_longer_than_asked_for():
    portal, dialog = portal_with(300)
    async with connected(portal, limits=Limits.unlimited()) as im:
        pages = [page async for page in im.messages.history(dialog, after=0, page_size=20).pages()]
    assert max(len(page.items) for page in pages) <= 20
    assert [number for page in pages for number in message_ids(page.items)] == portal.visible_messages(dialog)


@pytest.mark.slow
async def test_a_few_pages_upwards_of_a_long_history_cost_a_request_each():
    portal, dialog = portal_with(20_000, order="ascending")
    async with connected(portal, limits=Limits.unlimited()) as im:
        before = portal.requests
        few = message_ids(await im.messages.history(dialog, after=0, page_size=50).limit(200).collect())
        cost, before = portal.requests - before, portal.requests
        many = message_ids(await im.messages.history(dialog, after=0, page_size=50).limit(3_000).collect())
    assert cost <= 8
    assert few == many[:200]
    assert len(many) == 3_000
    assert portal.requests - before <= 25
