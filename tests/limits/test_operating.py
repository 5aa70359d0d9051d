"""Both limits, ahead of time: the bucket that everybody shares, and each method's operating time."""

import itertools
import math

import anyio
import pytest

from bitrix_im import BitrixIM, Call, Limits, OAuth, OperationTimeLimit, Retry, Tokens
from bitrix_im.limits import LeakyBucket, OperatingBudget
from bitrix_im.testing import Fault, Portal

from ..helpers import connected

RAW = ("batch", {"cmd": ["server.time"]})  # a batch does not travel in a batch
SINGLE = ("im.message.add", {"DIALOG_ID": "chat1", "MESSAGE": "x"})  # nor does what must not be repeated
SHARED = ("server.time", {})


async def at_once(im, count, method, params=None):
    """Make *count* calls at the same time; how many seconds that took."""
    began = anyio.current_time()
    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(im.call, method, params)
    return anyio.current_time() - began


# Requests a second


@pytest.mark.grid(every=5)
@pytest.mark.parametrize(("method", "params"), [RAW, SINGLE])
@pytest.mark.parametrize("late", [0.0, 0.37, 0.99])
async def test_150_calls_at_once_are_never_refused_and_hardly_slower_than_possible(method, params, late):
    portal = Portal(seed=1, rate=5, burst=15)
    portal.add_chat("Notes", members=[1])
    params = {**params, "DIALOG_ID": next(iter(portal.visible_dialogs()))} if method == SINGLE[0] else params
    async with connected(portal, limits=Limits(rate=5, burst=15)) as im:
        portal.clock.elapsed()  # the server's second begins here
        await anyio.sleep(late)
        elapsed = await at_once(im, 150, method, params)
    assert portal.refusals == im.stats.limit_hits == 0
    assert portal.requests == 150
    least = (150 - 15) / 5
    assert least - 1 <= elapsed <= least * 1.15


async def test_150_calls_that_can_share_requests_are_not_refused_either():
    portal = Portal(seed=1, rate=5, burst=15)
    async with connected(portal, limits=Limits(rate=5, burst=15)) as im:
        elapsed = await at_once(im, 150, *SHARED)
    assert portal.refusals == 0
    assert portal.commands == im.stats.commands == 150
    assert portal.requests < 30
    assert elapsed < 2


async def test_slow_answers_do_not_let_a_crowd_through():
    portal = Portal(seed=1, rate=5, burst=15)
    portal.processing_time = 3.0
    async with connected(portal, limits=Limits(rate=5, burst=15)) as im:
        await at_once(im, 60, *RAW)
    assert portal.refusals == 0


@pytest.mark.slow
async def test_steady_callers_for_minutes_are_never_refused():
    portal = Portal(seed=1)
    async with connected(portal) as im:

        async def busy(pause):
            while anyio.current_time() < end:
                await im.call(*RAW)
                await anyio.sleep(pause)

        end = anyio.current_time() + 300
        async with anyio.create_task_group() as group:
            for pause in (0.3, 1.1, 2.7, 7.9):
                group.start_soon(busy, pause)
    assert portal.refusals == 0
    assert portal.requests > 0.9 * 2 * 300


async def test_all_that_share_a_session_share_its_bucket():
    portal = Portal(seed=1, rate=5, burst=15)
    async with connected(portal, limits=Limits(rate=5, burst=15)) as im:
        patient = im.with_options(retry=Retry(attempts=20))
        async with anyio.create_task_group() as group:
            for client in (im, patient, im.with_options(timeout=5)):
                group.start_soon(at_once, client, 30, *RAW)
    assert portal.refusals == 0


async def test_a_refusal_empties_the_bucket_for_everyone():
    portal = Portal(seed=1, limited=False)
    portal.faults.nth(1, Fault.QUERY_LIMIT)
    async with connected(portal) as im:
        began = anyio.current_time()
        await im.call(*RAW)
        await at_once(im, 10, *RAW)
    times = [exchange.at for exchange in portal.log]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.4  # no burst is left
    assert im.stats.limit_hits == 1
    assert im.stats.waited > 0
    assert anyio.current_time() - began > 5


async def test_callers_that_already_wait_are_slowed_down_as_well():
    portal = Portal(seed=1, limited=False)
    portal.faults.nth(40, Fault.QUERY_LIMIT)
    async with connected(portal, limits=Limits(rate=10, burst=20)) as im:
        await at_once(im, 80, *RAW)
    times = [exchange.at for exchange in portal.log]
    refused = times[39]
    before = sum(refused - 1 < moment <= refused for moment in times)
    after = sum(refused < moment <= refused + 1 for moment in times)
    later = sum(refused + 4 < moment <= refused + 5 for moment in times)
    assert (before, after) == (pytest.approx(10, abs=1), pytest.approx(5, abs=2))
    assert later >= 9 or times[-1] < refused + 5


def test_the_rate_recovers_stepwise():
    bucket = LeakyBucket(Limits(rate=10, burst=50))
    bucket.refused(0.0)
    left, now = [], 0.0
    while now < 8:
        now += bucket.reserve(now)
        left.append(now)
    seconds = [sum(second <= moment < second + 1 for moment in left) for second in range(8)]
    assert seconds[0] <= 6
    assert all(later >= earlier - 1 for earlier, later in itertools.pairwise(seconds))
    assert seconds[6] >= 9


def test_many_refusals_leave_a_trickle_and_no_standstill():
    bucket = LeakyBucket(Limits())
    for second in range(30):
        bucket.refused(float(second))
    assert 0 < bucket.delay(30.0) <= 8


def test_requests_that_were_refused_together_count_once():
    together, once = LeakyBucket(Limits()), LeakyBucket(Limits())
    once.refused(5.0)
    for _ in range(10):
        together.refused(5.0)
    assert together.delay(5.0) == once.delay(5.0)


async def test_another_program_on_the_same_address_is_got_along_with():
    portal = Portal(seed=1, rate=5, burst=15)
    done = 0
    async with connected(portal, limits=Limits(rate=5, burst=15)) as im, portal.http() as other:
        with anyio.CancelScope() as scope:

            async def greedy():
                while True:
                    await other.post("server.time")
                    await anyio.sleep(0.35)

            async def ours():
                nonlocal done
                for _ in range(20):
                    await im.call(*RAW)
                    done += 1

            async with anyio.create_task_group() as group:
                group.start_soon(greedy)
                async with anyio.create_task_group() as us:
                    for _ in range(5):
                        us.start_soon(ours)
                scope.cancel()
    assert done == 100
    assert im.stats.limit_hits < 40


# Operating time


def costly(cost=10.0, **options):
    portal = Portal(seed=1, **{"limited": False, **options})
    portal.operating_cost["im.user.get"] = cost
    return portal


def allowed(operating, *, patience=3600.0, **options):
    """Options of a client that knows what the portal allows."""
    return {"limits": Limits(operating=operating, **options), "retry": Retry(max_elapsed=patience)}


async def test_a_method_pauses_before_its_limit_and_waits_for_the_told_reset():
    portal = costly(operating=30.0, window=600.0)
    async with connected(portal, **allowed(30.0)) as im:
        for _ in range(3):
            reply = await im.call("im.user.get")
        reset = reply.time.operating_reset_at
        await im.call("im.user.get")
        assert portal.refusals == 0
        assert portal.clock.now() >= reset
        assert portal.clock.now() < reset + 2
    assert 595 < im.stats.waited < 605
    assert im.stats.operating_hits == 0


async def test_other_methods_go_on_meanwhile():
    portal = costly(operating=30.0)
    async with connected(portal, **allowed(30.0)) as im:
        for _ in range(3):
            await im.call("im.user.get")
        async with anyio.create_task_group() as group:
            group.start_soon(im.call, "im.user.get")
            await anyio.sleep(1)
            began = anyio.current_time()
            for _ in range(10):
                await im.call("server.time")
            assert anyio.current_time() == began
    assert portal.refusals == 0


async def test_it_is_the_same_method_however_it_is_spelled():
    portal = costly(operating=30.0)
    async with connected(portal, **allowed(30.0)) as im:
        for name in ("im.user.get", "IM.USER.GET", "im.user.get.json", "Im.User.Get"):
            await im.call(name)
    assert portal.refusals == 0


async def test_hours_of_a_costly_method_are_never_refused():
    portal = costly(cost=7.0, operating=100.0, window=600.0)
    async with connected(portal, **allowed(100.0)) as im:
        for _ in range(150):
            await im.call("im.user.get")
        elapsed = portal.clock.elapsed()
    assert portal.refusals == 0
    # 15 calls fit into a window: the one that passes the limit still runs
    assert elapsed <= 600 * (150 / 15 + 1)


async def test_concurrent_callers_do_not_pass_the_limit_together():
    portal = costly(cost=10.0, operating=100.0)
    portal.processing_time = {"im.user.get": 0.5}
    async with connected(portal, **allowed(100.0, patience=7200)) as im:
        for _ in range(2):  # what a call costs is known from now on
            await im.call("im.user.get")
        await at_once(im, 30, "im.user.get")
    assert portal.refusals == 0
    assert portal.commands == 32


async def test_a_slow_start_is_no_reason_to_refuse_what_may_well_fit():
    portal = Portal(seed=1, limited=False, operating=100.0)
    costs = iter([0.0, 60.0])
    portal.before_command = lambda method, params: portal.operating_cost.update({method: next(costs, 0.1)})
    portal.processing_time = {"im.user.get": 0.5}
    async with connected(portal, **allowed(100.0, patience=60)) as im:
        for _ in range(2):
            await im.call("im.user.get")
        elapsed = await at_once(im, 20, "im.user.get")
    assert portal.refusals == 0
    assert portal.commands == 22
    assert elapsed < 60


async def test_commands_of_a_batch_are_counted_for_their_own_methods():
    portal = costly(cost=10.0, operating=100.0, limited=True, rate=1, burst=1)
    async with connected(portal, **allowed(100.0, patience=7200, rate=1, burst=1)) as im:
        for _ in range(2):
            await im.call("im.user.get")
        async with anyio.create_task_group() as group:
            for _ in range(15):
                group.start_soon(im.call, "im.user.get")
                group.start_soon(im.call, "server.time")
    assert any(exchange.commands for exchange in portal.log)
    assert portal.refusals == 0
    assert portal.commands == 32


async def refused_in_a_batch(portal, im):
    """Seconds that each of four calls took, one of which was refused in a batch."""
    portal.faults.next(Fault.COMMAND_REFUSED, method="batch")
    seconds = {}

    async def ask(method):
        await im.call(method)
        seconds[method] = anyio.current_time() - began

    began = anyio.current_time()
    async with anyio.create_task_group() as group:
        for method in ("server.time", "im.user.get", "im.counters.get", "im.revision.get"):
            group.start_soon(ask, method)
    assert im.stats.operating_hits == 1
    return seconds


async def test_a_command_that_is_refused_in_a_batch_waits_alone():
    portal = Portal(seed=1, rate=1, burst=1)
    portal.oauth_app("app", "client-secret")
    given = portal.issue_tokens()
    tokens, where = Tokens(given["access_token"], given["refresh_token"]), f"https://{portal.host}"
    oauth = OAuth(f"{where}/rest/", tokens, "app", "client-secret", server=f"{where}/oauth/token/")
    async with portal.http() as http, BitrixIM(oauth, http=http, limits=Limits(rate=1, burst=1)) as im:
        seconds = await refused_in_a_batch(portal, im)
    assert sorted(took > 10 for took in seconds.values()) == [False, False, False, True]


async def test_what_a_webhook_may_not_in_a_batch_it_may_directly():
    portal = Portal(seed=1, rate=1, burst=1)
    async with connected(portal, limits=Limits(rate=1, burst=1)) as im:
        seconds = await refused_in_a_batch(portal, im)
    assert len(seconds) == 4
    assert max(seconds.values()) < 5


async def test_a_wait_longer_than_patience_is_an_error_at_once():
    portal = costly(operating=30.0)
    async with connected(portal, **allowed(30.0, patience=60)) as im:
        for _ in range(3):
            reply = await im.call("im.user.get")
        began = anyio.current_time()
        with pytest.raises(OperationTimeLimit, match="longer than Retry.max_elapsed") as caught:
            await im.call("im.user.get")
        assert anyio.current_time() == began
    assert caught.value.reset_at == reply.time.operating_reset_at
    assert caught.value.is_final
    assert (caught.value.attempts, im.stats.retries, im.stats.waited) == (1, 0, 0)
    assert portal.requests == 3


async def test_a_refusal_with_a_reset_beyond_patience_is_an_error_at_once():
    portal = costly(operating=29.0)  # the portal allows less than the client was told
    async with connected(portal, limits=Limits(operating=480), retry=Retry(max_elapsed=60)) as im:
        for _ in range(3):
            reply = await im.call("im.user.get")
        began = anyio.current_time()
        with pytest.raises(OperationTimeLimit) as caught:
            await im.call("im.user.get")
        assert anyio.current_time() == began
    assert caught.value.reset_at == reply.time.operating_reset_at
    assert portal.requests == 4
    assert im.stats.operating_hits == 1


async def test_a_refusal_without_a_told_reset_is_tried_again_with_the_next_basket():
    portal = Portal(seed=1, operating_limited=False)
    portal.faults.next(Fault.OPERATION_TIME)
    async with connected(portal) as im:
        began = anyio.current_time()
        await im.call("im.user.get")
        assert 60 <= anyio.current_time() - began < 62
    assert im.stats.operating_hits == 1


@pytest.mark.parametrize("limits", [Limits(), Limits.unlimited()])
async def test_a_refusal_that_has_passed_slows_nobody_down(limits):
    portal = Portal(seed=1, limited=False, operating_limited=False)
    portal.processing_time = {"im.user.get": 1.0}
    portal.faults.next(Fault.OPERATION_TIME)
    async with connected(portal, limits=limits) as im:
        await im.call("im.user.get")
        assert await at_once(im, 10, "im.user.get") < 3


async def test_the_server_clock_may_be_wrong():
    portal = costly(operating=30.0)
    portal.clock._epoch += 86_400 * 400
    async with connected(portal, **allowed(30.0)) as im:
        for _ in range(4):
            await im.call("im.user.get")
    assert portal.refusals == 0


async def test_stats_tell_what_was_waited_for():
    portal = costly(operating=30.0)
    portal.faults.nth(2, Fault.QUERY_LIMIT)
    portal.faults.nth(4, Fault.OPERATION_TIME)
    async with connected(portal, **allowed(480.0)) as im:
        for _ in range(3):
            await im.call("im.user.get")
    assert (im.stats.limit_hits, im.stats.operating_hits, im.stats.retries) == (1, 1, 2)
    assert im.stats.waited > 500


async def test_an_explicit_batch_counts_for_the_methods_in_it():
    portal = costly(cost=10.0, operating=30.0)
    async with connected(portal, **allowed(30.0)) as im:
        for _ in range(3):
            await im.batch({"me": Call("im.user.get")})
        await im.call("im.user.get")
    assert portal.refusals == 0


# The budget, pure


def budget_of(limit=100.0):
    return OperatingBudget(Limits(operating=limit))


def test_operating_time_is_cumulative_and_never_summed():
    budget = budget_of()
    for used in (30.0, 60.0, 90.0):
        budget.observe("m", used, 1000, 500, 0.0)
    assert budget.delay("m", 0.0) == 0
    assert budget.room("m", 0.0) == 1
    budget.observe("m", 20.0, 1000, 500, 0.0)  # part of it came back
    assert budget.room("m", 0.0) > 1


def test_a_method_at_its_limit_waits_by_the_server_clock():
    budget = budget_of()
    budget.observe("m", 100.0, 5000 + 40, 5000, now=7.0)
    assert 40 <= budget.delay("m", 7.0) < 41
    assert budget.delay("other", 7.0) == 0
    assert budget.reset_at("m") == 5040
    assert budget.delay("m", 50.0) == 0


def test_after_a_reset_one_call_finds_out():
    budget = budget_of()
    budget.observe("m", 100.0, 540, 500, now=0.0)
    assert budget.delay("m", 41.0) == 0
    budget.started("m", 41.0)
    assert 0 < budget.delay("m", 41.0) < 1
    budget.finished("m")
    budget.observe("m", 50.0, 900, 541, now=41.0)
    assert budget.delay("m", 41.0) == 0


def test_no_limit_is_no_budget():
    budget = OperatingBudget(Limits.unlimited())
    budget.observe("m", 1e9, 600, 0, now=0.0)
    assert budget.room("m", 0.0) == math.inf


async def test_a_client_without_limits_gets_over_the_server_own():
    portal = Portal(seed=1, rate=2, burst=5)
    async with portal.http() as http, BitrixIM(portal.webhook, http=http, limits=Limits.unlimited()) as im:
        for _ in range(12):
            await im.call("server.time")
    assert portal.commands == 12
