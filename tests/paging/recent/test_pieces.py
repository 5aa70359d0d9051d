"""The pieces that make a walk over the recent list whole, each as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from bitrix_im import RecentItem, WalkStalled
from bitrix_im.paging.recent.catch_up import Round
from bitrix_im.paging.recent.order import Place, above, places, second_lowest, to_place
from bitrix_im.paging.recent.seam import Seam
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
    [(at(12, 11, 10), END, 2), (at(10, 10), END, 0), (at(9), END, 0), (at(12), None, 0), ([Place(True, 1)], END, 1)],
)
def test_only_what_stands_strictly_above_a_place_counts(page, place, count):
    assert above(page, place) == count


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
    assert seam.is_proven_by(page) is proven


def test_stepping_back_goes_further_each_time_and_ends_at_the_top():
    seam, rows = Seam(END), []
    for _ in range(13):
        seam = seam.further_back()
        rows.append(seam.back)
    assert rows[:8] == [8, 24, 48, 80, 120, 160, 190, 512]
    assert rows[-1] == rows[-2] == 2**31
    assert seam.trusted == END


# catch-up


@pytest.mark.parametrize(
    ("round_", "added"),
    [
        (Round(), ["a", "p", "line"]),  # the first page
        (Round(pages=3), ["a", "p"]),  # the queue's open lines were on the first page already
        (Round(1, quiet=int(NOON.timestamp()) + 5), ["a", "p"]),
        (Round(1, quiet=int(NOON.timestamp()) + 50), ["p"]),  # pinned meanwhile, perhaps
    ],
)
def test_a_round_adds_what_the_ones_before_may_have_missed(round_, added):
    page = [item("a", 9), item("p", 1, pinned=True), item("line")]
    assert [one.dialog_id for one in round_.adds(page)] == added


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
