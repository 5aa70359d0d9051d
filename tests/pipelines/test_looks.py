"""What is asked of a portal before tasks read it."""

import pytest

from bitrix_im.pipelines.looks import changed_since, listed, newest
from bitrix_im.testing import Portal

from ..helpers import connected


@pytest.fixture
def portal():
    return Portal(seed=4).populate(dialogs=450, messages=60)


async def test_the_dialogs_of_the_list_are_those_that_may_be_read(portal):
    async with connected(portal) as im:
        assert sorted(await listed(im)) == sorted(set(portal.visible_dialogs()) - set(portal.queue_lines()))


async def test_above_an_id_there_are_only_dialogs_with_news(portal):
    async with connected(portal) as im:
        floor = await newest(im)
        assert await listed(im, floor) == []
        names = portal.visible_dialogs()[5:300:7]
        for name in names:
            portal.post(name)
        assert sorted(await listed(im, floor)) == sorted(names)


async def test_the_newest_message_of_an_empty_list_is_zero():
    async with connected(Portal(seed=4)) as im:
        assert await newest(im) == 0
        changed, _ = await changed_since(im, 0, None)
        assert changed == {}


async def test_news_are_found_by_one_request_where_the_moment_is_known_and_by_the_list_where_it_is_not(portal):
    async with connected(portal) as im:
        floor = await newest(im)
        before, at = await changed_since(im, floor, None)
        assert max(before.values()) == floor
        posted = {name: portal.post(name) for name in portal.visible_dialogs()[3:400:9]}
        asked = portal.requests
        known, _ = await changed_since(im, floor, at)
        assert portal.requests - asked == 1
        found, _ = await changed_since(im, floor, None)
        for changed in (known, found):
            assert {name: last for name, last in changed.items() if last > floor} == posted


async def test_a_task_s_chat_is_no_dialog_of_the_list(portal):
    async with connected(portal) as im:
        changed, _ = await changed_since(im, await newest(im), None)
    assert set(changed) <= set(portal.visible_dialogs())
