"""A property of queues that are read as one: nothing is lost, doubled or out of order, whatever is asked in between."""

from random import Random

from hypothesis import given, strategies as st

from bitrix_im.testing import Quirks
from bitrix_im.testing.world.queues import EventIds, EventQueue, get_merged

ADD = st.tuples(st.just("add"), st.integers(0, 1), st.just(0))
READ = st.tuples(st.just("read"), st.integers(1, 4), st.integers(0, 3))


@given(steps=st.lists(ADD | READ, max_size=40))
def test_who_confirms_what_was_read_gets_every_event_once_and_in_order(steps):
    ids, random = EventIds(Random(1)), Random(2)
    queues = [EventQueue(ids, Quirks(), random) for _ in range(2)]
    put, got, offset, now = [], [], 0, 0.0
    for kind, number, repeats in [*steps, *[("read", 4, 0)] * 11]:
        now += 1
        if kind == "add":
            put.append(f"event {len(put)}")
            queues[number].add("TYPE", {"name": put[-1]}, now)
            continue
        pages = [get_merged(queues, offset, number, now) for _ in range(repeats + 1)]
        assert all(page == pages[0] for page in pages)  # asking again changes nothing
        events, following, full = pages[0]
        assert full is (len(events) == number)
        got += [event.data["name"] for event in events]
        assert following >= offset
        offset = following
    assert got == put
    assert sum(queue.lost for queue in queues) == 0
