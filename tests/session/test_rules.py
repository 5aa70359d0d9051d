"""The engine's rules, without a clock: what a failure means, what becomes of a request, what a reset says."""

import math

import pytest

from bitrix_im import (
    AccessError,
    Limits,
    OperationTimeLimit,
    OverloadLimit,
    QueryLimitExceeded,
    Reply,
    ServerError,
    TransportError,
    UnexpectedResponse,
)
from bitrix_im.errors import ApiError, BatchError, PortalGone
from bitrix_im.limits import LeakyBucket, OperatingBudget, Pace
from bitrix_im.session.doubt import Doubt
from bitrix_im.session.estimates import Estimates
from bitrix_im.session.fate import Fate, Renewed, fate_of

# What failures mean


def test_after_one_failure_nobody_is_held_up():
    doubt = Doubt()
    doubt.failed(1, 0.0, 1.0)
    assert doubt.is_any
    assert not doubt.is_down
    assert doubt.delay(1.0, 0) == 0


def test_two_failures_led_by_different_calls_are_an_outage():
    doubt = Doubt()
    assert not doubt.failed(1, 0.0, 1.0)
    assert doubt.failed(2, 1.5, 2.0)
    assert doubt.is_down
    assert 0 < doubt.delay(2.0, 0) <= 0.5


def test_the_same_call_failing_again_says_nothing_of_the_portal():
    doubt = Doubt()
    for second in range(5):
        doubt.failed(1, float(second), second + 0.5)
    assert not doubt.is_down


def test_who_never_reached_the_portal_cannot_have_been_the_bad_command():
    doubt = Doubt()
    doubt.failed(1, 0.0, 1.0, blames_none=True)
    doubt.failed(1, 2.0, 3.0, blames_none=True)
    assert doubt.is_down


def test_requests_that_were_under_way_together_fail_once():
    doubt = Doubt()
    for number in range(10):
        doubt.failed(number, 0.5, 1.0 + number / 100)
    assert not doubt.is_down


def test_while_it_is_down_the_looks_are_a_second_apart_and_one_at_a_time():
    doubt = Doubt()
    for number in range(20):
        doubt.failed(number, float(number), number + 0.5)
    assert doubt.delay(19.5, 0) == 1.0
    doubt.looked(20.5)
    assert 0 < doubt.delay(20.6, 1) <= 5.0
    assert doubt.delay(26.0, 1) == 0  # a look that does not end holds up no other


def test_a_success_ends_it_and_lets_those_who_rested_come_together():
    doubt = Doubt()
    doubt.failed(1, 0.0, 1.0)
    doubt.failed(2, 1.5, 2.0)
    doubt.succeeded(3.0)
    assert not doubt.is_any
    assert 0 < doubt.delay(3.0, 0) <= 0.1
    assert doubt.delay(3.1, 0) == 0


def test_a_failure_of_long_ago_is_no_news():
    doubt = Doubt()
    doubt.failed(1, 0.0, 1.0)
    doubt.failed(2, 1.5, 2.0)
    doubt.forget(5.0)
    assert doubt.is_down
    doubt.forget(13.0)
    assert not doubt.is_any


@pytest.mark.parametrize(
    ("landed", "alone", "together"),
    [
        (Reply(1), Fate.ANSWERED, Fate.ANSWERED),
        (AccessError("ACCESS_DENIED"), Fate.ANSWERED, Fate.ANSWERED),
        (OSError("a token store's"), Fate.ANSWERED, Fate.ANSWERED),
        (QueryLimitExceeded("QUERY_LIMIT_EXCEEDED"), Fate.REFUSED, Fate.REFUSED),
        (OperationTimeLimit("OPERATION_TIME_LIMIT"), Fate.REFUSED, Fate.REFUSED),
        (Renewed(), Fate.REFUSED, Fate.REFUSED),
        (ServerError("", "", 502), Fate.FAILED, Fate.FAILED),
        (TransportError("reset"), Fate.FAILED, Fate.FAILED),
        (UnexpectedResponse("garbage"), Fate.FAILED, Fate.FAILED),
        (BatchError("ERROR_BATCH_METHOD_NOT_ALLOWED"), Fate.ANSWERED, Fate.TOO_MUCH),
        (ApiError("", "", 413), Fate.ANSWERED, Fate.TOO_MUCH),
        (OverloadLimit("OVERLOAD_LIMIT"), Fate.BLOCKED, Fate.BLOCKED),
        (PortalGone("PORTAL_DELETED"), Fate.BLOCKED, Fate.BLOCKED),
    ],
    ids=repr,
)
def test_what_becomes_of_a_request_is_a_function_of_how_it_came_back(landed, alone, together):
    assert fate_of(landed, is_batch=False) is alone
    assert fate_of(landed, is_batch=True) is together


def test_a_guess_follows_longer_calls_at_once_and_fades_when_it_keeps_somebody_home():
    estimates = Estimates()
    for seconds in (0.1, 0.1, 0.1, 2.0):
        estimates.learn("m", seconds)
    high = estimates.known("m")
    assert high is not None
    assert high > 0.8
    estimates.learn("m", 0.1)
    assert estimates.known("m") == pytest.approx(high, rel=0.1)
    for _ in range(100):
        estimates.doubt("m")
    assert estimates.least("m") < 0.02


# What the portal says of its limits


@pytest.mark.parametrize("ahead", [86_400.0, 1e9, 1_772_607_206_000.0])
def test_a_reset_that_no_window_can_have_blocks_no_longer_than_one(ahead):
    budget = OperatingBudget(Limits(operating=100, window=600))
    budget.observe("m", 100.0, 5_000 + ahead, 5_000, now=7.0)
    assert 0 < budget.delay("m", 7.0) <= 601
    assert budget.reset_at("m") == 5_600


def test_asking_changes_nothing():
    budget = OperatingBudget(Limits(operating=100, window=600))
    budget.observe("m", 100.0, 540, 500, now=0.0)
    for _ in range(3):
        assert budget.room("m", 50.0) == 1  # after the reset one may find out
        assert budget.room("m", 10.0) == 0  # which says nothing of before


def test_what_a_call_costs_is_known_on_both_roads_and_what_is_used_on_each():
    direct = OperatingBudget(Limits(operating=100))
    batched = OperatingBudget(Limits(operating=100), direct)
    direct.observe("m", 80.0, 900, 500, 0.0)
    direct.observe("m", 90.0, 900, 500, 0.0)
    assert direct.room("m", 0.0) == 1
    assert batched.room("m", 0.0) == 10


def test_without_a_rate_a_refusal_still_makes_everybody_wait():
    bucket = LeakyBucket(Limits.unlimited())
    assert bucket.delay(1.0) == 0
    bucket.refused(1.0)
    assert 0 < bucket.delay(1.0) <= 1
    assert bucket.delay(2.0) == 0


class Client:
    def __init__(self):
        self.woken = 0

    def wake(self):
        self.woken += 1


def test_clients_of_one_portal_stand_in_line_one_request_each():
    pace, one, other = Pace(), Client(), Client()
    for who in (one, other):
        pace.join(who, Limits(rate=1, burst=1))
    pace.take(one, 0.0)
    first, second = pace.delay(other, 0.0), pace.delay(one, 0.0)
    assert 0 < first < second
    assert pace.delay(other, 0.0) == first  # asking again takes no other place
    pace.leave(other)
    assert one.woken == 1
    assert pace.delay(one, 0.0) == pytest.approx(first)


async def test_the_strictest_of_those_who_are_there_counts():
    pace, bold, careful = Pace(), Client(), Client()
    pace.join(bold, Limits.unlimited())
    assert pace.gap == 0
    pace.join(careful, Limits(rate=2, burst=math.inf))
    assert pace.gap == 0.5
    await pace.part(careful)
    assert pace.gap == 0
