"""What a worker takes, keeps and gives up: its rules, against the rules of the place."""

from copy import deepcopy
from random import Random

import pytest

from bitrix_im.fleet.leases import Kept, exchange
from bitrix_im.fleet.shares import SAFETY, Shares

LEASE = 10.0


class Play:
    """Workers that ask one place, each in its turn; work ends as soon as it is told to."""

    def __init__(self, portals, *workers, lease=LEASE):
        self.portals = [f"p{number}" for number in range(portals)]
        self.kept, self.now, self.lease, self.server = Kept(), 1000.0, lease, "one"
        self.shares = {}
        self.is_away = False
        self.begun = 0
        self.slow = set()
        """Workers whose work takes its time to end."""
        for name in workers:
            self.join(name)

    def join(self, name):
        self.shares[name] = Shares(name, self.portals, self.lease)

    def step(self, name):
        """One question of a worker, and what follows."""
        shares = self.shares[name]
        for _ in range(0 if self.is_away else 4):
            ask = shares.ask(self.now)
            answer = exchange(self.kept, ask, self.now, lambda: self.server)
            change = shares.heard(ask, answer, self.now, self.now)
            self.begun += len(change.gained)
            self.end(name, change.ending)
            if not shares.is_urgent(self.now):
                break
        self.end(name, shares.expired(self.now).ending)

    def end(self, name, portals):
        for portal in portals if name not in self.slow else ():
            self.shares[name].ended(portal, self.now)

    def run(self, seconds):
        """Let everybody ask in turn, twice a second."""
        for _ in range(int(seconds * 2)):
            for name in list(self.shares):
                self.step(name)
                self.check()
            self.now += 0.5

    def check(self):
        held = [portal for shares in self.shares.values() for portal in shares._held]
        assert len(held) == len(set(held)), "two owners"

    def owned(self):
        return {name: shares.held for name, shares in self.shares.items()}

    def kill(self, name):
        return self.shares.pop(name)


def test_portals_are_spread_evenly_after_a_lease_in_which_a_new_place_is_quiet():
    play = Play(10, "a", "b", "c")
    play.run(LEASE - 1)
    assert play.owned() == {"a": 0, "b": 0, "c": 0}
    play.run(3)
    assert play.owned() == {"a": 4, "b": 3, "c": 3}
    play.run(2 * LEASE)
    assert play.begun == 10, "nothing was moved to and fro"


def test_a_newcomer_gets_its_part_and_nobody_gives_up_more_than_that():
    play = Play(10, "a")
    play.run(13)
    assert play.owned() == {"a": 10}
    play.join("b")
    before = set(play.shares["a"]._held)
    play.run(3)
    assert play.owned() == {"a": 5, "b": 5}
    assert set(play.shares["a"]._held) < before


def test_what_a_worker_leaves_has_another_owner_within_a_second():
    play = Play(9, "a", "b", "c")
    play.run(13)
    leaving = play.kill("b")
    exchange(play.kept, leaving.last_words(), play.now, lambda: play.server)
    play.run(1)
    assert sorted(play.owned().values()) == [4, 5]


def test_nobody_waits_for_what_ends_last_on_a_worker_that_leaves():
    play = Play(9, "a", "b", "c")
    play.run(13)
    leaving = play.shares["b"]
    first, *others = leaving.leave()
    for portal in others:
        leaving.ended(portal, play.now)
    play.run(1)
    assert play.owned()["b"] == 1
    assert sum(play.owned().values()) == 9
    leaving.ended(first, play.now)
    play.run(1)
    assert sorted(play.owned().values()) == [0, 4, 5]


def test_what_a_killed_worker_had_has_another_owner_soon_after_its_lease():
    play = Play(9, "a", "b", "c")
    play.run(13)
    play.kill("b")
    play.run(LEASE - 1)
    assert sum(play.owned().values()) == 6
    play.run(2)
    assert sum(play.owned().values()) == 9


def test_a_worker_whose_work_ends_slowly_owns_until_it_has_ended():
    play = Play(4, "a")
    play.run(13)
    play.slow.add("a")
    play.join("b")
    play.run(5)
    assert play.owned() == {"a": 4, "b": 0}
    for portal in list(play.shares["a"]._ending):
        play.shares["a"].ended(portal, play.now)
    play.run(1)
    assert play.owned() == {"a": 2, "b": 2}


def test_a_worker_keeps_what_it_owns_while_the_place_is_away_until_its_own_clock_says_so():
    play = Play(4, "a")
    play.run(13)
    asked_at, play.is_away = play.now - 0.5, True
    play.now = asked_at + LEASE * (1 - SAFETY) - 0.01
    play.step("a")
    assert play.owned() == {"a": 4}
    play.now += 0.02
    play.step("a")
    assert play.owned() == {"a": 0}
    play.is_away = False
    play.run(2 * LEASE)
    assert play.owned() == {"a": 4}


@pytest.mark.parametrize("forgets", [True, False], ids=["empty", "from a snapshot"])
def test_a_place_that_comes_back_without_its_memory_takes_nothing_from_anybody(forgets):
    play = Play(6, "a", "b")
    play.run(13)
    snapshot = Kept() if forgets else Kept(play.kept.version, 0, 0, 0, "one", {}, {"p0": "who", "p1": "b"})
    held = {name: set(shares._held) for name, shares in play.shares.items()}
    play.kept, play.server = snapshot, "two"
    play.join("c")
    play.run(LEASE - 1)
    kept = {name: set(shares._held) for name, shares in play.shares.items()}
    assert all(kept[name] <= held[name] for name in held)
    if forgets:
        assert kept["a"] == held["a"]
    play.run(3 * LEASE)
    assert play.owned() == {"a": 2, "b": 2, "c": 2} or not forgets


def test_work_that_ends_by_itself_is_handed_out_again_but_here_not_before_a_lease_has_passed():
    play = Play(2, "a")
    play.run(13)
    play.shares["a"].ended("p0", play.now)
    play.run(LEASE - 1)
    assert play.owned() == {"a": 1}
    play.run(2)
    assert play.owned() == {"a": 2}


def test_a_question_that_arrives_late_gives_nothing_away():
    play = Play(1, "a", "b")
    play.run(13)
    name = next(name for name, shares in play.shares.items() if shares.held)
    shares = play.shares[name]
    shares.ended("p0", play.now)
    late = shares.ask(play.now)
    assert late.give == ("p0",)
    for _ in range(60):
        play.run(1)
        if shares.held:
            break
        other = next(each for each in play.shares if each != name)
        if play.shares[other].held:
            play.shares[other].ended("p0", play.now)
    assert shares.held
    exchange(play.kept, late, play.now, lambda: play.server)
    assert play.kept.owners == {"p0": name}


def test_portals_that_others_were_not_told_of_are_owned_all_the_same():
    play = Play(4, "a", "b")
    play.portals.append("new")
    play.join("c")
    play.run(4 * LEASE)
    assert sum(play.owned().values()) == 5
    assert "new" in play.shares["c"]._held
    owners = dict(play.kept.owners)
    play.run(3 * LEASE)
    assert play.kept.owners == owners


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_a_portal_has_one_owner_and_has_one_again_within_three_leases(seed):
    draw = Random(seed)
    play = Play(draw.randrange(1, 40), "w0", "w1")
    snapshots = [Kept()]
    for number in range(2, 14):
        what = draw.choice(["join", "join", "kill", "leave", "away", "forget", "restore"])
        old = {name: shares for name, shares in play.shares.items() if draw.random() < 0.3}
        if what == "join" or len(play.shares) < 2:
            play.join(f"w{number}")
        elif what == "kill":
            for name in list(old)[:-1]:
                play.kill(name)
        elif what == "leave":
            leaving = play.kill(draw.choice(list(play.shares)))
            exchange(play.kept, leaving.last_words(), play.now, lambda: play.server)
        elif what == "away":
            play.is_away = True
            play.run(draw.choice([1, LEASE / 2, 2 * LEASE]))
            play.is_away = False
        elif what == "forget":
            play.kept, play.server = Kept(), f"run {number}"
        elif what == "restore":  # what a server had saved some time ago
            play.kept, play.server = deepcopy(draw.choice(snapshots)), f"run {number}"
        snapshots.append(deepcopy(play.kept))
        play.run(draw.choice([0.5, 3, LEASE]))
    play.run(3 * LEASE)
    assert sum(play.owned().values()) == len(play.portals)
    assert max(play.owned().values()) - min(play.owned().values()) <= 1
