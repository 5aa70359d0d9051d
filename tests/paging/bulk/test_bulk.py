"""im.messages.bulk: every message of many dialogs once, in full requests, whatever happens to some of them."""

import gc
import re
from datetime import UTC, datetime, timedelta

import anyio
import httpx
import pytest

from bitrix_im import AccessError, BitrixIM, BulkPage, Call, Retry, ServerError
from bitrix_im.testing import Fault, Portal, Quirks

from ...helpers import connected, message_ids

NOW = datetime.now(UTC)


WITHOUT_SEARCH = ("im.dialog.messages.search",)


@pytest.fixture(params=["searching", "older"])
def portal_with(request):
    """Makes a portal, today's or one without im.dialog.messages.search, and dialogs of so many messages."""

    def make(*lengths, **options):
        missing = WITHOUT_SEARCH if request.param == "older" else ()
        portal = Portal(seed=1, limited=False, quirks=Quirks(missing_methods=missing, **options))
        dialogs = []
        for number, length in enumerate(lengths):
            dialogs.append(portal.add_chat(f"Chat {number}", date=NOW - timedelta(minutes=number)))
            portal.add_history(dialogs[-1], length)
        return portal, dialogs

    return make


async def read(im, dialogs, **options):
    """Message ids by dialog, in the order in which they came; each dialog must end exactly once."""
    found, ended, errors = {}, [], {}
    async for page in im.messages.bulk(dialogs, **options):
        assert isinstance(page, BulkPage)
        assert page.dialog_id not in ended
        found.setdefault(page.dialog_id, []).extend(message_ids(page.messages))
        if page.done:
            ended.append(page.dialog_id)
        if page.error is not None:
            assert page.done
            errors[page.dialog_id] = page.error
    assert set(ended) == set(found)
    return found, errors


def truth(portal, dialogs, above=0):
    return {name: [number for number in portal.visible_messages(name)[::-1] if number > above] for name in dialogs}


async def test_all_messages_of_all_dialogs_come_newest_first(portal_with):
    portal, dialogs = portal_with(0, 1, 49, 50, 51, 120, 400, 7)
    async with connected(portal) as im:
        found, errors = await read(im, dialogs)
    assert found == truth(portal, dialogs)
    assert not errors


@pytest.mark.grid(every=4)
async def test_requests_are_full_where_there_are_enough_dialogs(portal_with):
    portal, dialogs = portal_with(*[30] * 240, *[130] * 20, 2_000)
    async with connected(portal) as im:
        found, _ = await read(im, dialogs)
    assert found == truth(portal, dialogs)
    pages = 240 + 20 * 3 + 41
    assert portal.requests <= pages / 50 + 6, portal.requests


async def test_a_long_dialog_alone_is_read_by_linked_pages(portal_with):
    portal, dialogs = portal_with(5_000)
    async with connected(portal) as im:
        found, _ = await read(im, dialogs)
    assert found == truth(portal, dialogs)
    assert portal.requests <= 6


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("give", ["list", "generator", "async generator", "pager"])
async def test_ids_come_from_anything_that_can_be_iterated_over(portal_with, give):
    portal, dialogs = portal_with(*[3] * 130)

    async def asynchronous():
        async for dialog in im.recent.list():
            yield dialog.dialog_id

    async with connected(portal) as im:
        given = {
            "list": dialogs,
            "generator": iter(dialogs),
            "async generator": asynchronous(),
            "pager": [dialog.dialog_id for dialog in await im.recent.list().collect()],
        }[give]
        found, _ = await read(im, given)
    assert found == truth(portal, dialogs)


async def test_ids_are_taken_as_they_are_needed(portal_with):
    portal, dialogs = portal_with(*[60] * 400)
    taken = []

    def ids():
        for name in dialogs:
            taken.append(name)
            yield name

    async with connected(portal) as im:
        async for _ in im.messages.bulk(ids()):
            break
        assert len(taken) <= 150


async def test_an_id_that_comes_twice_is_read_once(portal_with):
    portal, dialogs = portal_with(70, 5)
    async with connected(portal) as im:
        found, _ = await read(im, [*dialogs, *dialogs])
    assert found == truth(portal, dialogs)


@pytest.mark.parametrize("wrong", ["chat5", b"5", None, 7])
async def test_what_are_no_ids_is_refused_at_once(portal_with, wrong):
    portal, _ = portal_with()
    async with connected(portal) as im:
        with pytest.raises(ValueError, match="expected dialog ids"):
            im.messages.bulk(wrong)
        with pytest.raises(ValueError, match="a dialog id like"):
            im.messages.bulk([], after={"chat": 1})
        with pytest.raises(ValueError, match="after"):
            im.messages.bulk([], after={"chat1": -1})
        with pytest.raises(ValueError, match="a dialog id like"):
            await read(im, ["chat0"])
    assert portal.requests == 0


async def test_a_dialog_that_fails_ends_with_its_error_and_the_others_go_on(portal_with):
    portal, dialogs = portal_with(60, 60, 60)
    portal.leave(dialogs[1])
    async with connected(portal) as im:
        found, errors = await read(im, [*dialogs, "chat999999"])
    assert found == {**truth(portal, [dialogs[0], dialogs[2]]), dialogs[1]: [], "chat999999": []}
    assert {name: type(error) for name, error in errors.items()} == {
        dialogs[1]: AccessError,
        "chat999999": AccessError,
    }


async def test_a_dialog_lost_on_the_way_keeps_what_was_read(portal_with):
    portal, dialogs = portal_with(9_000, 30)
    expected = truth(portal, dialogs)
    async with connected(portal) as im:
        found, errors = {}, []
        async for page in im.messages.bulk(dialogs):
            found.setdefault(page.dialog_id, []).extend(message_ids(page.messages))
            errors += [page.error] if page.error else []
            if dialogs[0] in found and not errors:
                portal.leave(dialogs[0])
    assert [type(error) for error in errors] == [AccessError]
    assert found[dialogs[1]] == expected[dialogs[1]]
    assert 0 < len(found[dialogs[0]]) < 9_000
    assert found[dialogs[0]] == expected[dialogs[0]][: len(found[dialogs[0]])]


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("fault", [Fault.COMMAND_FAILS, Fault.COMMAND_REFUSED, Fault.HTML_502, Fault.INTERNAL_500])
async def test_what_fails_at_times_is_asked_again(portal_with, fault):
    portal, dialogs = portal_with(*[80] * 60)
    portal.faults.next(fault, 3)
    async with connected(portal) as im:
        found, errors = await read(im, dialogs)
    assert found == truth(portal, dialogs)
    assert not errors
    assert portal.faults.struck


async def test_what_fails_everything_is_raised_and_the_next_page_goes_on(portal_with):
    portal, dialogs = portal_with(*[80] * 60)
    portal.faults.next(Fault.ACCESS_DENIED, 1)
    async with connected(portal) as im:
        bulk, found, raised = im.messages.bulk(dialogs), {}, 0
        while True:
            try:
                async for page in bulk:
                    found.setdefault(page.dialog_id, []).extend(message_ids(page.messages))
                break
            except AccessError:
                raised += 1
    assert raised == 1
    assert found == truth(portal, dialogs)


async def test_a_dialog_that_breaks_every_request_is_found_out(portal_with):
    portal, dialogs = portal_with(*[20] * 9)

    class Broken(httpx.AsyncBaseTransport):
        """A portal that answers an error page to whatever asks for one dialog."""

        def __init__(self, inner):
            self.inner = inner

        async def handle_async_request(self, request):
            if re.search(rf"\b(chat)?{dialogs[4][4:]}\b", request.content.decode()):
                return httpx.Response(500, text="<html>Internal Server Error</html>")
            return await self.inner.handle_async_request(request)

    async with (
        portal.http() as http,
        httpx.AsyncClient(transport=Broken(http._transport)) as broken,
        BitrixIM(portal.webhook, http=broken, retry=Retry(attempts=3)) as im,
    ):
        found, errors = await read(im, dialogs)
    assert set(errors) == {dialogs[4]}
    assert isinstance(errors[dialogs[4]], ServerError)
    assert {name: found[name] for name in dialogs if name != dialogs[4]} == truth(
        portal, [name for name in dialogs if name != dialogs[4]]
    )


async def test_only_what_is_newer_is_read_of_a_dialog_that_was_had(portal_with):
    portal, dialogs = portal_with(300, 300, 90, 0)
    had = {dialogs[0]: portal.visible_messages(dialogs[0])[250], dialogs[1]: portal.visible_messages(dialogs[1])[-1]}
    async with connected(portal) as im:
        found, _ = await read(im, dialogs, after=had)
    assert found == {name: numbers for name in dialogs for numbers in [truth(portal, [name], had.get(name, 0))[name]]}
    assert portal.requests <= 5


async def test_messages_that_arrive_meanwhile_double_and_hide_nothing(portal_with):
    portal, dialogs = portal_with(*[170] * 12)
    expected = truth(portal, dialogs)
    portal.before_command = lambda method, params: portal.post(dialogs[0])
    async with connected(portal) as im:
        found, _ = await read(im, dialogs)
    portal.before_command = None
    assert [number for number in found[dialogs[0]] if number <= expected[dialogs[0]][0]] == expected[dialogs[0]]
    assert {name: found[name] for name in dialogs[1:]} == {name: expected[name] for name in dialogs[1:]}


@pytest.mark.grid(every=3)
async def test_a_slow_consumer_is_not_run_ahead_of(portal_with):
    portal, dialogs = portal_with(*[60] * 400)
    async with connected(portal) as im:
        bulk = im.messages.bulk(dialogs)
        await anext(bulk)
        await anyio.sleep(600)
        assert portal.requests <= 3  # an older portal's first shows nothing
        await anext(bulk)
        await anyio.sleep(600)
        assert portal.requests <= 4
        for _ in range(60):
            await anext(bulk)
        await anyio.sleep(600)
        assert portal.requests <= 6


@pytest.mark.grid(every=3)
async def test_a_consumer_that_leaves_early_leaves_nothing_behind(portal_with):
    portal, dialogs = portal_with(*[60] * 200)
    async with connected(portal) as im:
        async for _ in im.messages.bulk(dialogs):
            break
        await anyio.sleep(600)
        settled = portal.requests
        assert settled <= 3
        gc.collect()
        await anyio.sleep(600)
        assert portal.requests == settled
        assert im.stats.queued == 0


async def test_a_consumer_that_gives_up_waiting_can_go_on(portal_with):
    portal, dialogs = portal_with(*[60] * 20)
    portal.processing_time = 0.1
    async with connected(portal) as im:
        bulk = im.messages.bulk(dialogs)
        with anyio.move_on_after(0.5) as scope:
            await anext(bulk)
        assert scope.cancelled_caught
        found = {}
        async for page in bulk:
            found.setdefault(page.dialog_id, []).extend(message_ids(page.messages))
    assert found == truth(portal, dialogs)


async def test_a_walk_that_was_left_goes_on_below_what_it_had(portal_with):
    portal, dialogs = portal_with(400, 130, 60, missing_id_is_empty=True)
    had = {name: portal.visible_messages(name)[-55] for name in dialogs}
    floor = {dialogs[0]: portal.visible_messages(dialogs[0])[100]}
    portal.erase(had[dialogs[1]])
    async with connected(portal) as im:
        found, errors = await read(im, dialogs, before=had, after=floor)
    wanted = {
        name: [number for number in ids if floor.get(name, 0) < number < had[name]]
        for name, ids in truth(portal, dialogs).items()
    }
    assert found == wanted
    assert not errors


async def test_a_dialog_that_is_skipped_costs_no_more_requests_and_the_others_go_on(portal_with):
    portal, dialogs = portal_with(9_000, 30, 400)
    async with connected(portal) as im:
        found, bulk = {}, im.messages.bulk(dialogs)
        async for page in bulk:
            found.setdefault(page.dialog_id, []).extend(message_ids(page.messages))
            if page.dialog_id == dialogs[0]:
                bulk.skip(dialogs[0])
    wanted = truth(portal, dialogs)
    assert found[dialogs[0]] == wanted[dialogs[0]][: len(found[dialogs[0]])]
    assert len(found[dialogs[0]]) < 3_000
    assert [found[name] for name in dialogs[1:]] == [wanted[name] for name in dialogs[1:]]


async def test_an_id_below_which_nothing_is_shown_is_found_from_above(portal_with):
    portal, dialogs = portal_with(230, missing_id_is_empty=True)
    ids = portal.visible_messages(dialogs[0])
    hole = next(number + 1 for number in ids[120:] if number + 1 not in ids and number + 2 not in ids)
    async with connected(portal) as im:
        found, _ = await read(im, dialogs, before={dialogs[0]: hole})
    assert found == {dialogs[0]: [number for number in ids[::-1] if number < hole]}


async def test_a_page_tells_where_to_go_on_below_it(portal_with):
    portal, dialogs = portal_with(1_000, 90, 20)
    expected, read_so_far, marks = truth(portal, dialogs), {}, {}
    async with connected(portal) as im:
        async for page in im.messages.bulk(dialogs):
            read_so_far.setdefault(page.dialog_id, set()).update(message_ids(page.messages))
            if page.before is not None:
                had = {number for number in expected[page.dialog_id] if number >= page.before}
                assert had <= read_so_far[page.dialog_id]
                marks[page.dialog_id] = page.before
        found, _ = await read(im, list(marks), before=marks)
    assert found == {name: [number for number in expected[name] if number < mark] for name, mark in marks.items()}


async def longest_wait(busy):
    """How long single calls wait beside *busy*, on a portal that takes 20 ms a command and 2 requests a second."""
    portal = Portal(seed=1)
    dialogs = [portal.add_chat(f"Chat {number}", date=NOW - timedelta(minutes=number)) for number in range(60)]
    for dialog in dialogs:
        portal.add_history(dialog, 120)
    portal.processing_time = 0.02
    portal.fill_bucket()
    waits = []
    async with connected(portal) as im, anyio.create_task_group() as tasks:
        tasks.start_soon(busy, im, dialogs)
        await anyio.sleep(30)
        for _ in range(12):
            begun = anyio.current_time()
            await im.call("server.time")
            waits.append(anyio.current_time() - begun)
            await anyio.sleep(0.37)
        tasks.cancel_scope.cancel()
    return max(waits)


@pytest.mark.slow
async def test_a_lone_call_waits_no_longer_than_beside_any_batches():
    async def bulk(im, dialogs):
        while True:
            async for _ in im.messages.bulk(dialogs):
                pass

    async def batches(im, dialogs):
        async def lane():
            while True:
                await im.batch({f"c{n}": Call("im.dialog.messages.get", {"DIALOG_ID": dialogs[n]}) for n in range(50)})

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lane)
            tasks.start_soon(lane)

    assert await longest_wait(bulk) <= await longest_wait(batches) + 0.01
