"""The pieces that make a walk over the recent list whole, each as a table."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from bitrix_im import RecentItem, WalkStalled
from bitrix_im.models import OpenLine, RecentMessage
from bitrix_im.paging.recent.blank import Blanks
from bitrix_im.paging.recent.catch_up import Round
from bitrix_im.paging.recent.crowd import Crowd
from bitrix_im.paging.recent.order import TOP, Place, above, below, places, second_lowest, to_place
from bitrix_im.paging.recent.seam import Seam
from bitrix_im.paging.recent.shown import Shown
from bitrix_im.paging.recent.standstill import Standstill

END = Place(False, 10)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(*seconds):
    return [Place(False, second) for second in seconds]


def item(name, seconds=None, *, pinned=False):
    date = None if seconds is None else NOON + timedelta(seconds=seconds)
    return RecentItem(dialog_id=name, pinned=pinned, date_last_activity=date)


# order


def test_pinned_dialogs_stand_above_all_others_and_the_newest_first():
    page = places([item("a", 5), item("line"), item("b", 3, pinned=True), item("c", 9)])
    assert [pinned for pinned, _ in sorted(page, reverse=True)] == [True, False, False]
    assert len(page) == 3, "an open line of the queue has no place"


@pytest.mark.parametrize(
    ("page", "place", "count"),
    [(at(12, 11, 10), END, 2), (at(10, 10), END, 0), (at(9), END, 0), (at(12), TOP, 0), ([Place(True, 1)], END, 1)],
)
def test_only_what_stands_strictly_above_a_place_counts(page, place, count):
    assert above(page, place) == count
    assert below(page, place) == len([one for one in page if one != place]) - count


@pytest.mark.parametrize(("page", "end"), [(at(9, 8, 3), at(8)[0]), (at(5), at(5)[0]), ([], None)])
def test_a_page_ends_at_its_second_lowest_place(page, end):
    assert second_lowest(page) == end


@pytest.mark.parametrize("value", [[1, 2], [True, "2"], [True], 5, "no"])
def test_what_is_no_place_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        to_place(value)


# seam


@pytest.mark.parametrize(
    ("seam", "page", "proven"),
    [
        (Seam(), at(5, 4), True),  # the first page has nothing behind it
        (Seam(END), at(12, 11, 10, 9), True),  # two above: whole
        (Seam(END), at(11, 10, 9), False),  # one may be out of order
        (Seam(END), at(10, 10, 10), False),  # dialogs of one second may swap places
        (Seam(END), [], False),  # rows that show nothing prove nothing
        (Seam(END, trusted=END), at(9, 8), True),  # stepping back has not helped
        (Seam(END, witnesses=1), at(11, 9), True),
    ],
)
def test_a_page_proves_its_seam(seam, page, proven):
    assert seam.is_proven_by(page, 100) is proven
    assert attrs.evolve(seam, back=100).is_proven_by(page, 100)


def test_pinned_dialogs_may_have_an_order_of_their_own_and_prove_nothing():
    pins = [Place(True, second) for second in (50, 3, 40)]
    assert not Seam(pins[2]).is_proven_by(pins, 100)


def test_a_page_that_shows_nothing_proves_nothing_for_the_next_one():
    seam = Seam().behind([], 0)
    assert seam.end == TOP
    assert not seam.is_proven_by(at(9, 8, 7), 100)


def test_a_whole_first_page_of_one_second_proves_nothing_for_the_next_one():
    seam = Seam().behind(at(*[10] * 50), 0)
    assert seam.witnesses == 2
    assert not seam.is_proven_by(at(10, 10, 9), 100)


def test_stepping_back_goes_further_each_time_and_ends_at_the_top():
    seam, rows = Seam(END), []
    for _ in range(9):
        seam = seam.further_back(10_000)
        rows.append(seam.back)
    assert rows[:3] == [64, 190, 512]
    assert rows[-1] == rows[-2] == 2**31
    assert seam.trusted == END


def test_the_first_step_back_goes_to_where_the_second_begins():
    page = at(*range(300, 110, -1), *[10] * 10)
    seam = Seam().behind(page, 1000)
    assert seam.end == END
    assert seam.begins == 1000 + 190 - 6
    assert seam.further_back(1194).back == 10


def test_near_the_top_stepping_back_goes_there_at_once():
    assert Seam(END, back=30).further_back(120).back == 120
    assert Seam(Place(True, 5), begins=90).further_back(120).back == 120


# crowd


def crowd_of(*pages, crowd=None):
    crowd = crowd or Crowd(END, 100, 100)
    for names in pages:
        crowd = crowd.after(names, names, 194)
    return crowd


def test_dialogs_of_one_second_that_stand_still_are_swept_over_twice():
    crowd = crowd_of("ab", "cd")
    assert not crowd.is_whole
    assert crowd_of("ab", "cd", crowd=crowd.again(194)).is_whole


def test_dialogs_of_one_second_that_swap_places_are_swept_until_nothing_new_has_shown_for_long():
    crowd, sweeps = crowd_of("ab", "cd"), 1
    while not crowd.is_whole:
        crowd = crowd_of("".join("abcd"[(sweeps + index) % 4] for index in range(2)), "d", crowd=crowd.again(194))
        sweeps += 1
    assert 20 < sweeps < 40


def test_a_sweep_that_begins_within_the_crowd_begins_again_from_further_up():
    crowd = Crowd(END, 300, 300)
    assert crowd.is_entered_by(at(11, 10, 10))
    assert not crowd.is_entered_by(at(10, 10))
    assert crowd.further_up(194).row == 106
    assert Crowd(END, 0, 0).is_entered_by(at(10, 10))


@pytest.mark.parametrize(
    ("page", "has_more", "passed"),
    [(at(10, 9, 8), True, True), (at(10, 9), True, False), (at(10), False, True), (at(10, 10), True, False)],
)
def test_a_sweep_ends_where_two_dialogs_stand_below(page, has_more, passed):
    assert Crowd(END, 0, 0).is_passed_by(page, has_more=has_more) is passed


def test_pages_of_later_sweeps_are_known_ahead():
    first = Crowd(END, 100, 294)
    assert first.rows_ahead(194, 2, 9) == [294, 488]
    assert attrs.evolve(first, last=488, sweeps=1).rows_ahead(194, 2, 6) == [294, 488]
    assert attrs.evolve(first, last=488, sweeps=2).rows_ahead(194, 2, 6) == [294, 488, 100, 294, 488, 100]
    assert attrs.evolve(first, row=682, last=488, sweeps=2).rows_ahead(194, 2, 4) == [682, 100, 294, 488]


def test_a_cursor_does_not_hold_a_whole_crowd():
    small, large = crowd_of(["a", "b"]), crowd_of([str(number) for number in range(900)])
    assert Crowd(*small.dump()) == small
    assert Crowd(*large.dump()) == attrs.evolve(large, seen=[])


def test_a_sweep_remembers_what_else_it_has_handed_out():
    crowd = Crowd(END, 100, 100).after(["a", "b"], ["above", "b"], 194)
    again = Crowd(*crowd.again(194).dump())
    assert again.shown == {"a", "b", "above"}
    assert again.seen == {"a", "b"}
    many = [str(number) for number in range(900)]
    assert len(Crowd(*crowd.after(["c"], many, 194).dump()).shown) == 400


# blank rows and what may show again


def private(name, message=0, seconds=5):
    return attrs.evolve(item(name, seconds), type="user", message=RecentMessage(id=message))


def test_a_blank_row_waits_until_the_real_one_comes_or_the_end():
    now, blanks = Blanks().after([private("5"), item("a", 4), private("6")], 100)
    assert [one.dialog_id for one in now] == ["a"]
    now, blanks = blanks.after([private("5", message=77)], 300)
    assert [one.message.id for one in now] == [77]
    assert [one.dialog_id for one in blanks.items] == ["6"]
    assert blanks.elsewhere is None


def test_another_process_looks_again_where_a_blank_row_was_seen():
    _, before = Blanks().after([private("5")], 100)
    blanks = Blanks(before.waiting)
    assert blanks.elsewhere == 100
    found, blanks = blanks.found_again([item("a", 6), private("5")])
    assert [one.dialog_id for one in found] == ["5"]
    assert blanks.elsewhere is None


def test_a_cursor_remembers_what_will_show_again():
    now = int(NOON.timestamp())
    page = [item("p", 1, pinned=True), item("new", 60), *(item(f"x{n}", 20) for n in range(9)), item("tied", 10)]
    shown = Shown().after(page, rows=12, began=now + 50, end=Place(False, now + 10), is_same_end=False)
    assert shown.at_top == ("p", "new")
    assert shown.at_end[-2:] == ("x8", "tied")
    later = shown.after([item("also tied", 10)], rows=1, began=now + 50, end=Place(False, now + 10), is_same_end=True)
    assert {"p", "new", "tied", "also tied"} <= set(later.names)


# catch-up


@pytest.mark.parametrize(
    ("round_", "is_last", "added"),
    [
        (Round(), False, ["a", "p"]),  # the queue's open lines are on every page: they come last
        (Round(pages=3), True, ["a", "p", "line"]),
        (Round(1, quiet=int(NOON.timestamp()) + 5), True, ["a", "p"]),
        (Round(1, quiet=int(NOON.timestamp()) + 50), True, ["p"]),  # pinned meanwhile, perhaps
    ],
)
def test_a_round_adds_what_the_ones_before_may_have_missed(round_, is_last, added):
    page = [item("a", 9), item("p", 1, pinned=True), attrs.evolve(item("line"), lines=OpenLine(id=1))]
    assert [one.dialog_id for one in round_.adds(page, is_last=is_last)] == added


def test_a_round_is_over_where_it_reaches_what_was_quiet():
    round_ = Round(1, quiet=10)
    assert round_.is_over_at(at(12, 9))
    assert not round_.is_over_at(at(12, 10))
    assert not round_.is_over_at([Place(True, 1)])


def test_one_page_is_a_snapshot_and_so_are_two_equal_rounds():
    first = Round().after([item("a", 1)], 100)
    assert first.is_snapshot
    assert not first.after([item("b", 0)], 101).is_snapshot
    pages = [[item("a", 9)], [item("b", 8)], [item("c", 7)]]
    rounds = [Round(1, quiet=0)]
    for page in pages:
        rounds[0] = rounds[0].after(page, 100)
    assert not rounds[0].is_snapshot
    again = rounds[0].next()
    for page in pages:
        again = again.after(page, 200)
    assert again.is_snapshot


def test_the_order_of_dialogs_of_one_second_makes_no_difference_between_two_rounds():
    first = Round(1, quiet=0).after([item("a", 9)], 100).after([item("b", 9)], 100)
    again = first.next().after([item("b", 9)], 200).after([item("a", 9)], 200)
    assert again.is_snapshot
    assert Round(*first.dump()).next() == first.next()


def test_a_list_that_never_rests_is_given_up():
    round_ = Round()
    with pytest.raises(WalkStalled, match="rise faster"):
        for _ in range(100):
            round_ = round_.next()


# standstill


@pytest.mark.parametrize(
    ("shown", "rows", "pages"), [(["a", "b"], 10, 21), ([], 194, 105), ([], 1, 20_002)], ids=["same", "empty", "short"]
)
def test_equal_pages_are_no_coincidence_after_a_while(shown, rows, pages):
    standstill = Standstill()
    for number in range(1, pages + 1):
        standstill = standstill.after(shown)
        assert standstill.is_no_chance(empty=not shown, rows=rows) is (number == pages)
    assert not standstill.after(["c"]).is_no_chance(empty=False, rows=rows)
