"""A few exports killed; ``make crash`` kills many."""

import os

import pytest

from ..export.stage import KINDS
from .exports import crash_exports

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")]


@pytest.mark.parametrize("target", KINDS)
def test_an_export_that_was_killed_is_finished_by_the_next_run_and_little_is_read_twice(target):
    outcome = crash_exports(target=target, kills=2, seed=7, dialogs=100)
    assert not outcome.problems, str(outcome)
