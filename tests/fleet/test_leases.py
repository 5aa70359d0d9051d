"""The rules of the place: the same in Python, in a file and in Lua."""

import json
from contextlib import closing

import attrs
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from bitrix_im.fleet.leases import Ask, Kept, Row, exchange
from bitrix_im.fleet.places import FileLeases, answer_of, arguments, keys, script


def asked(worker="a", number=1, **changes):
    return attrs.evolve(Ask(worker, number, 10.0, 4, 0, -1), **changes)


def test_only_one_of_two_that_want_a_portal_gets_it():
    kept = Kept()
    for number, now in enumerate((0.0, 9.0), 1):
        for name in "ab":
            exchange(kept, asked(name, number), now)
    exchange(kept, asked("a", 3, take=("p",)), 10.0)
    answer = exchange(kept, asked("b", 3, take=("p", "q")), 10.0)
    assert answer.owners == {"p": "a", "q": "b"}
    assert exchange(kept, asked("b", 4, known=answer.version), 10.0).owners is None


def test_a_clock_that_was_set_back_lengthens_no_lease():
    kept = Kept()
    exchange(kept, asked(), 5000.0)
    exchange(kept, asked("b"), 1000.0)
    exchange(kept, asked("b", 2), 1009.0)
    assert [each.name for each in exchange(kept, asked("b", 3), 1011.0).workers] == ["b"]


NAMES = st.lists(st.sampled_from(["p", "q", "r", "portal: süß {1}"]), max_size=3, unique=True)
STEP = st.fixed_dictionaries(
    {
        "worker": st.sampled_from(["one", "two", "three"]),
        "passes": st.sampled_from([0.0, 0.1, 1.0, 3.0, 9.5, 30.0, -0.5, -500.0]),
        "lease": st.sampled_from([1.0, 10.0]),
        "take": NAMES,
        "keep": NAMES,
        "give": NAMES,
        "leaves": st.sampled_from([False, False, False, True]),
        "is_late": st.sampled_from([False, False, False, True]),
        "run": st.sampled_from(["x", "x", "x", "y"]),
    }
)


def play(steps, serve):
    now, known, answers = 1.7e9, {}, []
    for number, step in enumerate(steps, 1):
        now = round(now + step["passes"], 3)
        worker = step["worker"]
        ask = Ask(
            worker,
            0 if step["is_late"] else number,
            step["lease"],
            4,
            number % 3,
            known.get(worker, -1),
            tuple(step["take"]),
            tuple(step["keep"]),
            tuple(step["give"]),
            step["leaves"],
        )
        answer = serve(ask, now, step["run"])
        known[worker] = answer.version
        answers.append(answer)
    return answers


@pytest.mark.redis
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=30))
def test_the_rules_in_lua_are_those_in_python(redis_server, steps):
    kept = Kept()

    def in_python(ask, now, run):
        nonlocal kept
        answer = exchange(kept, ask, now, lambda: run)
        told = json.loads(json.dumps(attrs.asdict(kept)))
        told["workers"] = {name: Row(**row) for name, row in told["workers"].items()}
        kept = Kept(**told)  # as a file keeps it
        return answer

    with closing(redis_server.client()) as client:
        client.flushall()
        rules = script(
            "local now = tonumber(table.remove(ARGV))\n",
            "local its = table.remove(ARGV)\nlocal function run() return its end\n",
        )
        run_script = client.register_script(rules)

        def in_lua(ask, now, run):
            return answer_of(run_script(keys=keys("fleet"), args=[*arguments(ask), run, repr(now)]))

        assert play(steps, in_lua) == play(steps, in_python)


def test_a_file_that_was_deleted_is_not_asked_any_more(tmp_path):
    path = tmp_path / "fleet.db"
    one, two = FileLeases(str(path)), FileLeases(str(path))
    one.ask("fleet", asked("a"))
    assert [each.name for each in two.ask("fleet", asked("b")).workers] == ["a", "b"]
    for each in tmp_path.iterdir():
        each.unlink()
    assert not one.ask("fleet", asked("a", 2)).was_known
    assert [each.name for each in two.ask("fleet", asked("b", 2)).workers] == ["a", "b"]
    one.close()
    two.close()
    assert one.ask("other", asked("a")).workers[0].name == "a"
    one.close()
