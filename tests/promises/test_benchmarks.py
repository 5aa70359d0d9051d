"""The benchmarks' own judgement: what is whole, what a table says."""

import pytest

from benchmarks import bars, comparison, environments, load
from benchmarks.completeness import Completeness, compare
from benchmarks.runs import Failed, run
from benchmarks.table import markdown
from benchmarks.worlds import lively


def test_a_whole_walk_is_whole():
    assert compare([3, 2, 1], [3, 2, 1]) == Completeness()
    assert compare([3, 2, 1], [3, 2, 1]).whole


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([3, 1], Completeness(missing=1)),
        ([3, 2, 2, 1, 2], Completeness(doubled=2)),
        ([3, 2, 1, 4], Completeness(strange=1)),
        ([3, 3, 4], Completeness(missing=2, doubled=1, strange=1)),
    ],
)
def test_what_is_missing_doubled_or_strange_is_counted(found, expected):
    assert compare([3, 2, 1], found) == expected
    assert not expected.whole


def test_another_order_is_noticed_and_does_not_make_a_walk_less_whole():
    seen = compare([3, 2, 1], [1, 2, 3])
    assert seen.whole
    assert not seen.in_order


def test_what_may_or_may_not_be_there_is_not_strange():
    assert compare([3, 1], [3, 2, 1], maybe=[2]).whole


def test_a_table_has_a_line_for_each_row():
    table = markdown(["work", "took"], [["a | b", 3], ["c", None]])
    assert table == "| work | took |\n| --- | --- |\n| a \\| b | 3 |\n| c | — |\n"


def measured(text, met, completeness=None):
    return bars.Bar("work", "≤ 1", "1", lambda: (text, met, None, completeness)).outcome()


def test_a_bar_is_missed_by_a_walk_that_is_not_whole():
    assert measured("1 request", met=True, completeness=Completeness()).met
    assert not measured("1 request", met=True, completeness=Completeness(missing=1)).met
    assert not measured("2 requests", met=False, completeness=Completeness()).met


def test_what_depends_on_the_machine_is_tried_again():
    moments = iter([("3", False, None, None), ("1", True, None, None)])
    assert bars.Bar("work", "≤ 1", "1", lambda: next(moments), tries=3).outcome().measured == "1"


def test_the_bars_say_which_were_missed():
    table = bars.table([measured("1 request", met=True), measured("2 requests", met=False)])
    assert table.count("| met |") == table.count("| **missed** |") == 1


def test_a_client_that_stops_gets_a_note():
    work, (ours, other, *_) = comparison.WORKS[0], comparison.WAYS
    whole = comparison.Trial(work, ours, 4, 0.5, 2**20, Completeness())
    poor = comparison.Trial(work, other, 8, 1.0, 2**20, Completeness(missing=3))
    stopped = comparison.Trial(work, other, 1, failure="Stopped: ValueError: " + "x" * 200)
    table = comparison.table([whole, poor, stopped])
    assert "| 4 | 0.50 | 1.0 | 0 | 0 | 1 MB |" in table
    assert "| 8 | 1.00 | 2.0 | **3** | 0 | 1 MB |" in table
    assert "1. Stopped: ValueError: xxx" in table
    assert max(map(len, table.splitlines())) < 160
    assert comparison.is_whole([whole, poor])
    assert not comparison.is_whole([comparison.Trial(work, ours, 4, 0.5, 2**20, Completeness(missing=1))])


@pytest.mark.slow
def test_a_job_runs_in_a_process_of_its_own(tmp_path):
    script = tmp_path / "client.py"
    script.write_text("async def job(a):\n    return [a]\ndef broken():\n    raise ValueError('no')\n")
    done = run(script, "job", a=5)
    assert done.result == [5]
    assert done.peak > 2**20
    with pytest.raises(Failed, match=r"^ValueError: no$"):
        run(script, "broken")


def test_a_moving_world_tells_what_was_hidden_meanwhile():
    world = lively(60, 5, 10, moving=True)
    assert world.portal.before_command
    for _ in range(3):
        world.portal.before_command("im.recent.list", {})
    truth = world.truth()
    assert len(truth["hidden"]) == 2
    assert not {*truth["hidden"]} & {*truth["dialogs"]}
    assert len(truth["found"]) == 5


def test_each_other_client_has_a_version_of_its_own_and_knows_which_python_it_needs():
    peers = environments.peers()
    assert peers["b24api"].minimum == (3, 12)
    assert {way.client for way in comparison.WAYS} == {"bitrix-im", *peers}
    assert len({peer.folder for peer in peers.values()}) == len(peers)


@pytest.mark.slow
def test_a_client_that_no_python_here_can_run_says_so():
    with pytest.raises(environments.Missing, match=r"^no Python 9\.0 or newer on this machine$"):
        environments.interpreter((9, 0))
    assert environments.interpreter((3, 11))


def test_a_load_that_one_event_loop_does_not_hold_is_missed():
    scene, held, lost = load.SCENES[0], load.Played("1 s", held=True), load.Played("9 s", held=False)
    assert load.Outcome(scene, held, held, lost).met
    assert not load.Outcome(scene, held, lost, None).met
    table = load.table([load.Outcome(scene, held, held, lost), load.Outcome(scene, held, lost, None)])
    assert "| 1 s | the same | 9 s | met |" in table
    assert "| 1 s | 9 s | — | **missed** |" in table


def test_a_scene_is_played_by_us_on_both_loops_and_by_plain_httpx():
    scene = next(scene for scene in load.SCENES if scene.play is load.long_calls)
    assert scene.ours("asyncio").held
    assert scene.ours("trio").held
    assert scene.plain().held
