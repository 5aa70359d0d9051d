"""Client and portal together in virtual time: seeds that once failed, and the same one twice, on both event loops.

Fresh seeds are for `.ci/run` and `make simulate`: a suite must answer the same twice.
"""

from pathlib import Path

import pytest

from ..simulate import simulate
from ..simulate.loops import LOOPS

SEEDS = Path(__file__).parent.parent / "simulate" / "seeds.txt"
A_QUARTER = 0.25  # of an hour
BUSY = 400.0  # seconds between two acts of one user


def kept_seeds():
    return [int(line) for line in SEEDS.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def assert_all_holds(outcome):
    if outcome.violation is not None:
        pytest.fail(outcome.account(), pytrace=False)
    assert outcome.requests > 0


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("seed", kept_seeds())
def test_a_seed_that_once_failed_holds(seed):
    assert_all_holds(simulate(seed, A_QUARTER, think=BUSY))


@pytest.mark.slow
@pytest.mark.parametrize("loop", LOOPS)
def test_the_same_seed_plays_the_same_trace(loop):
    once, again = (simulate(11, 0.1, think=60, loop=loop) for _ in range(2))
    assert (once.trace, once.requests, once.retries) == (again.trace, again.requests, again.retries)
    assert once.kills > 0
    assert once.trace != simulate(12, 0.1, think=60, loop=loop).trace
