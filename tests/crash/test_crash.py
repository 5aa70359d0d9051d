"""Programs killed by SIGKILL: a few kills here, the full counts with ``make crash``."""

import os

import pytest

from .run import crash_bot, crash_consumer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("loop", ["asyncio", "trio"]),
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's"),
]


def test_a_bot_process_that_is_killed_answers_everything_once_and_in_order(loop):
    outcome = crash_bot(kills=2, messages=30, presses=10, seed=1, loop=loop, longest=3)
    assert not outcome.problems, str(outcome)


def test_a_consumer_process_that_is_killed_handles_everything_and_confirms_nothing_before(loop):
    outcome = crash_consumer(kills=2, events=60, dialogs=10, seed=1, loop=loop, longest=3)
    assert not outcome.problems, str(outcome)
