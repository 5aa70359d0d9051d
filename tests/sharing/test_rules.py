"""The rules of shared limits: as a table, and the same in Python and in Lua."""

import json
from contextlib import closing
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from bitrix_im import Limits
from bitrix_im.limits import LeakyBucket
from bitrix_im.limits.turns import Ask, Kept, exchange
from bitrix_im.session.sharing.redis import answer_of, arguments, keys, script

LIMITS = Limits()


def asked(**changes):
    bucket = LeakyBucket(LIMITS)
    return attrs.evolve(Ask("one", bucket.rate, bucket.capacity), **changes)


def test_a_shared_bucket_gives_turns_as_one_of_its_own_does():
    kept, own = Kept(), LeakyBucket(LIMITS)
    for number in range(100):
        now = number * 0.1
        answer = exchange(kept, asked(process=str(number % 4), want="turn"), now)
        assert answer.wait == pytest.approx(own.reserve(now))
    assert answer.processes == 4


def test_a_turn_given_back_is_the_next_ones():
    kept = Kept()
    waits = [exchange(kept, asked(want="turn"), 0.0).wait for _ in range(49)]
    exchange(kept, asked(news=(("unused",),)), 0.0)
    assert exchange(kept, asked(want="turn"), 0.0).wait == waits[-1]


def test_a_turn_in_hand_is_good_until_a_refusal_moves_it():
    kept = Kept()
    answers = [exchange(kept, asked(process="one", want="turn"), 0.0) for _ in range(48)]
    mine = answers[-1].epoch
    assert exchange(kept, asked(process="one", want=mine), 0.1).wait is None
    exchange(kept, asked(process="two", news=(("refused", 7.0),)), 0.2)
    moved = exchange(kept, asked(process="one", want=mine), 0.3)
    assert wait_of(moved) >= 6.9 > wait_of(answers[-1])
    assert moved.epoch > mine
    assert moved.is_cut
    assert exchange(kept, asked(process="one", want=moved.epoch), 0.4).wait is None


def test_a_bucket_that_is_not_the_one_that_was_known_has_no_burst():
    first = exchange(Kept(), asked(want="turn"), 5.0)
    kept = Kept()
    assert wait_of(exchange(kept, asked(known=first.born, want="turn"), 9.0)) > 0
    kept = Kept()
    assert exchange(kept, asked(want=""), 9.0).wait is None
    assert wait_of(exchange(kept, asked(known=first.born, want=1), 9.0)) > 0  # the turn was taken of another bucket
    newcomer = Kept()
    assert exchange(newcomer, asked(want="turn"), 9.0).wait == 0


@pytest.mark.parametrize(("back", "waits"), [(0.5, False), (500.0, True)])
def test_a_clock_that_was_started_anew_drains_nothing_and_forgets_the_times(back, waits):
    kept = Kept()
    known = exchange(kept, asked(want="turn", news=(("refused", 3.0),)), 1000.0)
    later = exchange(kept, asked(known=known.born, want="turn"), 1000.0 - back)
    assert 0 < wait_of(later) < 10
    assert (later.born != known.born) is waits


def test_what_others_say_of_operating_time_is_heard_once():
    kept = Kept()
    said = ("operating", "account im.recent.list", 400.0, 60.0, 1700000000.0, 1.5)
    exchange(kept, asked(process="one", news=(said,)), 10.0)
    heard = exchange(kept, asked(process="two"), 20.0)
    assert heard.operating == (("account im.recent.list", 400.0, 50.0, 1700000000.0, 1.5),)
    again = exchange(kept, asked(process="two", known=heard.born, version=heard.version), 21.0)
    assert again.operating == ()
    assert exchange(kept, asked(process="one"), 22.0).operating == ()


# ---- two languages

NEWS = st.one_of(
    st.tuples(st.just("refused"), st.sampled_from([0.0, 1.0, 7.25, 3600.0])),
    st.tuples(st.just("stopped"), st.sampled_from([0.0, 2.0, 90.0])),
    st.tuples(st.just("answered"), st.floats(0, 5)),
    st.just(("unused",)),
    st.tuples(
        st.just("operating"),
        st.sampled_from(["a im.recent.list", "a batch", "b im.recent.list"]),
        st.none() | st.floats(0, 600),
        st.floats(0, 600),
        st.none() | st.just(1.7e9),
        st.floats(0, 9),
    ),
)
STEP = st.fixed_dictionaries(
    {
        "process": st.sampled_from(["one", "two", "three"]),
        "want": st.sampled_from(["", "turn", "turn", "turn", "mine"]),
        "passes": st.one_of(st.floats(0, 0.4), st.floats(0, 90), st.sampled_from([-0.3, -50.0, 0.0])),
        "known": st.sampled_from(["mine", "mine", "mine", "", "?"]),
        "news": st.lists(NEWS, max_size=3),
    }
)
TOLD = st.sampled_from([Limits(), Limits.enterprise(), Limits(rate=20, burst=25), Limits(rate=1, burst=1)])


def play(steps, limits, serve):
    """Play *steps* against what answers; each process remembers what it was told."""
    bucket, memory, now, answers = LeakyBucket(limits), {}, 1.7e9, []
    for step in steps:
        now = round(now + step["passes"], 4)
        process, last = step["process"], memory.get(step["process"])
        known = last.born if step["known"] == "mine" and last else step["known"].replace("mine", "")
        want: Any = (last.epoch if last else "turn") if step["want"] == "mine" else step["want"]
        version = last.version if last else 0
        ask = Ask(process, bucket.rate, bucket.capacity, known, want, version, tuple(step["news"]))
        memory[process] = answer = serve(ask, now)
        answers.append(answer)
    return answers


def wait_of(answer):
    """The seconds that a turn is away; the test fails where none was given."""
    assert answer.wait is not None
    return answer.wait


def as_table(answers):
    return [{**attrs.asdict(answer), "operating": sorted(answer.operating)} for answer in answers]


@pytest.mark.redis
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=40), limits=TOLD)
def test_the_rules_in_lua_are_those_in_python(redis_server, steps, limits):
    kept = [Kept()]

    def in_python(ask, now):
        answer = exchange(kept[0], ask, now)
        kept[0] = Kept(**json.loads(json.dumps(attrs.asdict(kept[0]))))  # as a file keeps it
        return answer

    with closing(redis_server.client()) as client:
        client.flushall()
        run = client.register_script(script("local now = tonumber(table.remove(ARGV))\n"))

        def in_lua(ask, now):
            return answer_of(run(keys=keys("acme.bitrix24.com"), args=[*arguments(ask), repr(now)]))

        for ours, theirs in zip(
            as_table(play(steps, limits, in_python)), as_table(play(steps, limits, in_lua)), strict=True
        ):
            assert theirs == {**ours, "wait": ours["wait"] and pytest.approx(ours["wait"], abs=1e-5)}
