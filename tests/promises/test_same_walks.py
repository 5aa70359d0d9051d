"""The comparison of two checkouts' walks: it plays the same twice, and shows where two part."""

import anyio

from benchmarks import same_walks
from benchmarks.same_walks import Transcript, difference


def test_a_walk_is_the_same_each_time_and_another_for_another_seed():
    testing = same_walks.the_portal()
    first, again, other = (anyio.run(same_walks.play, seed, testing) for seed in (3, 3, 4))
    assert first == again != other
    assert first.requests
    assert first.pages
    assert difference(first, again) is None
    assert difference(first, other) is not None


def test_where_two_walks_part_is_shown():
    one = Transcript("w", [["a?LIMIT=1"], ["b?"]], [[[1], None, 0, False]])
    other = Transcript("w", [["a?LIMIT=1"], ["c?"]], [[[1], None, 0, False]])
    assert difference(one, other) == "line 1:\n    here:  request: b?\n    there: request: c?"
    longer = Transcript("w", [["a?LIMIT=1"], ["b?"]], [[[1], None, 0, False]], "WalkStalled")
    assert "WalkStalled" in (difference(longer, one) or "")
