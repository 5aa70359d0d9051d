"""Lists by OFFSET until ``total``: whole, whatever the pages look like."""

import pytest
from hypothesis import given, strategies as st

from bitrix_im import User, WalkStalled
from bitrix_im.paging import OffsetList, Pager
from bitrix_im.rest.call import Reply

from .. import virtual_time


class People:
    """A portal with a list of users, some of whom it drops after LIMIT; ``next`` never moves."""

    def __init__(self, users, hidden=(), as_object=False):
        self.users = list(users)
        self.hidden = set(hidden)
        self.as_object = as_object
        self.calls = 0
        self.units = 0
        self.before = lambda number: None

    def answer(self, call):
        self.before(self.calls)
        self.calls += 1
        offset, limit = call.params["OFFSET"], call.params["LIMIT"]
        rows = [{"id": user} for user in self.users[offset : offset + limit] if user not in self.hidden]
        result = {str(row["id"]): row for row in rows} if self.as_object and rows else rows
        return Reply(result, total=len(self.users), next=10)

    async def call(self, call):
        return self.answer(call)

    async def unit(self, calls):
        self.units += 1
        return [self.answer(call) for call in calls]


def walk(people, size=10):
    return Pager(people, OffsetList("im.search.user.list", User, {"FIND": "Anna"}, page_size=size))


def ids(users):
    return [user.id for user in users]


async def test_pages_that_are_short_or_empty_are_no_end(anyio_backend):
    people = People(range(1, 61), hidden=set(range(11, 41)), as_object=True)
    assert ids(await walk(people).collect()) == [*range(1, 11), *range(41, 61)]


async def test_a_list_without_anybody_is_one_request(anyio_backend):
    people = People([])
    assert await walk(people).collect() == []
    assert people.calls == 1


async def test_once_the_total_is_known_pages_share_requests(anyio_backend):
    people = People(range(1, 501))
    assert ids(await walk(people).collect()) == list(range(1, 501))
    assert people.calls == 50
    assert people.units <= 6


async def test_the_first_few_are_one_request(anyio_backend):
    people = People(range(1, 501))
    assert ids(await walk(people).limit(5).collect()) == [1, 2, 3, 4, 5]
    assert people.calls == 1


async def test_a_cursor_goes_on_behind_its_page(anyio_backend):
    people = People(range(1, 36))
    came = []
    async for page in walk(people).pages():
        came += ids(page.items)
        cursor = page.cursor
        if len(came) >= 20:
            break
    assert ids(await walk(people).resume(cursor).collect()) == list(range(21, 36))


async def test_who_slips_past_a_seam_is_found_when_the_list_is_read_again(anyio_backend):
    people = People(range(1, 31))
    people.before = lambda number: people.users.remove(3) if number == 1 else None
    came = ids(await walk(people).collect())
    assert sorted(came) == list(range(1, 31))
    assert 11 in came


async def test_a_list_that_shrinks_for_ever_says_so(anyio_backend):
    people = People(range(1, 200))
    people.before = lambda number: people.users.pop(0)
    with pytest.raises(WalkStalled, match="rows went away"):
        await walk(people).collect()


@given(
    count=st.integers(0, 60),
    hidden=st.sets(st.integers(1, 60)),
    size=st.integers(1, 20),
    leaving=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 60)), max_size=3),
)
def test_everybody_who_stays_comes_once(count, hidden, size, leaving):
    people = People(range(1, count + 1), hidden)

    def leave(number):
        for when, user in leaving:
            if when == number and user in people.users:
                people.users.remove(user)

    people.before = leave
    came = []

    async def main():
        came.extend(ids(await walk(people, size).collect()))

    virtual_time.run(main)
    assert len(came) == len(set(came))
    assert set(people.users) - hidden <= set(came) <= set(range(1, count + 1)) - hidden
