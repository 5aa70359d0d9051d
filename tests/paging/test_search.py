"""im.search.chat.list: every found chat once, ids descending."""

import pytest
from hypothesis import given, strategies as st

from bitrix_im import InvalidParameter, Limits, WalkStalled
from bitrix_im.testing import Portal, Quirks

from ..helpers import connected
from ..virtual_time import run


def portal_with(found, *, seed=1, **options):
    portal = Portal(seed=seed, **options)
    for number in range(found):
        portal.add_chat(f"Project {number}")
        if number % 3 == 0:
            portal.add_chat(f"Other {number}")
    return portal


def chat_ids(chats):
    return [chat.id for chat in chats]


async def test_five_hundred_and_twenty_found_chats_come_once_and_in_order():
    portal = portal_with(520)
    async with connected(portal) as im:
        found = chat_ids(await im.search.chats("Project").collect())
    assert found == portal.found_chats("Project")
    assert len(found) == 520


@pytest.mark.grid(every=2)
async def test_chats_that_disappear_mid_walk_take_no_other_with_them():
    portal = portal_with(520)
    before = portal.found_chats("Project")
    found = []
    async with connected(portal) as im:
        async for page in im.search.chats("Project").pages():
            found += chat_ids(page.items)
            if len(found) in (50, 148):
                for chat in found[-40:]:
                    portal.leave(f"chat{chat}")
            portal.add_chat("Project new")
    assert len(found) == len(set(found))
    assert [chat for chat in found if chat in before] == before


@given(
    found=st.integers(0, 70),
    page_size=st.integers(1, 50),
    leave_every=st.integers(2, 9),
    seed=st.integers(0, 999),
    on=st.sampled_from(["asyncio", "trio"]),
)
def test_found_chats_come_exactly_once_while_others_come_and_go(found, page_size, leave_every, seed, on):
    portal = portal_with(found, seed=seed, limited=False)
    before, gone, calls = portal.found_chats("Project"), set(), 0

    def move(method, params):
        nonlocal calls
        calls += 1
        if calls % 2 == 0 and calls < 60:
            for chat in portal.found_chats("Project")[:: leave_every * 3]:
                gone.add(chat)
                portal.leave(f"chat{chat}")
            portal.add_chat("Project new")

    async def walk():
        async with connected(portal, limits=Limits.unlimited()) as im:
            portal.before_command = move
            return chat_ids(await im.search.chats("Project", page_size=page_size).collect())

    result = run(walk, on=on)
    assert len(result) == len(set(result))
    assert [chat for chat in result if chat in before and chat not in gone] == [c for c in before if c not in gone]


async def test_a_next_that_does_not_grow_is_said_and_not_followed():
    portal = portal_with(120, quirks=Quirks(search_next_stuck=True))
    async with connected(portal) as im:
        with pytest.raises(WalkStalled, match="does not grow") as caught:
            await im.search.chats("Project").collect()
    assert caught.value.cursor


async def test_a_short_text_is_refused_by_the_portal():
    async with connected(portal_with(1)) as im:
        with pytest.raises(InvalidParameter, match="FIND_SHORT"):
            await im.search.chats("P").first()


@pytest.mark.parametrize("texts", [{}, {"find": "a", "find_lines": "b"}])
async def test_one_text_is_asked_for(texts):
    async with connected(portal_with(1)) as im:
        with pytest.raises(ValueError, match="either find or find_lines"):
            im.search.chats(**texts)


async def test_open_lines_are_found_by_find_lines():
    portal = portal_with(1)
    line = portal.add_chat("Visitor from the site", kind="lines")
    async with connected(portal) as im:
        found = await im.search.chats(find_lines="Visitor").collect()
    assert [chat.dialog_id for chat in found] == [line]


async def test_pages_tell_the_total():
    portal = portal_with(120)
    async with connected(portal) as im:
        pages = [page async for page in im.search.chats("Project").pages()]
    assert {page.total for page in pages} == {120}
    assert pages[-1].cursor is None


async def test_new_chats_at_the_top_double_nothing():
    portal = portal_with(12, limited=False)
    before, found = portal.found_chats("Project"), []
    async with connected(portal, limits=Limits.unlimited()) as im:
        async for page in im.search.chats("Project", page_size=3).pages():
            found += chat_ids(page.items)
            if len(found) == 6:
                for number in range(8):
                    portal.add_chat(f"Project new {number}")
    assert found == before
