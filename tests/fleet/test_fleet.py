"""`Fleet` on both event loops, in virtual time: workers of one loop that meet in a place of the test's own."""

import logging
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from bitrix_im import Fleet
from bitrix_im.fleet import fleet as module
from bitrix_im.fleet.leases import Kept, exchange

LEASE = 10.0


class Memory:
    """A place in memory, that can be away."""

    def __init__(self):
        self.kept = Kept()
        self.is_away = self.hangs = False
        self.open_for = 0

    def open(self):
        self.open_for += 1

    async def ask(self, name, ask, within=0.8):
        await anyio.lowlevel.checkpoint()
        if self.is_away:
            raise ConnectionError("redis://user:password@cache is away")
        if self.hangs:
            await anyio.sleep(within)
            raise TimeoutError
        return exchange(self.kept, ask, anyio.current_time())

    async def aclose(self):
        self.open_for -= 1


@pytest.fixture
def place(monkeypatch):
    memory = Memory()
    monkeypatch.setattr(module, "place_of", lambda where: memory)
    return memory


class Crew:
    """Workers of one loop; who works where, since when and until when."""

    def __init__(self, portals, lease=LEASE):
        self.portals = [f"p{number}" for number in range(portals)]
        self.lease = lease
        self.at_work = {}
        self.spells = []
        self.scopes = {}
        self.cleanup = 0.0

    async def worker(self, name):
        """The pattern of the docs."""
        with anyio.CancelScope() as self.scopes[name]:
            async with Fleet("fleet.db", self.portals, self.lease) as fleet, anyio.create_task_group() as tasks:
                async for mine in fleet:
                    tasks.start_soon(self.work, name, mine)

    async def work(self, name, mine):
        async with mine:
            assert mine.portal not in self.at_work, "two owners"
            self.at_work[mine.portal] = name
            began = anyio.current_time()
            try:
                await anyio.sleep_forever()
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(self.cleanup)
                self.spells.append((mine.portal, name, began, anyio.current_time()))
                del self.at_work[mine.portal]

    @asynccontextmanager
    async def at(self, *names):
        async with anyio.create_task_group() as tasks:
            self.start = lambda name: tasks.start_soon(self.worker, name)
            for name in names:
                self.start(name)
            yield self
            tasks.cancel_scope.cancel()

    def counts(self):
        return sorted(list(self.at_work.values()).count(name) for name in set(self.at_work.values()))


async def test_every_portal_has_one_worker_and_the_work_is_spread_evenly(place):
    async with Crew(10).at("a", "b", "c") as crew:
        await anyio.sleep(LEASE + 2)
        assert crew.counts() == [3, 3, 4]
        crew.start("d")
        await anyio.sleep(5)
        assert crew.counts() == [2, 2, 3, 3]
    assert not crew.at_work
    assert place.open_for == 0
    assert not place.kept.workers


async def test_a_clean_stop_hands_over_within_a_second(place):
    async with Crew(9).at("a", "b", "c") as crew:
        await anyio.sleep(LEASE + 2)
        crew.scopes["b"].cancel()
        await anyio.sleep(1)
        assert crew.counts() == [4, 5]


async def test_work_that_takes_time_to_end_is_handed_over_once_it_has_ended(place):
    crew = Crew(4)
    crew.cleanup = 3.0
    async with crew.at("a") as crew:
        await anyio.sleep(LEASE + 2)
        crew.start("b")
        await anyio.sleep(2.5)
        assert crew.counts() == [4]
        await anyio.sleep(3)
        assert crew.counts() == [2, 2]


@pytest.mark.parametrize("how", ["is_away", "hangs"])
async def test_a_place_that_is_away_costs_nothing_until_the_lease_ends_by_the_workers_own_clock(place, how, caplog):
    async with Crew(4).at("a", "b") as crew:
        await anyio.sleep(LEASE + 2)
        setattr(place, how, True)
        await anyio.sleep(LEASE * 0.7)
        assert crew.counts() == [2, 2]
        setattr(place, how, False)
        await anyio.sleep(LEASE)
        assert not crew.spells
        setattr(place, how, True)
        await anyio.sleep(LEASE * 0.8 + 0.1)
        assert crew.counts() == []
        setattr(place, how, False)
        await anyio.sleep(2 * LEASE)
        assert crew.counts() == [2, 2]
        said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert len(said) == 8  # away and back, twice, of two workers
        assert "cannot be asked" in said[0]
        assert "fleet.db are back" in said[2]


async def test_a_place_that_comes_back_empty_ends_no_work(place):
    async with Crew(6).at("a", "b") as crew:
        await anyio.sleep(LEASE + 2)
        place.kept = Kept()
        crew.start("c")
        await anyio.sleep(LEASE - 1)
        assert crew.counts() == [3, 3]
        assert not crew.spells
        await anyio.sleep(3)
        assert crew.counts() == [2, 2, 2]


async def test_work_that_ends_by_itself_comes_again_after_a_lease(place):
    seen = []
    with anyio.move_on_after(3.5 * LEASE):
        async with Fleet("fleet.db", ["acme"], LEASE) as fleet:
            async for mine in fleet:
                async with mine:
                    seen.append((mine.portal, anyio.current_time()))
                assert mine.lost
    assert [portal for portal, _ in seen] == ["acme"] * 3
    assert all(later - earlier >= LEASE for (_, earlier), (_, later) in pairwise(seen))


async def test_an_error_of_the_body_comes_out_and_gives_everything_back(place):
    with pytest.raises(ZeroDivisionError):
        async with Fleet("fleet.db", ["acme", "zeta"], LEASE) as fleet:
            async for mine in fleet:
                async with mine:
                    assert fleet.owned == ("acme", "zeta")
                    raise ZeroDivisionError
    assert not place.kept.workers
    assert not place.kept.owners


async def test_what_is_lost_before_it_is_entered_is_not_handed_out_or_ends_at_once(place):
    async with Fleet("fleet.db", ["acme", "zeta"], LEASE) as fleet:
        first = await anext(fleet)
        place.is_away = True
        await anyio.sleep(LEASE)
        assert fleet.owned == ()
        assert first.lost
        async with first:
            await anyio.sleep(1)
            pytest.fail("the body went on")
        place.is_away = False
        again = await anext(fleet)
        assert not again.lost
        async with again:
            pass
        with pytest.raises(RuntimeError, match="entered before"):
            await again.__aenter__()
    with pytest.raises(StopAsyncIteration):
        await anext(fleet)
    with pytest.raises(RuntimeError, match="make a new one"):
        await fleet.__aenter__()


async def test_a_fleet_must_be_entered(place):
    with pytest.raises(RuntimeError, match="async with"):
        await anext(Fleet("fleet.db", ["acme"]))


@pytest.mark.parametrize(
    ("where", "portals", "lease", "error"),
    [
        ("fleet.db", "acme", 10, TypeError),
        ("fleet.db", [], 10, TypeError),
        ("fleet.db", [1], 10, TypeError),
        ("fleet.db", ["acme"], 0, ValueError),
        ("fleet.db", ["acme"], float("inf"), ValueError),
        ("http://cache", ["acme"], 10, ValueError),
        (None, ["acme"], 10, TypeError),
    ],
)
def test_options_that_cannot_work_are_refused(where, portals, lease, error):
    with pytest.raises(error, match="expected"):
        Fleet(where, portals, lease)


def test_a_fleet_shows_no_password():
    fleet = Fleet("redis://user:hunter2@cache:6379/0", ["acme"])
    assert "hunter2" not in repr(fleet)
    assert repr(Fleet(Path("fleet.db"), ["acme"])).endswith("fleet.db', 0 portals are mine)")
