"""The rules of a watcher, against a portal whose ids may be committed late and a watcher that crashes."""

import pytest
from hypothesis import given, settings, strategies as st

from bitrix_im.events.watching import Watching


def look(rules, portal, begun, now):
    """One look with its walks; the new ids."""
    new = []
    for name, floor in rules.looked(portal.changed(begun), begun):
        new += rules.walked(name, [number for number in portal.seen(name, begun) if number > floor], begun, now)
    rules.finished(begun, now)
    return new


class Chats:
    """Messages: (id, dialog, when it is committed)."""

    def __init__(self):
        self.rows = []

    def post(self, name, at):
        self.rows.append((len(self.rows) + 1, name, at))

    def seen(self, name, now):
        return [number for number, dialog, at in self.rows if dialog == name and at <= now]

    def changed(self, now):
        """As the server lists them: since the look before with an overlap, or all; here all."""
        return [(name, max(self.seen(name, now), default=0)) for name in {dialog for _, dialog, _ in self.rows}]


def test_what_is_found_is_looked_at_once_more_before_the_mark_passes_it():
    rules, portal = Watching(0), Chats()
    portal.post("a", 0)
    assert look(rules, portal, 0, 0.1) == [1]
    rules.take()
    rules.done(1)
    assert rules.remember() == 0
    assert rules.until_proven(0.6) == pytest.approx(0.5)
    assert look(rules, portal, 2, 2.1) == []
    assert rules.mark == 1
    assert rules.looked(portal.changed(4), 4) == []


def test_the_mark_stays_below_what_is_not_handled():
    rules, portal = Watching(0), Chats()
    for _ in range(3):
        portal.post("a", 0)
    look(rules, portal, 0, 0)
    assert [rules.take(), rules.take()] == [1, 2]
    rules.done(1)
    look(rules, portal, 5, 5)
    assert rules.mark == 1
    assert rules.held == 2
    assert rules.give_back(2)
    assert not rules.give_back(1)
    assert rules.take() == 2


def test_a_dialog_that_cannot_be_read_any_more_holds_nothing_back():
    rules, portal = Watching(0), Chats()
    portal.post("a", 0)
    look(rules, portal, 0, 0)
    rules.done(1)
    assert rules.looked([], 2) == [("a", 0)]
    rules.gone("a")
    rules.finished(2, 2)
    assert rules.mark == 1


ACTS = st.one_of(
    st.tuples(st.just("post"), st.sampled_from("abc"), st.sampled_from([0, 0, 0.5, 0.99])),
    st.tuples(st.just("wait"), st.floats(0, 3), st.just(0)),
    st.tuples(st.just("look"), st.floats(0, 2), st.just(0)),
    st.tuples(st.sampled_from(["take", "done", "crash"]), st.integers(0, 5), st.just(0)),
)


@settings(max_examples=150)
@given(st.lists(ACTS, max_size=60))
def test_whatever_happens_nothing_is_missed_and_nothing_comes_twice_in_a_run(acts):
    portal, rules, now = Chats(), Watching(0), 0.0
    out, handled, run = [], set(), set()

    def hand_out():
        nonlocal run
        number = rules.take()
        if number is not None:
            assert number not in run
            run.add(number)
            out.append(number)
        return number

    for act, value, delay in acts:
        match act:
            case "post":
                portal.post(value, now + delay)
            case "wait":
                now += value
            case "look":
                begun, now = now, now + value
                look(rules, portal, begun, now)
            case "take":
                hand_out()
            case "done" if out:
                number = out.pop(value % len(out))
                rules.done(number)
                handled.add(number)
            case "crash":
                rules, out, run = Watching(rules.mark), [], set()
        assert set(range(1, rules.mark + 1)) <= handled
    for _ in range(5):
        now += 2
        look(rules, portal, now, now)
        while hand_out() is not None:
            pass
        for number in out:
            rules.done(number)
            handled.add(number)
        out.clear()
    assert handled == {number for number, _, _ in portal.rows}
    rules.finished(now + 2, now + 2)
    assert rules.mark == len(portal.rows)
