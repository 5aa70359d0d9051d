"""im.recent.list and im.recent.get: every dialog once and in order, while the portal does its worst."""

import json
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import example, given, settings, strategies as st

from bitrix_im import BitrixIM, Limits, WalkStalled
from bitrix_im.testing import Portal, Quirks

from ..helpers import connected, ids, server_now
from ..virtual_time import backend, run


def portal_of(dialogs, *, dropped=0, doubled=0, queue=0, pinned=0, seed=1, same_second=1, **options):
    """A portal whose recent list has rows that show nothing, dialogs of two rows, and lines in the queue."""
    portal = Portal(seed=seed, **options)
    oldest = server_now(portal) - timedelta(days=20)
    names = [
        portal.add_chat(f"Chat {number}", date=oldest + timedelta(minutes=number // same_second))
        for number in range(dialogs)
    ]
    for index in range(pinned):
        portal.pin(names[index * 7 % dialogs])
    for index in range(doubled):
        portal.double(names[(index * 13 + 5) % dialogs])
    for index in range(dropped):
        portal.add_dropped_row(at=index * 11 % (dialogs + index + 1))
    for _ in range(queue):
        portal.add_queue_line()
    return portal


def moving(portal, seed, *, moves=3, only_on="im.recent.list"):
    """Other users are at work: before every page dialogs rise, disappear, and are made."""
    random, hidden, risen = Random(seed), set(), set()

    def move(method, params):
        if method != only_on:
            return
        for _ in range(random.randrange(moves + 1)):
            names = portal.visible_dialogs()
            match random.randrange(5):
                case 0 | 1 if names:
                    risen.add(name := random.choice(names))
                    portal.post(name, "up")
                case 2 | 3 if len(names) > 2:
                    hidden.add(name := random.choice(names))
                    portal.hide(name)
                case 4:
                    risen.add(portal.add_chat("new"))

    portal.before_command = move
    return hidden, risen


def assert_whole(found, before, hidden, risen, *, has_ties=False):
    assert len(found) == len(set(found)), "a dialog came twice"
    missing = [name for name in before if name not in found and name not in hidden]
    assert not missing, f"lost: {missing}"
    moved = hidden | risen
    if not has_ties:
        assert [name for name in found if name not in moved] == [name for name in before if name not in moved]


@pytest.mark.slow
async def test_seven_hundred_dialogs_come_once_and_in_order():
    portal = portal_of(700, dropped=40, doubled=60, queue=3, pinned=5)
    async with connected(portal) as im:
        found = ids(await im.recent.list().collect())
    lines = portal.queue_lines()
    assert [name for name in found if name not in lines] == portal.visible_dialogs()
    assert sorted(name for name in found if name in lines) == sorted(lines)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_seven_hundred_dialogs_come_once_while_others_rise_and_disappear(seed):
    portal = portal_of(700, dropped=40, doubled=60, queue=3, pinned=5, seed=seed)
    before = portal.visible_dialogs()
    hidden, risen = moving(portal, seed, moves=40)
    async with connected(portal, limits=Limits.unlimited()) as im:
        found = ids(await im.recent.list(skip_undistributed_openlines=True).collect())
    assert_whole(found, before, hidden, risen)


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("page_size", [1, 7, 50, 199, 200])
async def test_any_page_size_gives_the_same_dialogs(page_size):
    portal = portal_of(60, dropped=6, doubled=5, pinned=3, limited=False)
    async with connected(portal, limits=Limits.unlimited()) as im:
        assert ids(await im.recent.list(page_size=page_size).collect()) == portal.visible_dialogs()


@given(
    dialogs=st.integers(0, 60),
    dropped=st.integers(0, 30),
    doubled=st.integers(0, 10),
    pinned=st.integers(0, 8),
    same_second=st.integers(1, 6),
    shuffle=st.booleans(),
    page_size=st.integers(1, 70),
    seed=st.integers(0, 2**16),
    on=st.sampled_from(["asyncio", "trio"]),
)
def test_each_visible_dialog_comes_exactly_once_and_in_order(
    dialogs, dropped, doubled, pinned, same_second, shuffle, page_size, seed, on
):
    portal = portal_of(
        dialogs,
        dropped=dropped if dialogs else 0,
        doubled=min(doubled, dialogs),
        pinned=min(pinned, dialogs),
        same_second=same_second,
        seed=seed,
        limited=False,
        quirks=Quirks(shuffle_ties=shuffle),
    )

    async def walk():
        async with connected(portal, limits=Limits.unlimited()) as im:
            return await im.recent.list(page_size=page_size).collect()

    found = run(walk, on=on)
    assert sorted(ids(found)) == sorted(portal.visible_dialogs())
    places = [(item.pinned, item.date_last_activity) for item in found]
    if not doubled:  # of two rows of one dialog, the walk shows the one it met first
        assert places == sorted(places, reverse=True)
        if not shuffle:
            assert ids(found) == portal.visible_dialogs()


@example(dialogs=3, dropped=13, pinned=0, same_second=1, page_size=7, moves=3, seed=4, on="asyncio")
@given(
    dialogs=st.integers(1, 60),
    dropped=st.integers(0, 20),
    pinned=st.integers(0, 5),
    same_second=st.integers(1, 60),
    page_size=st.integers(1, 40),
    moves=st.integers(0, 8),
    seed=st.integers(0, 2**16),
    on=st.sampled_from(["asyncio", "trio"]),
)
def test_a_list_that_moves_while_it_is_walked_loses_nothing(
    dialogs, dropped, pinned, same_second, page_size, moves, seed, on
):
    portal = portal_of(
        dialogs, dropped=dropped, pinned=min(pinned, dialogs), same_second=same_second, seed=seed, limited=False
    )
    before = portal.visible_dialogs()
    hidden, risen = moving(portal, seed, moves=moves)
    pages = 0

    async def walk():
        nonlocal pages
        found = []
        async with connected(portal, limits=Limits.unlimited()) as im:
            async for page in im.recent.list(page_size=page_size).pages():
                found += ids(page.items)
                pages += 1
                if pages > 60:  # a portal that never rests could be followed for ever
                    portal.before_command = None
        return found

    assert_whole(run(walk, on=on), before, hidden, risen, has_ties=same_second > 1)


async def test_a_dialog_that_moves_up_mid_walk_is_still_yielded():
    portal = portal_of(30)
    last = portal.visible_dialogs()[-1]
    async with connected(portal) as im:
        found = []
        async for page in im.recent.list(page_size=10).pages():
            found += ids(page.items)
            if len(found) == 10:
                portal.post(last, "up")
    assert found.count(last) == 1


async def test_without_catch_up_the_list_is_read_down_and_no_more():
    portal = portal_of(30)
    last = portal.visible_dialogs()[-1]
    async with connected(portal) as im:
        found = []
        async for page in im.recent.list(page_size=10, catch_up=False).pages():
            found += ids(page.items)
            if len(found) == 10:
                portal.post(last, "up")
    assert last not in found
    assert len(found) == 29


async def test_hidden_dialogs_pull_no_other_through_the_seam():
    portal = portal_of(600)
    before = portal.visible_dialogs()
    async with connected(portal) as im:
        found = []
        async for page in im.recent.list(page_size=100).pages():
            if not found:
                for name in before[:90]:
                    portal.hide(name)
            found += ids(page.items)
    assert found == before


async def test_a_page_that_shows_nothing_is_not_the_end():
    portal = portal_of(20)
    for _ in range(30):
        portal.add_dropped_row(at=10)
    async with connected(portal, limits=Limits.unlimited()) as im:
        pages = [page async for page in im.recent.list(page_size=5).pages()]
    assert [name for page in pages for name in ids(page.items)] == portal.visible_dialogs()
    assert all(page.items for page in pages[:-1])


@pytest.mark.slow
async def test_more_dialogs_of_one_second_than_a_page_holds_are_all_there():
    portal = portal_of(700, same_second=450)
    async with connected(portal, limits=Limits.unlimited()) as im:
        # in any order: those of one second have none
        assert sorted(ids(await im.recent.list().collect())) == sorted(portal.visible_dialogs())


async def test_filters_reach_the_portal_as_y():
    portal = Portal(seed=1).populate()
    async with connected(portal) as im:
        await im.recent.list(
            skip_openlines=True,
            skip_dialog=True,
            skip_chat=True,
            skip_undistributed_openlines=True,
            unread_only=True,
            only_copilot=True,
            only_channel=True,
            can_manage_messages=True,
            parse_text=True,
            get_original_text=True,
        ).first()
    sent = {name: value for name, value in portal.log[-1].params.items() if value == "Y"}
    assert set(sent) == {
        "SKIP_OPENLINES",
        "SKIP_DIALOG",
        "SKIP_CHAT",
        "SKIP_UNDISTRIBUTED_OPENLINES",
        "UNREAD_ONLY",
        "ONLY_COPILOT",
        "ONLY_CHANNEL",
        "CAN_MANAGE_MESSAGES",
        "PARSE_TEXT",
        "GET_ORIGINAL_TEXT",
    }


@pytest.mark.parametrize("name", ["skip_openlines", "skip_dialog", "skip_chat", "unread_only", "only_channel"])
async def test_a_filter_gives_what_the_portal_shows_through_it(name):
    portal = Portal(seed=5).populate(dialogs=80)
    only: dict[str, Any] = {name: True, "skip_undistributed_openlines": True}
    async with connected(portal) as im:
        found = ids(await im.recent.list(**only).collect())
    assert sorted(found) == sorted(portal.visible_dialogs(**only))


async def test_by_date_the_walk_gives_what_is_not_newer_pinned_first():
    portal = portal_of(500, dropped=20, pinned=4, same_second=3)
    date = server_now(portal) - timedelta(days=20) + timedelta(minutes=130)
    async with connected(portal) as im:
        found = ids(await im.recent.list(last_message_date=date).collect())
    assert sorted(found) == sorted(portal.visible_dialogs(last_message_date=date))
    assert set(found[:4]) == set(portal.visible_dialogs(last_message_date=date)[:4])
    assert 100 < len(found) < 500
    assert all("OFFSET" not in entry.params for entry in portal.log)


@given(
    dialogs=st.integers(1, 60),
    dropped=st.integers(0, 10),
    pinned=st.integers(0, 4),
    same_second=st.integers(1, 5),
    page_size=st.integers(1, 60),
    minute=st.integers(-1, 61),
    seed=st.integers(0, 2**16),
)
def test_a_walk_by_date_gives_each_dialog_once(dialogs, dropped, pinned, same_second, page_size, minute, seed):
    portal = portal_of(
        dialogs, dropped=dropped, pinned=min(pinned, dialogs), same_second=same_second, seed=seed, limited=False
    )
    date = server_now(portal) - timedelta(days=20) + timedelta(minutes=minute)

    async def walk():
        async with connected(portal, limits=Limits.unlimited()) as im:
            return ids(await im.recent.list(last_message_date=date, page_size=page_size).collect())

    assert sorted(run(walk)) == sorted(portal.visible_dialogs(last_message_date=date))


def portal_with_a_crowd():
    """250 dialogs of one second, 30 that are older and 40 that are newer; some of all are pinned."""
    portal = Portal(seed=5, limited=False)
    moment = server_now(portal) - timedelta(days=20)
    for number in range(320):
        day = 0 if number < 30 else 1 if number < 280 else 2
        portal.add_chat(f"Chat {number}", date=moment + timedelta(days=day, seconds=0 if day == 1 else number))
    for name in portal.visible_dialogs()[::40]:
        portal.pin(name)
    return portal, moment


@pytest.mark.grid(every=2)
@pytest.mark.parametrize("days", [1, 1.5, 30])
async def test_by_date_more_dialogs_of_one_second_than_a_page_holds_are_read_by_offset(days):
    portal, moment = portal_with_a_crowd()
    date = moment + timedelta(days=days)
    async with connected(portal, limits=Limits.unlimited()) as im:
        found = ids(await im.recent.list(last_message_date=date, page_size=50).collect())
    assert sorted(found) == sorted(portal.visible_dialogs(last_message_date=date))


@pytest.mark.parametrize("anyio_backend", [backend("asyncio")])
async def test_by_date_a_crowd_is_read_page_by_page_too():
    portal, moment = portal_with_a_crowd()
    date, found, sizes = moment + timedelta(days=30), [], []
    async with connected(portal, limits=Limits.unlimited()) as im:
        pager = im.recent.list(last_message_date=date, page_size=50)
        page = await anext(pager.pages())
        while page.cursor is not None:
            found += ids(page.items)
            sizes.append(len(page.items))
            page = await anext(pager.resume(page.cursor).pages())
        found += ids(page.items)
    assert set(found) == set(portal.visible_dialogs(last_message_date=date))
    assert max(sizes) <= 50
    assert len(found) <= 1.5 * len(set(found))


async def test_by_date_a_dialog_that_rises_within_the_date_is_caught_up():
    portal = portal_of(30)
    last = portal.visible_dialogs()[-1]
    async with connected(portal) as im:
        found = []
        async for page in im.recent.list(
            last_message_date=server_now(portal) + timedelta(days=1), page_size=10
        ).pages():
            found += ids(page.items)
            if len(found) == 10:
                portal.post(last, "up")
    assert sorted(found) == sorted(portal.visible_dialogs())


async def test_changed_dialogs_come_as_a_plain_list():
    portal = Portal(seed=2).populate()
    async with connected(portal) as im:
        since = server_now(portal) - timedelta(days=2)
        changed = await im.recent.get(last_sync_date=since)
        assert sorted(ids(changed)) == sorted(portal.changed_dialogs(since))
        assert len(await im.recent.get(skip_chat=True)) < len(await im.recent.get())


async def test_an_old_portal_is_understood():
    portal = Portal(seed=2, quirks=Quirks(revision=18)).populate()
    async with connected(portal) as im:
        changed = await im.recent.get()
    assert sorted(ids(changed)) == sorted(portal.changed_dialogs())
    assert all(item.date_update is not None for item in changed)
    assert all(item.chat.name for item in changed if item.chat)


@pytest.mark.grid(every=2)
async def test_a_portal_that_answers_the_same_page_for_ever_is_said():
    portal = portal_of(300)

    def forget_offset(method, params):
        params.pop("OFFSET", None)

    portal.before_command = forget_offset
    async with connected(portal, limits=Limits.unlimited()) as im:
        with pytest.raises(WalkStalled) as caught:
            await im.recent.list(page_size=100).collect()
    assert caught.value.cursor


@pytest.mark.parametrize(("dialogs", "pinned", "dropped"), [(400, 250, 0), (300, 300, 0), (300, 0, 250)])
async def test_a_long_top_that_stands_still_is_read_again_once(dialogs, pinned, dropped):
    portal = portal_of(dialogs)
    for name in portal.visible_dialogs()[:pinned]:
        portal.pin(name)
    for _ in range(dropped):
        portal.add_dropped_row(at=0)
    async with connected(portal, limits=Limits.unlimited()) as im:
        assert ids(await im.recent.list().collect()) == portal.visible_dialogs()
    assert portal.commands < 20


@pytest.mark.grid(every=5)
@pytest.mark.parametrize(
    ("dropped", "page_size", "at", "queue"),
    [(1000, 200, 100, 2), (250, 50, 0, 2), (700, 50, 300, 2), (400, 2, 20, 0), (1000, 5, 20, 0)],
)
async def test_a_long_run_of_rows_that_show_nothing_is_got_past(dropped, page_size, at, queue):
    portal = portal_of(300, limited=False)
    for _ in range(dropped):
        portal.add_dropped_row(at=at)
    for _ in range(queue):
        portal.add_queue_line()
    async with connected(portal, limits=Limits.unlimited()) as im:
        found = ids(await im.recent.list(page_size=page_size).collect())
    assert [name for name in found if name not in portal.queue_lines()] == portal.visible_dialogs()
    assert set(portal.queue_lines()) <= set(found)


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("same_second", [2, 30, 100, 150])
async def test_dialogs_of_one_second_may_swap_places_from_page_to_page(same_second):
    portal = portal_of(700, same_second=same_second, quirks=Quirks(shuffle_ties=True), limited=False)
    async with connected(portal, limits=Limits.unlimited()) as im:
        assert sorted(ids(await im.recent.list().collect())) == sorted(portal.visible_dialogs())


async def test_resuming_on_a_portal_that_stands_still_repeats_nothing():
    portal = portal_of(300, queue=3, limited=False)
    async with connected(portal, limits=Limits.unlimited()) as im:
        found, pager = [], im.recent.list(page_size=50)
        page = await anext(pager.pages())
        while True:
            found += ids(page.items)
            if page.cursor is None:
                break
            page = await anext(pager.resume(page.cursor).pages())
    assert [name for name in found if name not in portal.queue_lines()] == portal.visible_dialogs()
    assert len(found) == len(set(found))


@pytest.mark.slow
@pytest.mark.parametrize(("dialogs", "page_size"), [(60, 50), (300, 200), (450, 50)])
async def test_a_whole_first_page_of_one_second_loses_nothing(dialogs, page_size):
    portal = portal_of(dialogs, same_second=dialogs, quirks=Quirks(shuffle_ties=True), limited=False)
    async with connected(portal, limits=Limits.unlimited()) as im:
        assert sorted(ids(await im.recent.list(page_size=page_size).collect())) == sorted(portal.visible_dialogs())


@pytest.mark.slow
@settings(max_examples=6)
@given(
    dialogs=st.integers(150, 450),
    dropped=st.integers(0, 60),
    pinned=st.integers(0, 20),
    same_second=st.sampled_from([60, 150, 210, 400]),
    page_size=st.sampled_from([20, 50, 200]),
    moves=st.sampled_from([0, 0, 4]),
    seed=st.integers(0, 2**16),
)
def test_hundreds_of_dialogs_of_one_second_that_swap_places_are_all_there(
    dialogs, dropped, pinned, same_second, page_size, moves, seed
):
    portal = portal_of(
        dialogs,
        dropped=dropped,
        pinned=pinned,
        same_second=same_second,
        seed=seed,
        limited=False,
        quirks=Quirks(shuffle_ties=True),
    )
    before = portal.visible_dialogs()
    hidden, _ = moving(portal, seed, moves=moves)
    move, calls = portal.before_command, 0

    def rest_at_last(method, params):
        nonlocal calls
        calls += 1
        if calls < 30:
            move(method, params)

    portal.before_command = rest_at_last

    async def walk():
        async with connected(portal, limits=Limits.unlimited()) as im:
            return ids(await im.recent.list(page_size=page_size).collect())

    found = run(walk)
    assert len(found) == len(set(found))
    assert not [name for name in before if name not in found and name not in hidden]


async def test_dialogs_of_one_second_that_stand_still_are_swept_over_twice_and_no_more():
    portal = portal_of(600, same_second=600, quirks=Quirks(shuffle_ties=False), limited=False)
    async with connected(portal, limits=Limits.unlimited()) as im:
        assert ids(await im.recent.list().collect()) == portal.visible_dialogs()
    assert portal.commands <= 30


async def browsed(im, make, *, limit=None):
    """Pages as a browser has them: each in a request, and a process, of its own."""
    pages, cursor = [], None
    while True:
        pager = make(im) if cursor is None else make(im).resume(cursor)
        page = await anext((pager if limit is None else pager.limit(limit)).pages())
        pages.append(page)
        cursor = page.cursor
        if cursor is None:
            return pages


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("page_size", [pytest.param(1, marks=pytest.mark.slow), 20, 150])
@pytest.mark.parametrize("by_date", [False, True])
@pytest.mark.parametrize("same_second", [1, 9])
async def test_page_by_page_everything_comes_once_and_no_page_is_too_long(page_size, by_date, same_second):
    portal = portal_of(160, pinned=25, queue=3, dropped=12, same_second=same_second, limited=False)
    date = server_now(portal) + timedelta(days=1) if by_date else None
    if page_size == 1:
        for name in portal.visible_dialogs()[60:]:
            portal.hide(name)
    async with connected(portal, limits=Limits.unlimited()) as im:
        pages = await browsed(im, lambda im: im.recent.list(page_size=page_size, last_message_date=date))
    assert max(len(page.items) for page in pages) <= page_size
    found = [name for page in pages for name in ids(page.items)]
    assert sorted(found) == sorted([*portal.visible_dialogs(), *portal.queue_lines()])


async def test_dialogs_of_this_very_second_come_once_page_by_page():
    portal = Portal(seed=1, limited=False)
    for number in range(50):
        portal.add_chat(f"Chat {number}")
    async with connected(portal, limits=Limits.unlimited()) as im:
        pages = await browsed(im, lambda im: im.recent.list(page_size=20))
    assert sorted(name for page in pages for name in ids(page.items)) == sorted(portal.visible_dialogs())


@pytest.mark.slow
async def test_page_by_page_more_dialogs_of_one_second_than_a_page_holds_are_hardly_repeated():
    portal = portal_of(230, same_second=230, limited=False)
    async with connected(portal, limits=Limits.unlimited()) as im:
        pages = await browsed(im, lambda im: im.recent.list(page_size=100))
    found = [name for page in pages for name in ids(page.items)]
    assert sorted(set(found)) == sorted(portal.visible_dialogs())
    assert len(found) < 300
    assert len(pages) < 10


async def test_a_dialog_that_is_pinned_between_two_pages_comes_all_the_same():
    portal = portal_of(60, pinned=5)
    last = portal.visible_dialogs()[-1]
    found, cursor = [], None
    async with connected(portal, limits=Limits.unlimited()) as im:
        pager = im.recent.list(page_size=20)
        while True:
            page = await anext((pager.resume(cursor) if cursor else pager).pages())
            found += ids(page.items)
            cursor = page.cursor
            if cursor is None:
                break
            if len(found) == 20:
                portal.pin(last)
    assert sorted(found) == sorted(portal.visible_dialogs())


async def test_a_limit_asks_for_what_is_wanted_and_the_overlap():
    portal = portal_of(300)
    async with connected(portal) as im:
        assert await im.recent.list().first() is not None
        assert len(await im.recent.list().limit(5).collect()) == 5
        assert len(await im.recent.list(last_message_date=server_now(portal)).limit(5).collect()) == 5
        assert len(await im.recent.list(page_size=50).limit(120).collect()) == 120
    assert [int(entry.params["LIMIT"]) for entry in portal.log[:3]] == [7, 11, 11]
    assert portal.commands <= 7


async def test_three_hundred_dialogs_take_two_requests():
    portal = portal_of(300, pinned=3)
    async with connected(portal) as im:
        assert ids(await im.recent.list().collect()) == portal.visible_dialogs()
    assert portal.requests == 2


def row_of(name, message, second, kind="user"):
    date = f"2026-03-04T10:{second // 60:02}:{second % 60:02}+03:00"
    message = {"id": message, "text": "", "date": date, "author_id": 1}
    return {"id": name, "type": kind, "message": message, "date_last_activity": date, "date_update": date}


@pytest.mark.parametrize("page_by_page", [False, True])
@pytest.mark.parametrize("by_date", [False, True])
async def test_a_row_without_a_message_does_not_hide_the_real_one(page_by_page, by_date):
    rows = [row_of(f"chat{number}", 100 + number, 900 - number, "chat") for number in range(60)]
    rows.insert(3, row_of("7", 0, 898))  # the blank row of a dialog that comes again further down
    rows.insert(50, row_of("7", 55, 853))
    rows.insert(9, row_of("8", 0, 893))  # a dialog that has no other row

    def answer(request):
        params = json.loads(request.content)
        calls = [dict(parse_qsl(call.partition("?")[2])) for call in params["cmd"].values()] if "cmd" in params else []
        found = [page_of(each) for each in calls or [params]]
        keys = params.get("cmd", ())
        return httpx.Response(
            200, json={"result": {"result": dict(zip(keys, found, strict=True))} if keys else found[0]}
        )

    def page_of(params):
        start, limit = int(params.get("OFFSET", 0)), int(params["LIMIT"])
        until = datetime.fromisoformat(params.get("LAST_MESSAGE_DATE", "2030-01-01T00:00:00+00:00"))
        shown = [row for row in rows if datetime.fromisoformat(row["date_last_activity"]) <= until]
        page = shown[start : start + limit]
        return {"items": page, "hasMore": len(page) == limit}

    date = datetime(2026, 3, 4, 11, tzinfo=timezone(timedelta(hours=3))) if by_date else None
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        im = BitrixIM("https://acme.bitrix24.com/rest/1/abcdefgh12345678/", http=http, limits=Limits.unlimited())
        if page_by_page:
            found = [
                one
                for page in await browsed(im, lambda im: im.recent.list(page_size=20, last_message_date=date))
                for one in page.items
            ]
        else:
            found = await im.recent.list(page_size=20, last_message_date=date).collect()
    assert len(found) == len({one.dialog_id for one in found}) == 62
    assert next(one.message.id for one in found if one.dialog_id == "7") == 55
