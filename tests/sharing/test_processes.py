"""Real processes: four workers on one strict portal, with their limits or their tokens in a file or in Redis."""

import time
from collections import Counter

import pytest

from benchmarks.processes import WORKERS, expire, play

PLACES = ["file", pytest.param("redis", marks=pytest.mark.redis)]
pytestmark = pytest.mark.slow


@pytest.fixture(params=PLACES)
def place(request, tmp_path):
    """Where the workers meet."""
    if request.param == "file":
        return str(tmp_path / "limits.db")
    return request.getfixturevalue("redis_server").url


@pytest.fixture(params=PLACES)
def tokens(request, tmp_path):
    """Where their tokens are."""
    if request.param == "file":
        return str(tmp_path / "tokens.json")
    return request.getfixturevalue("redis_server").url


def all_of(workers, calls):
    return Counter(f"worker {worker} {number}" for worker in workers for number in range(calls))


def test_reads_of_four_processes_are_never_refused(place):
    played = play(["reads"] * WORKERS, place, calls=100, burst=20)
    is_file = "://" not in place
    assert played.requests <= (60 if is_file else 44)
    assert played.refusals <= (2 if is_file else 0)


def test_writes_of_four_processes_are_all_there_once_and_hardly_one_is_refused(place):
    played = play(["writes"] * WORKERS, place, calls=60)  # how long they take: make bench-processes
    assert Counter(played.texts) == all_of(range(WORKERS), 60)
    assert played.refusals <= 2


def test_a_process_that_is_killed_while_it_holds_a_turn_costs_the_others_nothing_but_that_turn(place):
    played = play(["writes", "writes", "writes", "dies"], place, calls=30)
    assert played.reports[3] is None
    told = Counter(played.texts)
    assert {text: told[text] for text in all_of(range(3), 30)} == all_of(range(3), 30)
    assert played.refusals <= 3


@pytest.mark.redis
def test_redis_stopped_and_started_loses_nothing_and_hangs_nobody(redis_server):
    def meanwhile():
        time.sleep(3)
        redis_server.stop()
        time.sleep(3)
        redis_server.start()

    try:
        played = play(["writes"] * WORKERS, redis_server.url, calls=40, meanwhile=meanwhile)
    finally:
        redis_server.stop()
        redis_server.start()
    assert Counter(played.texts) == all_of(range(WORKERS), 40)
    assert played.refusals <= 3


def test_thirty_expiries_are_thirty_refreshes_and_no_failed_call(tokens):
    refreshes, calls, failed = expire(tokens, 30)
    assert failed == []
    assert refreshes == 30
    assert calls > 30
