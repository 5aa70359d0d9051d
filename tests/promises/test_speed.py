"""How many requests the work takes: bars, in virtual time, against the least that is possible."""

from datetime import timedelta

import anyio
import pytest

from bitrix_im import Limits
from bitrix_im.testing import Portal, Quirks

from ..helpers import connected, ids, message_ids, server_now
from ..virtual_time import backend


@pytest.fixture
def anyio_backend():
    """Requests are counted here, and both event loops make the same: the other tests prove that."""
    return backend("asyncio")


def portal_with(messages, *, order="unordered", dialogs=1, **options):
    portal = Portal(seed=1, quirks=Quirks(first_id_order=order), **options)
    names = [portal.add_chat(f"Long {number}") for number in range(dialogs)]
    for name in names:
        portal.add_history(name, messages)
    return portal, names


@pytest.mark.slow
async def test_ten_thousand_messages_newest_first_take_six_requests():
    portal, (dialog,) = portal_with(10_000)
    async with connected(portal) as im:
        found = message_ids(await im.messages.history(dialog).collect())
    assert found == portal.visible_messages(dialog)[::-1]
    assert portal.requests <= 6


async def test_a_thousand_messages_below_an_id_take_three_requests():
    portal, (dialog,) = portal_with(2_000)
    ids = portal.visible_messages(dialog)
    for place in (1_000, 999, 985):
        before = portal.requests
        async with connected(portal) as im:
            found = message_ids(await im.messages.history(dialog, before=ids[place]).collect())
        assert found == ids[:place][::-1]
        assert portal.requests - before <= 3


async def test_a_thousand_visible_messages_of_two_thousand_take_three_requests():
    portal = Portal(seed=1)
    dialog = portal.add_chat("Long")
    portal.add_history(dialog, 2_000, hidden=1_000)
    async with connected(portal) as im:
        found = message_ids(await im.messages.history(dialog).collect())
    assert found == portal.visible_messages(dialog)[::-1]
    assert len(found) == 1_000
    assert portal.requests <= 3


async def test_a_history_of_one_hundred_and_one_takes_two_requests():
    portal, (dialog,) = portal_with(101)
    async with connected(portal) as im:
        assert len(await im.messages.history(dialog).collect()) == 101
    assert portal.requests == 2


@pytest.mark.slow
async def test_long_histories_take_one_request_for_fifty_pages():
    portal, (dialog,) = portal_with(30_000)
    async with connected(portal) as im:
        last, count = None, 0
        async for message in im.messages.history(dialog):
            assert last is None or message.id < last
            last, count = message.id, count + 1
    assert count == 30_000
    assert portal.requests <= 15  # the least is 12; 100,000 messages are walked by the benchmarks


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("order", ["ascending", "unordered", "holes"])
async def test_five_thousand_messages_oldest_first_take_nine_requests(order):
    portal, (dialog,) = portal_with(5_000, order=order)
    async with connected(portal) as im:
        found = message_ids(await im.messages.history(dialog, after=0).collect())
    assert found == portal.visible_messages(dialog)
    assert portal.requests <= 9


async def test_the_first_sixty_of_twenty_thousand_take_six_requests():
    portal, (dialog,) = portal_with(20_000)
    async with connected(portal) as im:
        found = message_ids(await im.messages.history(dialog, after=0).limit(60).collect())
    assert found == portal.visible_messages(dialog)[:60]
    assert portal.requests <= 6


@pytest.mark.slow
async def test_ten_thousand_dialogs_take_ten_requests():
    portal = Portal(seed=1)
    for number in range(10_000):
        portal.add_chat(f"Chat {number}", date=server_now(portal) - timedelta(minutes=number))
    async with connected(portal) as im:
        found = ids(await im.recent.list().collect())
    assert found == portal.visible_dialogs()
    assert portal.requests <= 10
    assert portal.commands <= 64


@pytest.mark.slow
async def test_fifty_histories_side_by_side_share_their_requests():
    portal, dialogs = portal_with(1_000, dialogs=50, rate=5, burst=5)
    found = {}
    async with connected(portal, limits=Limits(rate=5, burst=5)) as im:

        async def walk(dialog):
            found[dialog] = message_ids(await im.messages.history(dialog).collect())

        async with anyio.create_task_group() as tasks:
            for dialog in dialogs:
                tasks.start_soon(walk, dialog)
    assert found == {dialog: portal.visible_messages(dialog)[::-1] for dialog in dialogs}
    assert portal.refusals == 0
    assert portal.requests <= 40


@pytest.mark.slow
async def test_a_lone_call_during_an_export_waits_two_tokens_at_most():
    portal, dialogs = portal_with(2_000, dialogs=50, rate=5, burst=5)
    waits = []
    async with connected(portal, limits=Limits(rate=5, burst=5)) as im:

        async def walk(dialog):
            await im.messages.history(dialog).collect()

        async def lone():
            while len(waits) < 40:
                before = anyio.current_time()
                await im.call("server.time")
                waits.append(anyio.current_time() - before)
                await anyio.sleep(0.13)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lone)
            for dialog in dialogs:
                tasks.start_soon(walk, dialog)
    assert sorted(waits)[int(len(waits) * 0.95) - 1] <= 2 / 5 + 0.05


async def test_calls_one_after_the_other_leave_at_once_and_alone():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        for _ in range(5):
            before = anyio.current_time()
            await im.call("server.time")
            assert anyio.current_time() == before
    assert [entry.method for entry in portal.log] == ["server.time"] * 5


async def test_sixty_pages_within_an_operating_budget_are_hardly_refused():
    portal, (dialog,) = portal_with(2_990, operating=2, window=4)
    portal.operating_cost["im.dialog.messages.get"] = 0.1
    async with connected(portal, limits=Limits(operating=2, window=4)) as im:
        before = anyio.current_time()
        found = message_ids(await im.messages.history(dialog).collect())
        elapsed = anyio.current_time() - before
    assert found == portal.visible_messages(dialog)[::-1]
    refused = [entry for entry in portal.log if entry.error == "OPERATION_TIME_LIMIT"]
    assert len(refused) + im.stats.operating_hits <= 2
    assert elapsed <= 1.3 * 8


async def test_a_short_walk_asks_for_nothing_it_does_not_need():
    portal, (dialog,) = portal_with(30)
    async with connected(portal) as im:
        await im.messages.history(dialog).limit(30).collect()
        await im.messages.history(dialog, after=portal.visible_messages(dialog)[3]).collect()
        await im.recent.list().collect()
        assert [entry.method for entry in portal.log] == ["im.dialog.messages.get"] * 2 + ["im.recent.list"]
        # A short page need not be the last one: one more question each.
        await im.messages.history(dialog).collect()
        await im.messages.history(dialog, after=0).collect()
    assert [entry.method for entry in portal.log[3:]] == ["im.dialog.messages.get"] * 4


async def test_a_batch_of_slow_commands_stays_well_below_the_server_s_minute():
    portal, (dialog,) = portal_with(2_000)
    portal.processing_time = {"im.dialog.messages.get": 4.0}
    async with connected(portal) as im:
        found = message_ids(await im.messages.history(dialog).collect())
    assert found == portal.visible_messages(dialog)[::-1]
    assert max(entry.commands.count("im.dialog.messages.get") for entry in portal.log) <= 6
    assert {entry.status for entry in portal.log} == {200}
