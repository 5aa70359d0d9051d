"""im.messages.bulk by im.dialog.messages.search: four times as fast, and whole whatever the portal's search does."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest
from hypothesis import given, strategies as st

from bitrix_im.testing import Fault, Portal, Quirks
from bitrix_im.testing.rest import calls

from ...helpers import connected, message_ids
from ...virtual_time import run

NOW = datetime.now(UTC)
SEARCH, GET = "im.dialog.messages.search", "im.dialog.messages.get"


def portal_with(*lengths, **options):
    portal = Portal(seed=1, limited=False, quirks=Quirks(**options))
    dialogs = [portal.add_chat(f"Chat {n}", date=NOW - timedelta(minutes=n)) for n in range(len(lengths))]
    for dialog, length in zip(dialogs, lengths, strict=True):
        portal.add_history(dialog, length)
    return portal, dialogs


def truth(portal, dialogs):
    return {name: portal.visible_messages(name)[::-1] for name in dialogs}


async def read(im, dialogs):
    found, done = {}, []
    async for page in im.messages.bulk(dialogs):
        assert page.error is None
        found.setdefault(page.dialog_id, []).extend(message_ids(page.messages))
        done += [page.dialog_id] * page.done
    assert sorted(done) == sorted(found)
    return found


def asked(portal):
    """How often each method was asked for."""
    names: Counter[str] = Counter()
    for exchange in portal.log:
        names.update(exchange.commands or [exchange.method])
    return names


def dates_of(portal, dialog):
    return portal.world.chats[int(dialog.removeprefix("chat"))].dates


async def test_a_long_dialog_takes_200_messages_a_command():
    portal, dialogs = portal_with(8_000)
    async with connected(portal) as im:
        assert await read(im, dialogs) == truth(portal, dialogs)
    assert portal.requests <= 6
    assert asked(portal)[SEARCH] <= 8_000 / 195 + 5


@pytest.mark.slow
async def test_short_dialogs_take_one_command_each():
    portal, dialogs = portal_with(*[60] * 260)
    async with connected(portal) as im:
        assert await read(im, dialogs) == truth(portal, dialogs)
    assert portal.requests <= (260 + 50) / 50 + 3  # the second fifty begin before the search is known


async def test_a_private_dialog_begins_with_what_tells_its_chat():
    portal, _ = portal_with()
    dialogs = [portal.add_private(portal.add_user(), date=NOW - timedelta(hours=n)) for n in range(3)]
    for dialog, length in zip(dialogs, (20, 170, 1_000), strict=True):
        portal.add_history(dialog, length)
    async with connected(portal) as im:
        assert await read(im, dialogs) == truth(portal, dialogs)
    assert asked(portal)[SEARCH] >= 6


async def test_messages_are_those_of_a_history():
    portal = Portal(seed=1, limited=False, quirks=Quirks(missing_users=False)).populate(messages=400)
    portal.post(portal.showcase, "by hand", LIKE=[1])
    async with connected(portal) as im:
        history = {message.id: message for message in await im.messages.history(portal.showcase).collect()}
        pages = [page async for page in im.messages.bulk([portal.showcase])]
    assert asked(portal)[SEARCH]
    read = {message.id: message for page in pages for message in page.messages}
    assert read.keys() == history.keys()
    assert any(message.files for message in read.values())
    for number, message in read.items():
        other = history[number]
        assert (message.author and message.author.name) == (other.author and other.author.name)
        bare = {"author": None, "disappearing_date": None, "replaces": ()}
        assert attrs.evolve(message, **bare) == attrs.evolve(other, **bare)


async def test_a_message_is_the_same_whichever_way_it_was_read():
    ways = []
    for missing in ((), (SEARCH,)):
        portal, (dialog,) = portal_with(400, missing_methods=missing)
        async with connected(portal) as im:
            pages = [page async for page in im.messages.bulk([dialog])]
            history = await im.messages.history(dialog).collect()
        read = sorted((message for page in pages for message in page.messages), key=lambda message: message.id)
        ways.append([attrs.evolve(message, author=None) for message in read])
        assert any(message.disappearing_date for message in history)
        assert bool(asked(portal)[SEARCH]) or missing
    assert ways[0] == ways[1]


async def test_an_older_portal_is_asked_once_for_what_it_does_not_have():
    portal, dialogs = portal_with(*[60] * 110, missing_methods=(SEARCH,))
    async with connected(portal) as im:
        assert await read(im, dialogs) == truth(portal, dialogs)
        assert await read(im, dialogs) == truth(portal, dialogs)
    assert asked(portal)[SEARCH] == 50, "in one request"


async def test_a_message_that_an_import_dated_back_is_not_lost():
    portal, dialogs = portal_with(700, 30)
    dates = dates_of(portal, dialogs[0])
    dates[600] = dates[40]
    async with connected(portal) as im:
        found = await read(im, dialogs)
    assert {name: sorted(numbers) for name, numbers in found.items()} == {
        name: numbers[::-1] for name, numbers in truth(portal, dialogs).items()
    }
    assert asked(portal)[GET] > 10, "it was read again the other way"


async def test_two_messages_written_at_once_at_a_seam_cost_nothing():
    portal, dialogs = portal_with(2_000)
    dates = dates_of(portal, dialogs[0])
    for place in range(5, 1_990, 7):  # each one second older than the one before it
        dates[place + 1] = dates[place] - 1
    async with connected(portal) as im:
        found = await read(im, dialogs)
    assert sorted(found[dialogs[0]]) == portal.visible_messages(dialogs[0])
    assert asked(portal)[GET] <= 2


async def test_a_count_that_is_wrong_only_costs_another_reading():
    for drift in (-1, 1, -500):
        portal, dialogs = portal_with(450, message_count_drift=drift)
        async with connected(portal) as im:
            assert await read(im, dialogs) == truth(portal, dialogs)
        assert asked(portal)[GET] >= 9


async def test_hidden_history_stays_hidden_and_nothing_else_is_missing():
    portal, _ = portal_with()
    dialog = portal.add_chat("Joined late")
    portal.add_history(dialog, 900, hidden=350)
    async with connected(portal) as im:
        assert await read(im, [dialog]) == truth(portal, [dialog])
    assert len(portal.visible_messages(dialog)) == 550


async def test_messages_that_arrive_while_it_counts_are_no_reason_to_read_again():
    portal, dialogs = portal_with(1_500)
    expected = truth(portal, dialogs)
    steps = iter(range(99))
    portal.before_command = lambda method, _: portal.post(dialogs[0]) if next(steps) == 1 else None
    async with connected(portal) as im:
        found = await read(im, dialogs)
    assert found == expected
    assert asked(portal)[GET] == 0


@pytest.mark.parametrize("limit", [7, 50, 120])
async def test_a_search_that_gives_fewer_than_asked_for_is_found_out(limit, monkeypatch):
    portal, dialogs = portal_with(300, 260, 130, 90, 5)
    as_asked = calls.Params.limit

    def clamped(self, default, most, **options):
        return min(limit if most == 200 else most, as_asked(self, default, most, **options))

    monkeypatch.setattr(calls.Params, "limit", clamped)
    async with connected(portal) as im:
        found = await read(im, dialogs)
    assert found == truth(portal, dialogs)


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("fault", [Fault.COMMAND_FAILS, Fault.HTML_502, Fault.RESET_AFTER])
async def test_faults_on_the_way_lose_nothing(fault):
    portal, dialogs = portal_with(*[8] * 50, 210, 230, 1_000)
    portal.faults.share(0.3, [fault], seed=3)
    async with connected(portal) as im:
        assert await read(im, dialogs) == truth(portal, dialogs)


def imported(portal, dialog, random, kind):
    """Make dates and ids of a dialog disagree, as imports do."""
    dates = dates_of(portal, dialog)
    size = len(dates)
    if not size:
        return
    if kind == "one second":
        dates[:] = type(dates)("q", [dates[0]] * size)
    elif kind == "block dated back":
        begin = random.randrange(size)
        for place in range(begin, min(size, begin + random.choice((1, 3, 250)))):
            dates[place] = dates[0] - 86_400 + place
    elif kind == "shuffled":
        mixed = list(dates)
        random.shuffle(mixed)
        dates[:] = type(dates)("q", mixed)
    elif kind == "pairs swapped":
        for place in range(0, size - 1, random.choice((2, 3, 61))):
            dates[place], dates[place + 1] = dates[place + 1], dates[place]
    elif kind == "some dated on":
        for place in random.sample(range(size), min(size, 4)):
            dates[place] = dates[-1] + random.randrange(5)


KINDS = ["as written", "one second", "block dated back", "shuffled", "pairs swapped", "some dated on"]


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("kind", KINDS)
async def test_an_import_loses_nothing(kind):
    portal, dialogs = portal_with(*[20] * 5, 650, 199, 200, 201)
    for dialog in dialogs:
        imported(portal, dialog, Random(kind), kind)
    async with connected(portal) as im:
        found = await read(im, dialogs)
    assert {name: sorted(numbers, reverse=True) for name, numbers in found.items()} == truth(portal, dialogs)


@pytest.mark.slow
@given(
    lengths=st.lists(st.one_of(st.integers(0, 60), st.integers(150, 620)), min_size=1, max_size=6),
    kinds=st.lists(st.sampled_from(KINDS), min_size=6, max_size=6),
    drift=st.sampled_from([0, 0, 0, 1, -1, -40]),
    hidden=st.integers(0, 30),
    missing=st.sampled_from([(), (), (), (SEARCH,)]),
    private=st.booleans(),
    arrivals=st.sampled_from([0, 0, 0.05, 0.5]),
    faults=st.sampled_from([0, 0, 0.2]),
    empty_misses=st.booleans(),
    seed=st.integers(0, 2**16),
    on=st.sampled_from(["asyncio", "trio"]),
)
def test_each_message_of_each_dialog_comes_exactly_once(
    lengths, kinds, drift, hidden, missing, private, arrivals, faults, empty_misses, seed, on
):
    random = Random(seed)
    quirks = Quirks(message_count_drift=drift, missing_methods=missing, missing_id_is_empty=empty_misses)
    portal = Portal(seed=seed, limited=False, quirks=quirks)
    dialogs = []
    for number, length in enumerate(lengths):
        when = NOW - timedelta(minutes=number)
        is_private = private and number % 2
        dialogs.append(
            portal.add_private(portal.add_user(), date=when) if is_private else portal.add_chat("C", date=when)
        )
        portal.add_history(dialogs[-1], length, hidden=min(hidden, length) if number == 2 else 0)
        if not is_private:
            imported(portal, dialogs[-1], random, kinds[number])
    before = truth(portal, dialogs)

    def write(*_):
        if random.random() < arrivals:
            portal.post(random.choice(dialogs))

    portal.before_command = write
    if faults:
        portal.faults.share(faults, [Fault.COMMAND_FAILS, Fault.HTML_502, Fault.RESET_AFTER], seed=seed)

    async def walk():
        async with connected(portal) as im:
            return await read(im, dialogs)

    found = run(walk, on=on)
    for name, numbers in found.items():
        assert len(numbers) == len(set(numbers)), "nothing twice"
        top = before[name][0] if before[name] else 0
        assert sorted(number for number in numbers if number <= top) == before[name][::-1]
