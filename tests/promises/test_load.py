"""The engine under load: impatient callers, outages, other programs, slow calls, crowds. Figures, in virtual time."""

import itertools

import anyio
import httpx
import pytest

from bitrix_im import (
    BitrixIM,
    Limits,
    OverloadLimit,
    PortalGone,
    QueryLimitExceeded,
    Retry,
    TransportError,
)
from bitrix_im.testing import Fault, Portal

from ..helpers import connected
from ..virtual_time import backend

READ = ("im.user.get", {"ID": "1"})


class Crowd:
    """Calls made at the same time, and what became of them."""

    def __init__(self, tasks):
        self.answers, self.errors, self.seconds = [], [], []
        self._tasks = tasks

    async def _make(self, call):
        began = anyio.current_time()
        try:
            self.answers.append(await call())
        except Exception as error:  # noqa: BLE001 - what it is, the test says
            self.errors.append(error)
        self.seconds.append(anyio.current_time() - began)

    def make(self, call):
        self._tasks.start_soon(self._make, call)


async def at_once(*calls):
    """Make *calls* at one moment, and wait for them all."""
    async with anyio.create_task_group() as tasks:
        crowd = Crowd(tasks)
        for call in calls:
            crowd.make(call)
    return crowd


def asking(im, method="im.user.get", params=None):
    return lambda: im.call(method, params or {"ID": "1"})


async def test_impatient_callers_are_answered_and_nothing_is_run_in_vain():
    portal = Portal(seed=1)
    portal.processing_time = 0.2
    async with connected(portal) as im, anyio.create_task_group() as tasks:
        crowd = Crowd(tasks)

        async def in_time():
            with anyio.fail_after(1.5):
                return await im.call(*READ)

        for _ in range(180):
            crowd.make(in_time)
            await anyio.sleep(1 / 9)
    assert len(crowd.answers) >= 0.8 * 180
    assert portal.commands <= 1.2 * len(crowd.answers)
    assert {type(error) for error in crowd.errors} <= {TimeoutError}
    assert max(crowd.seconds) <= 1.5 + 1e-6


async def test_who_leads_and_gives_up_takes_only_himself_away():
    portal = Portal(seed=1, rate=1, burst=1)
    portal.processing_time = 0.1
    async with connected(portal, limits=Limits(rate=1, burst=1)) as im, anyio.create_task_group() as tasks:
        crowd = Crowd(tasks)
        crowd.make(asking(im))
        await anyio.sleep(0.01)
        leader = anyio.CancelScope()
        tasks.start_soon(cancellable, leader, asking(im))
        await anyio.sleep(0.01)
        for _ in range(10):
            crowd.make(asking(im))
        await anyio.sleep(1.6)
        leader.cancel()
    assert len(crowd.answers) == 11
    assert portal.requests == 2


async def cancellable(scope, call):
    with scope:
        await call()


async def test_a_caller_whose_answer_would_come_too_late_is_not_sent():
    portal = Portal(seed=1)
    portal.processing_time = 3.0
    async with connected(portal) as im:
        await im.call(*READ)
        with pytest.raises(TimeoutError), anyio.fail_after(1):
            await im.call(*READ)
        assert portal.requests == 1
        for _ in range(40):  # but not for ever: what is believed of the portal fades
            portal.processing_time = 0.1
            with anyio.move_on_after(1):
                await im.call(*READ)
    assert portal.requests > 2


@pytest.mark.grid(every=2)
async def test_five_hundred_reads_are_answered_soon_after_an_outage():
    portal = Portal(seed=1)
    portal.faults.next(Fault.HTML_502, count=10**6)
    async with connected(portal, retry=Retry(attempts=None, max_elapsed=3600)) as im:
        began = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            crowd = Crowd(tasks)
            for _ in range(500):
                crowd.make(asking(im))
            await anyio.sleep(120)
            portal.faults.clear()
        elapsed = anyio.current_time() - began
    assert not crowd.errors
    assert elapsed <= 120 + 15
    assert sum(not exchange.commands for exchange in portal.log if exchange.at >= 120) <= 5
    looks = [exchange.at for exchange in portal.log if 20 < exchange.at < 120]
    assert min(later - earlier for earlier, later in itertools.pairwise(looks)) >= 0.5  # one at a time
    assert max(later - earlier for earlier, later in itertools.pairwise(looks)) <= 1.1  # close enough together


@pytest.mark.grid(every=2)
async def test_an_outage_costs_few_of_those_who_wait_their_attempts():
    portal = Portal(seed=1)
    portal.faults.next(Fault.HTML_502, count=10**6)
    async with connected(portal) as im, anyio.create_task_group() as tasks:
        crowd = Crowd(tasks)
        for _ in range(500):
            crowd.make(asking(im))
        await anyio.sleep(60)
        portal.faults.clear()
    assert len(crowd.answers) >= 450


async def test_calls_outside_a_failed_batch_do_not_wait_while_it_is_searched():
    portal = Portal(seed=1, rate=1, burst=1)
    portal.faults.method("im.counters.get", Fault.HTML_500)  # whatever holds it breaks
    async with connected(portal, limits=Limits(rate=1, burst=1), retry=Retry(attempts=2)) as im:
        calls = [asking(im)] * 20 + [asking(im, "im.counters.get")] + [asking(im)] * 29
        async with anyio.create_task_group() as tasks:
            crowd = Crowd(tasks)
            for call in calls:
                crowd.make(call)
                await anyio.lowlevel.checkpoint()
            await anyio.sleep(1.5)  # the batch has failed
            others = Crowd(tasks)
            for _ in range(50):
                others.make(asking(im))
    assert len(crowd.answers) == 49
    (error,) = crowd.errors
    assert error.method == "im.counters.get"
    assert len(others.answers) == 50
    assert max(others.seconds) <= 4
    assert max(crowd.seconds) <= 25


@pytest.mark.grid(every=2)
async def test_beside_a_program_that_takes_all_that_drains_everybody_waits_once_and_in_order():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    texts = [f"message {number}" for number in range(200)]
    async with portal.http() as foreign, connected(portal) as im, anyio.create_task_group() as tasks:
        greed = anyio.CancelScope()
        tasks.start_soon(greedy, foreign, greed)
        await anyio.sleep(30)
        crowd = Crowd(tasks)
        for text in texts:
            crowd.make(lambda text=text: im.messages.send(chat, text))
            await anyio.lowlevel.checkpoint()
        await anyio.sleep(120)
        greed.cancel()
    assert not crowd.errors
    assert portal.message_texts(chat) == texts
    assert im.stats.limit_hits <= 120


async def greedy(http, scope):
    """Another program on the same address: it asks far more often than is allowed."""
    with scope:
        while True:
            await http.post("server.time")
            await anyio.sleep(0.25)


async def test_a_read_does_not_wait_for_hundreds_of_writes():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    async with connected(portal, retry=Retry(max_elapsed=3600)) as im, anyio.create_task_group() as tasks:
        writes = Crowd(tasks)
        for _ in range(300):
            writes.make(lambda: im.call("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "x"}))
        await anyio.sleep(20)
        began = anyio.current_time()
        await im.call(*READ)
        assert anyio.current_time() - began <= 2
        assert im.stats.queued > 200
        tasks.cancel_scope.cancel()


@pytest.mark.slow
@pytest.mark.parametrize("anyio_backend", [backend("asyncio")])
async def test_a_walk_gets_on_beside_a_stream_of_writes():
    portal = Portal(seed=1)
    for number in range(1000):
        portal.add_chat(f"Chat {number}")
    chat = portal.add_chat("Notes")
    async with connected(portal, retry=Retry(max_elapsed=3600)) as im, anyio.create_task_group() as tasks:

        async def write():
            writes = Crowd(tasks)
            while True:
                writes.make(lambda: im.messages.send(chat, "x", system=True))
                await anyio.sleep(0.2)

        tasks.start_soon(write)
        await anyio.sleep(20)
        began = anyio.current_time()
        dialogs = await im.recent.list().collect()
        assert anyio.current_time() - began <= 15
        assert len(dialogs) >= 1001
        tasks.cancel_scope.cancel()


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("text", ["costs $5", "$total is a word", "a $result without a bracket"])
async def test_texts_with_a_dollar_share_requests(text):
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    async with connected(portal) as im:
        crowd = await at_once(*[lambda n=n: im.messages.send(chat, f"{text} {n}") for n in range(300)])
    assert not crowd.errors
    assert max(crowd.seconds) <= 3
    assert sorted(portal.message_texts(chat)) == sorted(f"{text} {n}" for n in range(300))


async def test_calls_of_different_timeouts_share_requests():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        calls = [lambda n=n: im.with_options(timeout=20 + n / 10).call(*READ) for n in range(300)]
        crowd = await at_once(*calls)
    assert not crowd.errors
    assert max(crowd.seconds) <= 3


async def test_ten_long_calls_leave_room_for_a_short_one():
    portal = Portal(seed=1)
    portal.processing_time = {"im.disk.folder.get": 30.0}
    async with connected(portal) as im, anyio.create_task_group() as tasks:
        await im.call(*READ)
        long = Crowd(tasks)
        for _ in range(12):
            long.make(asking(im, "im.disk.folder.get", {"CHAT_ID": 1}))
            await anyio.sleep(0.01)
        for method in ("im.user.get", "server.time"):  # known to be short, and the first of its method
            began = anyio.current_time()
            await im.call(method, {"ID": "1"})
            assert anyio.current_time() - began <= 0.5
        tasks.cancel_scope.cancel()


async def test_patience_counts_the_time_in_the_queue():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    portal.processing_time = 0.1
    async with connected(portal, retry=Retry(max_elapsed=3600)) as im, anyio.create_task_group() as tasks:
        writes = Crowd(tasks)
        for _ in range(200):
            writes.make(lambda: im.call("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "x"}))
        await anyio.sleep(1)
        assert im.stats.queued > 100
        began = anyio.current_time()
        with pytest.raises(QueryLimitExceeded, match="not sent within 5 s: too many calls wait") as caught:
            await im.with_options(timeout=5, retry=Retry(max_elapsed=5)).call(
                "im.message.add", {"DIALOG_ID": chat, "MESSAGE": "late"}
            )
        assert anyio.current_time() - began <= 5 + 0.1
        assert caught.value.attempts == 0
        tasks.cancel_scope.cancel()


@pytest.mark.grid(every=3)
@pytest.mark.parametrize(("fault", "kind"), [(Fault.OVERLOAD_503, OverloadLimit), (Fault.PORTAL_DELETED, PortalGone)])
async def test_all_who_wait_are_told_at_once_that_nobody_will_be_answered(fault, kind):
    portal = Portal(seed=1, rate=1, burst=1)
    async with connected(portal, limits=Limits(rate=1, burst=1)) as im, anyio.create_task_group() as tasks:
        crowd = Crowd(tasks)
        await im.call(*READ)
        portal.faults.next(fault, count=10**6)
        for _ in range(400):
            crowd.make(asking(im))
        await anyio.sleep(3)
        assert {type(error) for error in crowd.errors} == {kind}
        assert len({id(error) for error in crowd.errors}) == 400
        assert portal.requests == 2
        portal.faults.clear()
        if kind is OverloadLimit:
            with pytest.raises(OverloadLimit) as caught:
                await im.call(*READ)
            assert (caught.value.attempts, portal.requests) == (0, 2)
            await anyio.sleep(60)
        await im.call(*READ)


async def test_clients_of_one_portal_share_its_pace_without_being_told():
    portal = Portal(seed=1)
    async with anyio.create_task_group() as tasks:
        crowd, clients = Crowd(tasks), []
        for _ in range(4):
            clients.append(BitrixIM(portal.webhook, http=portal.http()))
        for im in clients:
            for _ in range(30):
                crowd.make(asking(im, "batch", {"cmd": ["server.time"]}))
    assert not crowd.errors
    assert portal.refusals == 0
    assert max(crowd.seconds) <= (120 - 47) / (2 * 0.98) + 1
    assert sum(im.stats.retries for im in clients) == 0


async def test_of_different_limits_of_one_portal_the_stricter_ones_count():
    portal = Portal(seed=1, limited=False)
    alone = ("batch", {"cmd": ["server.time"]})
    async with portal.http() as http:
        bold = BitrixIM(portal.webhook, http=http, limits=Limits.unlimited())
        careful = BitrixIM(portal.webhook, http=http, limits=Limits(rate=1, burst=5))
        await careful.call(*READ)
        began = anyio.current_time()
        await at_once(*[asking(bold, *alone)] * 20)
        assert anyio.current_time() - began > 15
        await careful.aclose()
        began = anyio.current_time()
        await at_once(*[asking(bold, *alone)] * 20)
        assert anyio.current_time() == began  # nobody is left who was told of them


async def test_what_a_caller_changes_while_he_waits_changes_nothing():
    portal = Portal(seed=1, rate=1, burst=1)
    people = [portal.add_user(f"Person {number}") for number in range(6)]
    async with connected(portal, limits=Limits(rate=1, burst=1)) as im, anyio.create_task_group() as tasks:
        crowd, notes = Crowd(tasks), [["x"] for _ in people]
        given = [{"ID": person, "NOTE": note} for person, note in zip(people, notes, strict=True)]
        for params in given:
            crowd.make(asking(im, "im.user.get", params))
        await anyio.sleep(0.01)
        for params in given:
            params["ID"] = object()
        for note in notes:
            note.append("y")
    assert sorted(int(reply.result["id"]) for reply in crowd.answers) == people


async def test_an_exception_of_somebody_else_s_is_each_caller_s_own():
    async def fail(request):
        raise ZeroDivisionError("in a transport of theirs")

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as http:
        im = BitrixIM("https://portal.bitrix24.test/rest/1/abcdef/", http=http, limits=Limits(rate=1, burst=1))
        crowd = await at_once(*[asking(im)] * 30)
        await im.aclose()
    assert {type(error) for error in crowd.errors} == {ZeroDivisionError}
    assert len({id(error) for error in crowd.errors}) == 30


async def test_closing_while_requests_are_under_way_leaves_nothing_over():
    portal = Portal(seed=1, rate=1, burst=20)
    portal.processing_time = 5.0
    async with portal.http() as http:
        im = BitrixIM(portal.webhook, http=http)
        async with anyio.create_task_group() as tasks:
            crowd = Crowd(tasks)
            for _ in range(40):
                crowd.make(asking(im))
            await anyio.sleep(1)
            await im.aclose()
            assert im.stats.queued <= 40
    assert {type(error) for error in crowd.errors} == {RuntimeError}
    assert len({id(error) for error in crowd.errors}) == 40


async def test_an_answer_that_is_no_batch_s_is_everybody_s_own_error():
    async def answer(request):
        return httpx.Response(200, json={"result": "no batch"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        im = BitrixIM("https://portal.bitrix24.test/rest/1/abcdef/", http=http, limits=Limits(rate=1, burst=1))
        crowd = await at_once(*[asking(im.with_options(retry=Retry(attempts=1)))] * 30)
        await im.aclose()
    assert len(crowd.answers) >= 1
    assert len({id(error) for error in crowd.errors}) == len(crowd.errors)


async def test_a_timeout_shorter_than_the_others_ends_at_its_time():
    portal = Portal(seed=1, rate=1, burst=1)
    portal.faults.next(Fault.STALL_BEFORE, method="batch")
    async with connected(portal, limits=Limits(rate=1, burst=1), timeout=30) as im:
        quick = im.with_options(timeout=3, retry=Retry(attempts=1))
        async with anyio.create_task_group() as tasks:
            crowd, hasty = Crowd(tasks), Crowd(tasks)
            for _ in range(5):
                crowd.make(asking(im))
            await anyio.wait_all_tasks_blocked()  # trio starts tasks in any order
            hasty.make(asking(quick))
    (error,) = hasty.errors
    assert isinstance(error, TransportError)
    assert "within 3 s" in str(error)
    assert hasty.seconds[0] <= 1.2 + 3
    assert len(crowd.answers) == 5
