"""The rules of a consumer, as tables and against a queue that does what the server does."""

import pytest
from hypothesis import given, settings, strategies as st

from bitrix_im.events.poll import PAGE, Poll


def consumer(offset=None, interval=(2, 15)):
    return Poll(offset, interval)


def read(poll, ids, now):
    asked = poll.ask(now)
    return poll.read(asked, ids, now)


@pytest.mark.parametrize(("mark", "sent"), [(None, 1), (0, 1), (-3, 1), (1, 1), (700, 700)])
def test_the_first_read_sends_the_mark_and_never_0(mark, sent):
    assert consumer(mark).ask(0).offset == sent


def test_an_empty_page_moves_no_offset():
    poll = consumer(700)
    assert read(poll, [], 0) == []
    assert poll.ask(2).offset == 700


def test_what_is_handled_is_confirmed_after_a_read_that_began_a_second_later():
    poll = consumer()
    assert read(poll, [5, 7], 10.0) == [5, 7]
    assert (poll.take(), poll.take(), poll.take()) == (5, 7, None)
    poll.done(5)
    poll.done(7)
    assert poll.ask(10.9).offset == 1
    assert read(poll, [5, 7], 10.9) == []
    assert poll.ask(10.95).offset == 1, "that read began too early to have seen what was committed late"
    assert read(poll, [5, 7], 12.0) == []
    assert poll.ask(12.1).offset == 8


def test_an_id_that_appears_late_holds_back_the_ones_above():
    poll = consumer()
    read(poll, [7], 0)
    poll.take()
    poll.done(7)
    assert read(poll, [6, 7], 2) == [6]
    assert poll.ask(3).offset == 1
    assert poll.take() == 6
    poll.done(6)
    read(poll, [6, 7], 4)
    assert poll.ask(5).offset == 8


def test_a_late_id_is_handed_out_before_the_higher_ones_that_still_wait():
    poll = consumer()
    read(poll, [7, 8], 0)
    assert poll.take() == 7
    read(poll, [6, 7, 8], 2)
    assert [poll.take(), poll.take(), poll.take()] == [6, 8, None]


def test_nothing_is_confirmed_above_what_is_not_handled():
    poll = consumer()
    read(poll, [1, 2, 3], 0)
    for _ in range(3):
        poll.take()
    poll.done(1)
    poll.done(3)
    read(poll, [1, 2, 3], 5)
    assert poll.ask(6).offset == 2
    poll.done(2)
    assert poll.ask(7).offset == 4


def test_reads_become_rarer_while_nothing_happens_and_frequent_when_something_does():
    poll = consumer()
    now, pauses = 0.0, []
    for _ in range(8):
        read(poll, [], now)
        pauses.append(poll.wait(now))
        now += pauses[-1]
    assert pauses == [3, 4.5, 6.75, 10.125, 15, 15, 15, 15]
    read(poll, [9], now)
    for empty in range(6):
        assert poll.wait(now) == 2, empty
        now += 2
        read(poll, [9], now)
    assert poll.wait(now) == 3


def test_intervals_take_fractions():
    poll = consumer(interval=(0.05, 0.2))
    now = 0.0
    for _ in range(9):
        read(poll, [], now)
        now += poll.wait(now)
    assert poll.wait(now - 0.2) == pytest.approx(0.2)


def test_a_full_page_with_nothing_behind_it_makes_no_haste():
    poll = consumer()
    asked = poll.ask(0)
    poll.read(asked, list(range(1, asked.limit + 1)), 0)
    assert poll.wait(0) == 2
    again = poll.ask(2)
    assert again.limit == PAGE
    assert poll.read(again, list(range(1, asked.limit + 1)), 2) == []
    assert poll.wait(2) == 2


def test_a_page_asks_for_more_than_what_is_held():
    poll = consumer()
    read(poll, list(range(1, 61)), 0)
    assert poll.ask(2).limit == 160


def test_no_more_is_held_than_one_read_can_show():
    poll = consumer()
    read(poll, list(range(1, PAGE + 1)), 0)
    assert poll.is_full
    poll.done(poll.take())
    read(poll, list(range(1, PAGE + 1)), 2)
    assert not poll.is_full


def test_events_that_somebody_else_confirms_are_noticed_and_handled_all_the_same():
    poll = consumer()
    read(poll, [3, 4, 9], 0)
    read(poll, [9], 1.5)
    assert poll.taken == 2
    assert [poll.take(), poll.take(), poll.take()] == [3, 4, 9]


def test_what_a_full_page_does_not_reach_is_not_missed():
    poll = consumer()
    read(poll, list(range(1, 101)), 0)
    asked = poll.ask(0.5, limit=50)
    poll.read(asked, list(range(1, 51)), 0.5)
    assert poll.taken == 0


def test_what_is_given_back_is_handed_out_again():
    poll = consumer()
    read(poll, [1, 2], 0)
    assert (poll.take(), poll.take()) == (1, 2)
    assert poll.give_back(1)
    assert not poll.give_back(9)
    assert (poll.take(), poll.take()) == (1, None)
    poll.done(1)
    assert not poll.give_back(1)


def test_a_page_proves_only_what_it_reaches():
    poll = consumer()
    read(poll, [3, 9], 0)
    for _ in range(2):
        poll.done(poll.take())
    poll.read(poll.ask(5, limit=1), [3], 5)
    assert poll.ask(6).offset == 4, "between 3 and 9 something may have appeared"


def test_leaving_waits_for_proof_of_what_is_handled_alone():
    poll = consumer()
    read(poll, [1, 2], 0)
    assert poll.until_proven(0.2) is None
    poll.done(poll.take())
    assert poll.until_proven(0.25) == 0.75
    assert poll.until_proven(5) == 0
    read(poll, [1, 2], 5)
    assert poll.until_proven(5) is None
    assert poll.has_to_confirm
    assert poll.ask(5).offset == 2


class Queue:
    """The server's side: ids are given at once, and appear within less than a second."""

    def __init__(self):
        self.next = 1
        self.rows = []  # id, when it is committed
        self.deleted = set()

    def write(self, now, delay):
        self.rows.append((self.next, now + delay))
        self.next += 1

    def get(self, offset, limit, now):
        self.deleted |= {number for number, committed in self.rows if number < offset}
        return [number for number, committed in self.rows if committed <= now and number not in self.deleted][:limit]


ACTS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from([0, 0, 0.5, 0.99])),
    st.tuples(st.just("serve"), st.just(1000)),
    st.tuples(st.just("wait"), st.floats(0, 3)),
    st.tuples(st.just("read"), st.integers(1, 30)),
    st.tuples(st.sampled_from(["take", "done", "crash"]), st.integers(0, 5)),
)


@settings(max_examples=150)
@given(st.lists(ACTS, max_size=60))
def test_whatever_happens_nothing_is_deleted_that_was_not_handled(acts):
    """Consumers that crash and begin anew at their mark, events that commit late, pages of any size."""
    queue, poll, now = Queue(), consumer(), 0.0
    out, handled, mark = [], set(), None

    def fetch(limit):
        nonlocal mark
        asked = poll.ask(now, limit=limit)
        mark = asked.offset
        poll.read(asked, queue.get(asked.offset, asked.limit, now), now)
        assert queue.deleted <= handled

    def serve(limit):
        fetch(limit)
        while (number := poll.take()) is not None:
            out.append(number)
        for number in out:
            poll.done(number)
            handled.add(number)
        out.clear()

    for act, value in acts:
        if act == "write":
            queue.write(now, value)
        elif act == "wait":
            now += value
        elif act == "serve":
            serve(value)
        elif act == "read":
            fetch(value)
        elif act == "take":
            number = poll.take()
            out += [] if number is None else [number]
        elif act == "done" and out:
            number = out.pop(value % len(out))
            poll.done(number)
            handled.add(number)
        elif act == "crash":
            poll, out = consumer(mark), []
    for _ in range(200):
        now += 2
        serve(None)
    assert handled == {number for number, _ in queue.rows}
    assert queue.deleted == handled
    assert poll.taken == 0
