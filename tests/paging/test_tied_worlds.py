"""A few of the random worlds of `tied_worlds`; ``python -m tests.paging.tied_worlds`` plays a thousand."""

import pytest

from .tied_worlds import World


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("seed", range(6))
def test_a_world_with_many_dialogs_of_one_second_is_whole_or_raises(seed):
    outcome = World(seed, most=120).play()
    assert outcome.is_good, outcome


@pytest.mark.slow
def test_a_crowd_that_grows_between_two_sweeps_is_read_to_its_end():
    outcome = World(114).play()
    assert outcome.verdict == "whole", outcome


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 104))
def test_a_world_with_hundreds_of_dialogs_of_one_second_is_whole_or_raises(seed):
    outcome = World(seed, most=250).play()
    assert outcome.is_good, outcome
