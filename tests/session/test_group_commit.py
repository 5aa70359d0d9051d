"""Calls that wait for the limits share requests; who travels with whom, and what becomes of them."""

from datetime import datetime
from typing import Any

import anyio
import pytest

from bitrix_im import ApiError, BitrixIM, Limits, MethodNotFound, Retry, ServerError
from bitrix_im.testing import Fault, Portal

from ..helpers import connected

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the point
TIGHT = Limits(rate=1, burst=1)


def tight(**options):
    """A portal and limits that let one request a second through."""
    return Portal(seed=1, rate=1, burst=1, **options)


async def together(*functions):
    """Run async functions at the same time; their results by place, errors included."""
    results: list[Any] = [None] * len(functions)

    async def note(place, function):
        try:
            results[place] = await function()
        except Exception as error:  # noqa: BLE001 - what it is, the test says
            results[place] = error

    async with anyio.create_task_group() as group:
        for place, function in enumerate(functions):
            group.start_soon(note, place, function)
            await anyio.sleep(0)  # in this order: trio would mix them
    return results


def asking(im, method, params=None):
    return lambda: im.call(method, params)


async def test_a_call_alone_leaves_at_once_and_unbatched():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        began = anyio.current_time()
        for _ in range(5):
            await im.call("server.time")
        assert anyio.current_time() == began
    assert [exchange.method for exchange in portal.log] == ["server.time"] * 5


async def test_within_the_burst_nobody_is_batched():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        await together(*[asking(im, "server.time") for _ in range(10)])
    assert [exchange.method for exchange in portal.log] == ["server.time"] * 10


async def test_many_that_wait_share_requests_and_each_gets_its_own_answer():
    portal = tight()
    people = [portal.add_user(f"Person {number}") for number in range(120)]
    async with connected(portal, limits=TIGHT) as im:
        replies = await together(*[asking(im, "im.user.get", {"ID": person}) for person in people])
        assert im.stats.commands == 120
    assert [int(reply.result["id"]) for reply in replies] == people
    assert portal.requests == im.stats.requests == 4  # 1 + 50 + 50 + 19
    assert max(len(exchange.commands) for exchange in portal.log) == 50
    assert portal.refusals == 0


async def test_first_come_first_served():
    portal = tight()
    order = []
    portal.before_command = lambda method, params: order.append(params.get("ID"))
    async with connected(portal, limits=TIGHT) as im:
        await together(*[asking(im, "im.user.get", {"ID": str(number)}) for number in range(130)])
    assert order == [str(number) for number in range(130)]


async def test_what_must_not_be_repeated_travels_alone_and_keeps_its_place():
    portal = tight()
    chat = portal.add_chat("Notes")
    write = ("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "x"})
    async with connected(portal, limits=TIGHT) as im:
        calls = [asking(im, "server.time"), asking(im, *write), *[asking(im, "server.time")] * 5, asking(im, *write)]
        await together(*calls)
    assert [exchange.method for exchange in portal.log] == [
        "server.time",
        "im.message.add",
        "batch",
        "im.message.add",
    ]
    assert portal.message_texts(chat) == ["x", "x"]


async def test_messages_with_a_key_share_requests_and_system_messages_do_not():
    portal = tight()
    chat = portal.add_chat("Notes")
    async with connected(portal, limits=TIGHT) as im:
        await together(
            *[lambda n=n: im.messages.send(chat, f"with a key {n}") for n in range(10)],
            *[lambda n=n: im.messages.send(chat, f"system {n}", system=True) for n in range(3)],
        )
    assert len(portal.message_texts(chat)) == 13
    assert [exchange.method for exchange in portal.log] == ["im.message.add", "batch", *["im.message.add"] * 3]


async def test_a_batch_never_travels_in_a_batch():
    portal = tight()
    async with connected(portal, limits=TIGHT) as im:
        replies = await together(*[asking(im, "batch", {"cmd": ["server.time"]})] * 4)
    assert all(reply.result["result"] for reply in replies)
    assert portal.requests == 4


async def test_a_refused_command_is_refused_alone():
    portal = tight()
    async with connected(portal, limits=TIGHT) as im:
        results = await together(
            *[asking(im, "server.time")] * 10, asking(im, "im.nothing"), *[asking(im, "server.time")] * 10
        )
    errors = [result for result in results if isinstance(result, ApiError)]
    assert [type(error) for error in errors] == [MethodNotFound]
    assert errors[0].method == "im.nothing"


async def test_a_command_that_fails_in_a_batch_is_tried_again_alone_in_its_bad_luck():
    portal = tight()
    portal.faults.next(Fault.COMMAND_FAILS, method="batch")
    async with connected(portal, limits=TIGHT) as im:
        results = await together(*[asking(im, "server.time")] * 20)
    assert not [result for result in results if isinstance(result, Exception)]
    assert im.stats.retries == 1
    assert portal.commands == 20


@pytest.mark.parametrize(
    "fault",
    [
        Fault.HTML_500,
        Fault.HTML_502,
        Fault.HTML_504,
        Fault.TRUNCATED,
        Fault.EMPTY_BODY,
        Fault.GARBAGE,
        Fault.RESET_AFTER,
        Fault.STALL_BEFORE,
        Fault.INTERNAL_500,
        Fault.UNEXPECTED_ANSWER,
        Fault.ERROR_200,
    ],
)
async def test_a_batch_that_fails_goes_again_as_it_was_once_the_portal_is_known_to_be_up(fault):
    portal = tight()
    portal.faults.next(fault, method="batch")
    async with connected(portal, limits=TIGHT, timeout=10) as im:
        results = await together(*[asking(im, "server.time")] * 41)
    assert not [result for result in results if isinstance(result, Exception)]
    assert [len(exchange.commands) for exchange in portal.log] == [0, 40, 0, 39]
    assert im.stats.retries == 0


async def test_a_batch_that_is_too_large_goes_again_in_parts():
    portal = tight()
    portal.faults.next(Fault.TOO_LARGE, method="batch")
    async with connected(portal, limits=TIGHT) as im:
        results = await together(*[asking(im, "server.time")] * 41)
    assert not [result for result in results if isinstance(result, Exception)]
    assert [len(exchange.commands) for exchange in portal.log] == [0, 40, 10, 10, 10, 10]


async def test_who_comes_while_a_batch_fails_takes_turns_with_those_who_were_in_it():
    portal = tight()
    portal.faults.next(Fault.STALL_BEFORE, method="batch")
    order = []
    portal.before_command = lambda method, params: order.append(int(params["N"]))
    async with connected(portal, limits=TIGHT, timeout=5) as im:

        async def ask(number, delay):
            await anyio.sleep(delay)
            await im.call("server.time", {"N": number})

        async with anyio.create_task_group() as group:
            for number in range(21):
                group.start_soon(ask, number, number * 0.01)
            for number in range(21, 80):
                group.start_soon(ask, number, 5.9 + number * 0.001)
    assert portal.faults.struck == [Fault.STALL_BEFORE]
    # The first comes alone; the batch behind it stalls from second 1 to 6; one more leaves just before it fails.
    # Then its oldest looks whether the portal is up.
    assert order[:4] == [0, 21, 1, 22]
    assert [number for number in order if number < 21] == list(range(21))
    assert [number for number in order if number >= 21] == list(range(21, 80))
    assert order.index(79) > order.index(20)


async def test_one_bad_command_does_not_sink_49():
    portal = tight()
    portal.faults.method("im.user.get", Fault.HTML_500)  # alone or in a batch: whatever holds it, breaks
    async with connected(portal, limits=TIGHT, retry=Retry(attempts=2)) as im:
        results = await together(
            *[asking(im, "server.time")] * 30, asking(im, "im.user.get"), *[asking(im, "server.time")] * 20
        )
    errors = [result for result in results if isinstance(result, Exception)]
    assert [type(error) for error in errors] == [ServerError]
    assert portal.commands == 50


async def test_a_refused_batch_is_everybodys_refusal_and_goes_again_as_it_was():
    portal = tight()
    portal.faults.nth(2, Fault.QUERY_LIMIT)
    async with connected(portal, limits=TIGHT) as im:
        results = await together(*[asking(im, "server.time")] * 31)
    assert not [result for result in results if isinstance(result, Exception)]
    assert im.stats.limit_hits == 1
    assert portal.requests <= 6


async def test_a_leader_that_is_cancelled_hands_its_passengers_back():
    portal = tight()
    portal.processing_time = {"server.time": 0.2}
    done = []
    async with connected(portal, limits=TIGHT) as im:

        async def ask(name):
            await im.call("server.time")
            done.append(name)

        async with anyio.create_task_group() as group:
            group.start_soon(ask, "first")
            await anyio.sleep(0)
            scope = anyio.CancelScope()

            async def leader():
                with scope:
                    await ask("leader")

            group.start_soon(leader)
            await anyio.sleep(0.01)
            for number in range(10):
                group.start_soon(ask, number)
            await anyio.sleep(2)  # the batch is under way
            assert portal.log[-1].commands
            scope.cancel()
    assert sorted(done, key=str) == sorted(["first", *range(10)], key=str)


async def test_a_passenger_that_is_cancelled_leaves_the_others_alone():
    portal = tight()
    async with connected(portal, limits=TIGHT) as im:
        results = []
        scope = anyio.CancelScope()

        async def passenger():
            with scope:
                await im.call("server.time")
                results.append("passenger")

        async def ask():
            await im.call("server.time")
            results.append("other")

        async with anyio.create_task_group() as group:
            for function in (*[ask] * 3, passenger, *[ask] * 3):
                group.start_soon(function)
                await anyio.sleep(0)  # in this order: trio would mix them
            await anyio.sleep(0.5)
            scope.cancel()
    assert results == ["other"] * 6


@pytest.mark.parametrize("moment", [0.0, 0.5, 1.0, 1.05, 1.5, 2.1, 3.0])
async def test_whoever_is_cancelled_whenever_nobody_waits_for_ever(moment):
    portal = tight()
    portal.processing_time = 0.03
    portal.faults.share(0.3, [Fault.HTML_502, Fault.RESET_AFTER, Fault.QUERY_LIMIT], seed=11)
    done = 0
    async with connected(portal, limits=TIGHT, timeout=5, retry=Retry(attempts=50)) as im:
        scopes = [anyio.CancelScope() for _ in range(60)]

        async def ask(scope):
            nonlocal done
            with scope:
                await im.call("server.time")
            done += 1

        with anyio.fail_after(3000):
            async with anyio.create_task_group() as group:
                for scope in scopes:
                    group.start_soon(ask, scope)
                for scope in scopes[::3]:
                    await anyio.sleep(moment / 7)
                    scope.cancel()
            await im.call("server.time")
    assert done == 60


async def test_a_call_that_is_cancelled_on_its_way_blocks_nobody():
    portal = Portal(seed=1)
    portal.faults.next(Fault.STALL_BEFORE)
    async with connected(portal) as im:
        with anyio.move_on_after(1):
            await im.call("server.time")
        with anyio.fail_after(1):
            await im.call("server.time")


async def test_parameters_that_cannot_be_sent_block_nobody():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        with pytest.raises(ValueError, match="expected an aware datetime"):
            await im.call("server.time", {"DATE": NAIVE})
        with anyio.fail_after(1):
            await im.call("server.time")
    assert portal.requests == 1


async def test_parameters_that_cannot_be_sent_fail_in_their_own_task_only():
    portal = tight()
    async with connected(portal, limits=TIGHT) as im:
        results = await together(
            *[asking(im, "server.time")] * 5,
            asking(im, "server.time", {"DATE": NAIVE}),
            *[asking(im, "server.time")] * 5,
        )
    assert [type(result).__name__ for result in results] == ["Reply"] * 5 + ["ValueError"] + ["Reply"] * 5


async def test_given_back_passengers_and_a_waiting_head_do_not_trip_over_each_other():
    portal = tight()
    portal.processing_time = 0.7
    portal.faults.share(0.5, [Fault.HTML_502, Fault.RESET_AFTER, Fault.TRUNCATED], seed=2)
    async with connected(portal, limits=TIGHT, timeout=60, retry=Retry(attempts=40)) as im:

        async def late(delay):
            await anyio.sleep(delay)
            return await im.call("server.time")

        results = await together(*[lambda n=n: late(n * 0.11) for n in range(150)])
    assert not [result for result in results if isinstance(result, Exception)]


async def test_a_long_method_is_not_packed_with_too_many_others():
    portal = tight()
    portal.processing_time = {"im.recent.get": 6.0}
    async with connected(portal, limits=TIGHT) as im:
        await im.call("im.recent.get")  # how long it takes is known from now on
        results = await together(*[asking(im, "im.recent.get")] * 21)
    assert not [result for result in results if isinstance(result, Exception)]
    assert {exchange.status for exchange in portal.log} == {200}  # none of them was cut at 60 s


async def test_closing_while_calls_wait_ends_them_all():
    portal = tight()
    async with portal.http() as http:
        im = BitrixIM(portal.webhook, http=http, limits=TIGHT)

        async def close():
            await anyio.sleep(0.5)
            await im.aclose()

        with anyio.fail_after(60):
            *results, _ = await together(*[asking(im, "server.time")] * 20, close)
    assert {type(result) for result in results[1:]} == {RuntimeError}
