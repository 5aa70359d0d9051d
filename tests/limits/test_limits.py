"""The bucket against a model of the server's own."""

import itertools

import pytest
from hypothesis import given, strategies as st

from bitrix_im import Limits
from bitrix_im.limits import LeakyBucket


def server_refusals(times, rate, burst, phase):
    """The server's bucket: one more with every request, refused above the burst, emptied in steps of a second."""
    level, tick, refusals = 0.0, phase, 0
    for moment in times:
        while tick <= moment:
            level, tick = max(0.0, level - rate), tick + 1
        if level + 1 > burst:
            refusals += 1
        else:
            level += 1
    return refusals


def turns(limits, arrivals):
    bucket = LeakyBucket(limits)
    return [now + bucket.reserve(now) for now in arrivals]


def test_a_burst_leaves_at_once_and_the_rest_at_the_rate():
    delays = [moment for moment in turns(Limits(), [0.0] * 60) if moment]
    assert len(delays) == 60 - 47
    assert delays == sorted(set(delays))  # each has a time of its own


@given(
    rate=st.integers(1, 5),
    room=st.integers(0, 60),
    phase=st.floats(0.01, 1.0),
    gaps=st.lists(st.floats(0, 3), max_size=150),
)
def test_the_server_never_refuses_what_the_bucket_lets_through(rate, room, phase, gaps):
    burst = rate + room
    now, arrivals = 0.0, []
    for gap in gaps:
        now += gap if gap > 1 else 0.0
        arrivals.append(now)
    sent = turns(Limits(rate=rate, burst=burst), arrivals)
    assert server_refusals(sent, rate, burst, phase) == 0


def test_no_limits_mean_no_waiting():
    assert set(turns(Limits.unlimited(), [0.0] * 500)) == {0.0}


def test_enterprise_is_five_a_second():
    assert Limits.enterprise() == Limits(rate=5.0, burst=250)


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"burst": -1}, {"operating": 0}, {"window": 0}])
def test_limits_below_zero_are_refused(wrong):
    with pytest.raises(ValueError, match="must be above 0"):
        Limits(**wrong)


@given(calls=st.integers(1, 400), rate=st.floats(0.5, 7), burst=st.integers(1, 60))
def test_after_its_delay_a_turn_has_come(calls, rate, burst):
    bucket, now = LeakyBucket(Limits(rate=rate, burst=burst)), 0.0
    for _ in range(calls):
        for _ in range(2):  # one wait, at most, and then no rest too small for the clock to move
            if not (delay := bucket.delay(now)):
                break
            now += delay
        assert not bucket.delay(now)
        bucket.reserve(now)


@pytest.mark.parametrize("limits", [Limits(), Limits.unlimited()])
@pytest.mark.parametrize(("asked", "waited"), [(7.0, 7.0), (3600.0, 60.0)])
def test_a_server_that_says_how_long_to_wait_is_asked_no_earlier(limits, asked, waited):
    bucket = LeakyBucket(limits)
    bucket.refused(0.0, asked)
    assert bucket.delay(0.0) == pytest.approx(waited)
    bucket.refused(0.1)  # another that was in flight, without a word of how long
    assert bucket.delay(1.0) == pytest.approx(waited - 1)


def passed(bucket, moments, now=0.0):
    """When requests leave that are answered at once, but for those whose number *moments* names: stopped."""
    left = []
    for number in range(max(moments) + 12):
        now += bucket.reserve(now)
        left.append(now)
        if number in moments:
            bucket.stopped(now)
        else:
            bucket.answered(now, now)
    return left


@pytest.mark.parametrize("limits", [Limits(), Limits(rate=5, burst=250), Limits(rate=0.5, burst=1)])
def test_what_is_stopped_once_goes_on_soon_and_more_follow_with_each_answer(limits):
    bucket = LeakyBucket(limits)
    left = passed(bucket, {0})
    assert 0.5 <= left[1] <= 0.5 + 1 / limits.rate
    if limits.burst > 50:
        assert left[11] == left[1]  # the burst is there again


def test_what_is_stopped_again_and_again_leaves_more_and_more_seldom():
    bucket = LeakyBucket(Limits())
    left = passed(bucket, set(range(8)))
    pauses = [later - earlier for earlier, later in itertools.pairwise(left[:9])]
    assert pauses == sorted(pauses)
    assert 0.5 <= pauses[0] <= 0.6
    assert pauses[-1] == pytest.approx(8)


def test_an_answer_to_what_left_before_a_refusal_proves_nothing():
    early, none = LeakyBucket(Limits()), LeakyBucket(Limits())
    for bucket in (early, none):
        bucket.refused(5.0)
        bucket.stopped(7.0)
    early.answered(4.9, 7.1)
    early.answered(6.9, 7.1)
    assert early.delay(7.1, 3) == none.delay(7.1, 3)


def test_answers_give_back_what_refusals_have_cut():
    answered, silent = LeakyBucket(Limits()), LeakyBucket(Limits())
    for bucket in (answered, silent):
        bucket.refused(0.0)
    for second in (1.0, 2.0, 3.0):
        answered.answered(second - 0.1, second)
    assert answered.delay(3.0, 10) < silent.delay(3.0, 10)
