"""Clients that share limits by a place: in turn, through its absence, and never past a caller's patience."""

import logging

import anyio
import pytest

from bitrix_im import Limits, QueryLimitExceeded, Retry, SharedLimits
from bitrix_im.testing import Portal

from .fake import CLOCK, FakePlace, processes

BURST, RATE = 47, 1.96  # what the client's bucket lets through of 50 and 2


@pytest.fixture
def place(monkeypatch):
    found = FakePlace()
    monkeypatch.setattr("bitrix_im.session.sharing.place_of", lambda _: found)
    return found


@pytest.fixture
def portal():
    found = Portal(seed=4)
    found.add_chat("Work")
    return found


async def write(clients, each, texts="note"):
    """So many messages that travel alone from each of them, all at once."""
    async with anyio.create_task_group() as tasks:
        for im in clients:
            for number in range(each):
                tasks.start_soon(send, im, f"{texts} {number}")


async def send(im, text="note"):
    await im.messages.send("chat1001", text, system=True)


async def test_processes_share_one_bucket_and_go_in_turn(portal, place):
    async with processes(portal, 4) as clients:
        began = anyio.current_time()
        await write(clients, 30)
        took = anyio.current_time() - began
    assert portal.refusals == 0
    assert portal.requests == 120
    assert took <= (120 - BURST) / RATE + 1
    assert place.users == 0


async def test_a_call_costs_one_question_and_one_that_waits_two(portal, place):
    async with processes(portal, 1) as (im,):
        for _ in range(BURST):
            await send(im)
        assert place.asks == BURST
        for _ in range(10):
            await send(im)
        assert place.asks == BURST + 2 * 10


async def test_reads_that_wait_travel_together_as_ever(portal, place):
    async with processes(portal, 4) as clients, anyio.create_task_group() as tasks:
        for im in clients:
            for _ in range(100):
                tasks.start_soon(im.users.get, 1)
    assert portal.requests <= 12
    assert portal.refusals == 0


async def test_a_process_that_is_never_idle_does_not_starve_the_others(portal, place):
    async with processes(portal, 2) as (busy, idle), anyio.create_task_group() as tasks:
        tasks.start_soon(write, [busy], 150)
        await anyio.sleep(5)
        began = anyio.current_time()
        await send(idle)
        assert anyio.current_time() - began <= 2 / RATE + 0.1


async def test_what_another_program_takes_slows_down_all_of_them_once(portal, place):
    async with processes(portal, 4) as clients:
        portal.fill_bucket()
        await write(clients, 10)
    assert portal.refusals <= 2 * 4  # each has a request under way when the first is refused, and a turn in hand
    assert portal.requests == 40 + portal.refusals


@pytest.mark.parametrize("away", ["hangs", "refuses"])
async def test_while_the_place_is_away_each_keeps_to_its_part_and_comes_back_by_itself(portal, place, away, caplog):
    async with processes(portal, 4) as clients:
        await write(clients, 12)
        setattr(place, away, True)
        with caplog.at_level(logging.WARNING, "bitrix_im"):
            began = anyio.current_time()
            await write(clients, 5)
            assert 20 / RATE - 2 <= anyio.current_time() - began <= 20 / RATE * 1.3 + 4
            assert caplog.text.count("until they are back, this process keeps to 1/4 of them") == 1
            setattr(place, away, False)
            await anyio.sleep(6)
            assert caplog.text.count("are back\n") == 1
        await write(clients, 5)
    assert portal.refusals == 0
    assert portal.requests == 48 + 20 + 20


@pytest.mark.parametrize("away", ["hangs", "refuses"])
async def test_a_call_waits_hardly_a_second_for_a_place_that_was_never_there(portal, place, away):
    setattr(place, away, True)
    async with processes(portal, 1) as (im,):
        began = anyio.current_time()
        await send(im)
        assert anyio.current_time() - began <= 1.4


async def test_without_limits_nobody_waits_whether_the_place_is_there_or_not(place):
    portal = Portal(seed=4, limited=False)
    portal.add_chat("Work")
    async with processes(portal, 2, limits=Limits.unlimited()) as clients:
        for away in (False, True):
            place.refuses = away
            began = anyio.current_time()
            await write(clients, 100)
            assert anyio.current_time() - began < 1


async def test_a_place_that_comes_back_empty_has_no_burst_for_those_who_knew_it(portal, place):
    async with processes(portal, 2) as clients:
        await write(clients, 24)  # the portal's bucket is nearly full
        place.kept.clear()
        await write(clients, 10)
    assert portal.refusals == 0


async def test_a_turn_that_nobody_wants_any_more_is_given_back(portal, place):
    async with processes(portal, 2) as (one, other):
        await write([one], BURST)
        for _ in range(20):
            with anyio.move_on_after(0.1):
                await send(one)
        began = anyio.current_time()
        await send(other)
        assert anyio.current_time() - began <= 2 / RATE  # his own turn, and the last of those that come back late


async def test_patience_and_deadlines_end_at_their_time(portal, place):
    async with processes(portal, 2, retry=Retry(max_elapsed=3)) as clients:
        await write(clients, BURST // 2)
        place.kept[portal.host].bucket["opens_at"] = CLOCK + anyio.current_time() + 60
        began = anyio.current_time()
        with pytest.raises(TimeoutError), anyio.fail_after(1):
            await send(clients[0])
        assert anyio.current_time() - began == pytest.approx(1, abs=0.01)
        with pytest.raises(QueryLimitExceeded) as caught:
            await send(clients[1])
        assert caught.value.attempts == 0
        assert anyio.current_time() - began == pytest.approx(4, abs=0.1)


async def test_operating_time_is_shared_by_those_with_the_same_credentials(place):
    portal = Portal(seed=4, operating=10.0, window=60.0)
    portal.operating_cost["im.user.get"] = 1.0
    async with processes(portal, 4, limits=Limits(operating=10.0, window=60.0)) as clients:
        for _ in range(20):
            for im in clients:
                await im.users.get(1)
    assert portal.refusals <= 4
    assert portal.commands == 80


async def test_other_credentials_have_operating_time_of_their_own(place):
    portal = Portal(seed=4, operating=10.0, window=600.0)
    portal.operating_cost["im.user.get"] = 1.0
    ann = portal.add_user("Ann")
    webhooks = [portal.webhook, portal.webhook_of(ann)]
    async with processes(portal, 2, limits=Limits(operating=10.0), webhooks=webhooks) as (one, other):
        began = anyio.current_time()
        for im in (one, other):
            for _ in range(10):
                await im.users.get(1)
        assert anyio.current_time() - began < 60


@pytest.mark.parametrize(
    ("where", "error", "says"),
    [("", TypeError, "path of a file"), (5, TypeError, "got int"), ("http://cache", ValueError, "got http://")],
)
def test_a_place_that_cannot_be_is_refused_at_once(where, error, says):
    with pytest.raises(error, match=says):
        SharedLimits(where)


def test_a_password_is_not_shown():
    limits = SharedLimits("redis://someone:SECRETWORD@cache:6379/0?x=1")
    assert "SECRETWORD" not in repr(limits) + limits.name
    assert limits.name == "redis://cache:6379/0"


def test_limits_that_are_none_are_refused():
    with pytest.raises(TypeError, match=r"Limits.enterprise\(\)"):
        SharedLimits("limits.db", 5)  # type: ignore[arg-type]


def test_without_redis_py_the_line_to_type_is_told(monkeypatch):
    monkeypatch.setattr("bitrix_im.redis_link.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'bitrix-im\[redis\]'"):
        SharedLimits("redis://cache")
