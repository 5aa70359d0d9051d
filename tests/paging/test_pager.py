"""Pagers: frozen recipes, cursors that travel, nothing left behind."""

import base64
import gc
import json
import subprocess
import sys
from datetime import timedelta

import anyio
import pytest

from bitrix_im import AccessError, InvalidCursor, Limits
from bitrix_im.testing import Portal, Quirks

from ..helpers import connected, ids, message_ids, server_now


@pytest.fixture
def portal():
    return Portal(seed=1, limited=False).populate(dialogs=260, found=("Project", 60), messages=230)


def walks(im, portal):
    return {
        "recent": im.recent.list(page_size=40),
        "by date": im.recent.list(last_message_date=server_now(portal) - timedelta(days=1), page_size=40),
        "search": im.search.chats("Project", page_size=20),
        "down": im.messages.history(portal.showcase),
        "up": im.messages.history(portal.showcase, after=0),
    }


def key(item):
    return getattr(item, "dialog_id", None) or item.id


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("name", ["recent", "by date", "search", "down", "up"])
async def test_resuming_from_any_page_loses_nothing(portal, name):
    async with connected(portal, limits=Limits.unlimited()) as im:
        pages = [page async for page in walks(im, portal)[name].pages()]
    everything = [key(item) for page in pages for item in page.items]
    assert len(pages) > 2
    read = 0
    for page in pages[:-1]:
        read += len(page.items)
        async with connected(portal, limits=Limits.unlimited()) as other:
            rest = [key(item) for item in await walks(other, portal)[name].resume(page.cursor).collect()]
        missing = set(everything[read:]) - set(rest)
        assert not missing
        if name in ("search", "down", "up"):
            assert rest == everything[read:]
    assert pages[-1].cursor is None


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("name", ["recent", "by date", "search", "down", "up"])
async def test_pages_cut_by_a_limit_go_on_where_they_were_cut(portal, name):
    async with connected(portal, limits=Limits.unlimited()) as im:
        everything = [key(item) for item in await walks(im, portal)[name].collect()]
        found, cursor = [], None
        while True:
            pager = walks(im, portal)[name].limit(15)
            pages = [page async for page in (pager.resume(cursor) if cursor else pager).pages()]
            found += [key(item) for page in pages for item in page.items]
            cursor = pages[-1].cursor
            if cursor is None:
                break
    # Dialogs of one second come in another order with every request
    assert (set(found) if name in ("recent", "by date") else found) == (
        set(everything) if name in ("recent", "by date") else everything
    )


async def test_a_cursor_is_short_url_safe_and_holds_no_secret(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        for name, pager in walks(im, portal).items():
            cursor = [page.cursor async for page in pager.limit(100).pages()][0]
            assert cursor.replace("-", "").replace("_", "").isalnum(), name
            assert len(cursor) < 300
            plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            assert portal.secret.encode() not in plain
            assert b"Project" not in plain


async def test_a_cursor_of_another_walk_is_refused(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        cursors = {
            name: [p.cursor async for p in pager.limit(50).pages()][0] for name, pager in walks(im, portal).items()
        }
        for name, cursor in cursors.items():
            for other, pager in walks(im, portal).items():
                if other != name:
                    with pytest.raises(InvalidCursor):
                        pager.resume(cursor)
        for pager in (
            im.recent.list(page_size=40, skip_chat=True),
            im.recent.list(page_size=41),
            im.recent.list(page_size=40, catch_up=False),
        ):
            with pytest.raises(InvalidCursor):
                pager.resume(cursors["recent"])
        with pytest.raises(InvalidCursor):
            im.search.chats("Projects", page_size=20).resume(cursors["search"])
        with pytest.raises(InvalidCursor):
            im.messages.history("chat1").resume(cursors["down"])


async def test_a_damaged_or_invented_cursor_is_refused(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        pager = im.messages.history(portal.showcase)
        cursor = [page.cursor async for page in pager.pages()][0]
        invented = base64.urlsafe_b64encode(b"x" * 9 + json.dumps([1, [5], None]).encode()).decode()
        swapped = ("A" if cursor[20] != "A" else "B").join([cursor[:20], cursor[21:]])
        for wrong in (
            "",
            "x",
            "ü",
            cursor[:-1],
            cursor[:-4],
            cursor[1:],
            cursor + "A",
            swapped,
            invented,
            5,
            "====",
            cursor + "\n",
        ):
            with pytest.raises(InvalidCursor):
                pager.resume(wrong)


async def test_without_a_cursor_a_walk_begins_at_its_beginning(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        pager = im.messages.history(portal.showcase).limit(60)
        whole = message_ids(await pager.collect())
        page = await anext(pager.pages())
        assert message_ids(await pager.resume(None).collect()) == whole
        assert message_ids(await pager.resume(page.cursor).resume(None).collect()) == whole


async def test_an_error_inside_a_walk_carries_where_to_go_on(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        pager = im.messages.history(portal.showcase)
        everything, found = message_ids(await pager.collect()), []
        reads = 0

        def deny(method, params):
            nonlocal reads
            reads += 1
            if reads == 3:
                portal.leave(portal.showcase)

        portal.before_command = deny
        with pytest.raises(AccessError, match="ACCESS_ERROR") as caught:
            async for message in pager:
                found.append(message.id)
        assert 0 < len(found) < len(everything)
        assert found == everything[: len(found)]
        assert caught.value.cursor
        assert pager.resume(caught.value.cursor)


async def test_a_pager_is_a_frozen_recipe(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        pager = im.search.chats("Project")
        once, twice = await pager.collect(), await pager.collect()
        assert once == twice
        assert await pager.limit(3).collect() == once[:3]
        assert await pager.limit(0).collect() == []
        assert await pager.limit(1000).collect() == once
        assert await pager.first() == once[0]
        with pytest.raises(AttributeError):
            pager._limit = 5
        with pytest.raises(ValueError, match="0 or more"):
            pager.limit(-1)


async def test_a_limit_asks_for_no_page_too_many(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        await im.messages.history(portal.showcase).limit(50).collect()
        assert im.stats.requests == 1


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("name", ["recent", "by date", "search", "down", "up"])
async def test_breaking_out_early_leaves_nothing_behind(portal, name):
    async with connected(portal, limits=Limits.unlimited()) as im:
        async with anyio.create_task_group() as tasks:  # would wait for a task left running
            async for _ in walks(im, portal)[name]:
                break
            async for _ in walks(im, portal)[name].pages():
                break
            walks(im, portal)[name]
            tasks.cancel_scope.deadline = anyio.current_time() + 1
        gc.collect()  # an iterator left open would warn here, and a warning is an error


@pytest.mark.grid(every=2)
async def test_one_client_walks_many_lists_at_once(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        found = {}

        async def walk(name, pager):
            found[name] = await pager.collect()

        async with anyio.create_task_group() as tasks:
            for name, pager in walks(im, portal).items():
                tasks.start_soon(walk, name, pager)
        assert (
            message_ids(found["down"])
            == message_ids(found["up"])[::-1]
            == portal.visible_messages(portal.showcase)[::-1]
        )
        assert set(portal.visible_dialogs()) <= set(ids(found["recent"]))


RESUME = """
import anyio, sys
from bitrix_im import BitrixIM
from bitrix_im.testing import Portal, Quirks
portal = Portal(seed=1, limited=False).populate(dialogs=260, found=("Project", 60), messages=230)
async def main():
    async with portal.http() as http, BitrixIM(portal.webhook, http=http) as im:
        rest = await im.messages.history(portal.showcase).resume(sys.argv[1]).collect()
        print(*[message.id for message in rest])
anyio.run(main)
"""


@pytest.mark.slow
async def test_a_cursor_is_good_in_another_process(portal):
    async with connected(portal) as im:
        pages = [page async for page in im.messages.history(portal.showcase).pages()]
    out = subprocess.run([sys.executable, "-c", RESUME, pages[0].cursor], capture_output=True, text=True, check=True)
    assert [int(number) for number in out.stdout.split()] == [m for page in pages[1:] for m in message_ids(page.items)]


async def test_a_dialog_that_rises_above_a_cut_is_not_lost():
    portal = Portal(seed=1)
    names = [portal.add_chat(f"Chat {number}") for number in range(10)]
    async with connected(portal) as im:
        (page,) = [page async for page in im.recent.list().limit(3).pages()]
        late = next(name for name in names if name not in ids(page.items))
        portal.post(late, "up")
        rest = ids(await im.recent.list().resume(page.cursor).collect())
    assert set(names) == {*ids(page.items), *rest}


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("direction", [{}, {"after": 0}])
@pytest.mark.parametrize("order", ["unordered", "holes"])
async def test_a_history_read_in_small_bites_repeats_nothing(direction, order):
    portal = Portal(seed=1, limited=False, quirks=Quirks(first_id_order=order))
    dialog = portal.add_chat("Long")
    portal.add_history(dialog, 160)
    async with connected(portal, limits=Limits.unlimited()) as im:
        found, pager = [], im.messages.history(dialog, **direction).limit(7)
        page = await anext(pager.pages())
        while page.cursor is not None:
            found += message_ids(page.items)
            portal.post(dialog, "new") if len(found) < 50 and not direction else None
            page = await anext(pager.resume(page.cursor).pages())
        found += message_ids(page.items)
    assert found == [number for number in found if number in portal.visible_messages(dialog)]
    assert len(found) == len(set(found)) == 160


async def test_a_search_read_in_small_bites_repeats_nothing():
    portal = Portal(seed=1, limited=False)
    for number in range(120):
        portal.add_chat(f"Project {number}")
    before, gone = portal.found_chats("Project"), set()
    async with connected(portal, limits=Limits.unlimited()) as im:
        found, pager = [], im.search.chats("Project", page_size=10).limit(20)
        page = await anext(pager.pages())
        while True:
            found += [chat.id for chat in page.items]
            if page.cursor is None:
                break
            for chat in portal.found_chats("Project")[:3]:
                gone.add(chat)
                portal.leave(f"chat{chat}")
            page = await anext(pager.resume(page.cursor).pages())
    assert len(found) == len(set(found))
    assert [chat for chat in found if chat not in gone] == [chat for chat in before if chat not in gone]


@pytest.mark.parametrize("wrong", [-1, 2.5, "3", None, True])
async def test_an_impossible_limit_is_refused(portal, wrong):
    async with connected(portal) as im:
        with pytest.raises(ValueError, match="0 or more"):
            im.recent.list().limit(wrong)


async def test_what_a_pager_is_not_made_for_says_what_to_write(portal):
    async with connected(portal) as im:
        pager = im.recent.list()
        with pytest.raises(TypeError, match="async for item in pager"):
            for _ in pager:
                pass
        with pytest.raises(TypeError, match=r"await pager.collect\(\)"):
            await pager
        with pytest.raises(TypeError, match=r"pager.pages\(\)"), pager:
            pass
        with pytest.raises(TypeError, match=r"pager.pages\(\)"):
            async with pager:
                pass
    assert portal.requests == 0


async def test_a_pager_s_repr_is_short(portal):
    async with connected(portal) as im:
        assert repr(im.recent.list(page_size=3)) == "Pager(im.recent.list)"
        assert repr(im.search.chats("secret").limit(3)) == "Pager(im.search.chat.list, limit=3)"
        cursor = (await anext(im.recent.list(page_size=40).pages())).cursor
        assert repr(im.recent.list(page_size=40).resume(cursor)) == "Pager(im.recent.list, resumed)"


async def test_a_cursor_of_other_parameters_names_them(portal):
    async with connected(portal, limits=Limits.unlimited()) as im:
        cursor = (await anext(im.recent.list(page_size=40).pages())).cursor
        for pager, said in (
            (im.recent.list(page_size=41), "here page_size differs"),
            (im.recent.list(page_size=40, catch_up=False), "here catch_up differs"),
            (im.recent.list(page_size=40, skip_chat=True), "here skip_chat differs"),
            (im.messages.history("chat1"), "this one is another method's"),
        ):
            with pytest.raises(InvalidCursor, match=said):
                pager.resume(cursor)
        cursor = (await anext(im.recent.list(page_size=40, skip_chat=True).pages())).cursor
        with pytest.raises(InvalidCursor, match="it was given with more of them"):
            im.recent.list(page_size=40).resume(cursor)
        with pytest.raises(InvalidCursor, match="this one is damaged"):
            im.recent.list().resume(cursor[:-3])
