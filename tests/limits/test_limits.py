"""The bucket against a model of the server's own."""

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
