"""Every fault at every request of every walk: all items, each once."""

from datetime import timedelta

import anyio
import pytest

from bitrix_im import BitrixError, InvalidCursor, Limits, OverloadLimit, PortalGone
from bitrix_im.testing import Fault, Portal, Quirks

from ..helpers import connected, server_now
from ..virtual_time import run

# What no repetition gets over; test_trust_retry shows that these cost one request.
FINAL = {
    Fault.OVERLOAD_503,
    Fault.OVERLOAD_401,
    Fault.ACCESS_DENIED,
    Fault.PORTAL_DELETED,
    Fault.RENAMED,
    Fault.TOO_LARGE,
    Fault.EXPIRED_TOKEN,
}
PASSING = [fault for fault in Fault if fault not in FINAL]
PATIENT = {"timeout": 10, "limits": Limits.unlimited()}


def world():
    """A portal with a few pages of everything, in which nobody moves."""
    portal = Portal(seed=1, limited=False, quirks=Quirks(first_id_order="holes"))
    oldest = server_now(portal) - timedelta(days=3)
    for number in range(12):
        portal.add_chat(f"Project {number}", date=oldest + timedelta(minutes=number))
    dialog = portal.visible_dialogs()[-1]
    portal.add_history(dialog, 17)
    return portal, dialog


def by_offset(im, portal, dialog):
    return im.recent.list(page_size=5), portal.visible_dialogs()


def by_date(im, portal, dialog):
    return im.recent.list(page_size=5, last_message_date=server_now(portal)), portal.visible_dialogs()


def search(im, portal, dialog):
    return im.search.chats("Project", page_size=5), portal.found_chats("Project")


def down(im, portal, dialog):
    return im.messages.history(dialog, page_size=6), portal.visible_messages(dialog)[::-1]


def up(im, portal, dialog):
    return im.messages.history(dialog, after=0, page_size=6), portal.visible_messages(dialog)


WALKS = [by_offset, by_date, search, down, up]
NUMBER = {by_offset: "dialog_id", by_date: "dialog_id", search: "id", down: "id", up: "id"}


def numbers(walk, items):
    return [getattr(item, NUMBER[walk]) for item in items]


@pytest.fixture(scope="module")
def requests():
    """How many requests each walk makes when nothing goes wrong."""
    counts = {}
    for walk in WALKS:
        portal, dialog = world()

        async def collect(walk=walk, portal=portal, dialog=dialog):
            async with connected(portal, **PATIENT) as im:
                await walk(im, portal, dialog)[0].collect()

        run(collect)
        counts[walk] = portal.requests
    return counts


@pytest.mark.grid(every=7)
@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("fault", PASSING)
async def test_a_fault_at_any_request_loses_and_doubles_nothing(fault, walk, requests):
    count = requests[walk]
    assert count > 1
    for position in range(1, count + 2):
        portal, dialog = world()
        portal.faults.nth(position, fault)
        async with connected(portal, **PATIENT) as im:
            pager, expected = walk(im, portal, dialog)
            assert numbers(walk, await pager.collect()) == expected, (fault, position)
        assert len(portal.faults.struck) == (1 if position <= count else len(portal.faults.struck))


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("walk", WALKS)
async def test_a_third_of_all_requests_may_fail(walk):
    portal, dialog = world()
    portal.faults.share(0.33, PASSING, seed=7)
    async with connected(portal, **PATIENT) as im:
        for _ in range(8):
            pager, expected = walk(im, portal, dialog)
            assert numbers(walk, await pager.collect()) == expected
    assert len(portal.faults.struck) > 5


@pytest.mark.grid(every=7)
@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("fault", sorted(FINAL, key=str))
async def test_what_stops_a_walk_leaves_a_cursor_to_go_on_from(fault, walk, requests):
    count = requests[walk]
    for position in range(1, count + 1):
        portal, dialog = world()
        portal.faults.nth(position, fault)
        async with connected(portal, **PATIENT) as im:
            pager, expected = walk(im, portal, dialog)
            items, failure = [], None
            try:
                async for page in pager.pages():
                    items += page.items
            except BitrixError as error:
                failure = error
            if failure is not None:  # a look ahead may fail without harm
                assert (failure.attempts, portal.requests) == (1, position)
                await anyio.sleep(60)  # for so long a block by hand is believed
                items += await pager.resume(failure.cursor).collect()
        assert list(dict.fromkeys(numbers(walk, items))) == expected, (fault, position)


@pytest.mark.parametrize("walk", [by_offset, by_date, search, down, up])
@pytest.mark.parametrize("fault", [Fault.OVERLOAD_503, Fault.OVERLOAD_401, Fault.RENAMED])
async def test_a_walk_asks_a_blocked_or_renamed_portal_no_second_time(fault, walk, requests):
    for position in range(1, requests[walk] + 1):
        portal, dialog = world()
        portal.faults.nth(position, fault, count=99)
        async with connected(portal, **PATIENT) as im:
            with pytest.raises((OverloadLimit, PortalGone)):
                await walk(im, portal, dialog)[0].collect()
        assert portal.requests == position
        assert portal.strangers == []


async def test_a_cursor_of_a_failed_walk_is_not_that_of_another():
    portal, dialog = world()
    portal.faults.nth(2, Fault.ACCESS_DENIED, count=99)
    async with connected(portal, **PATIENT) as im:
        with pytest.raises(BitrixError) as caught:
            await im.messages.history(dialog, page_size=6).collect()
        with pytest.raises(InvalidCursor):
            im.messages.history(dialog, page_size=5).resume(caught.value.cursor)
