"""The numbers of a report, against ones that were counted by hand or by the plainest program."""

import statistics
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from bitrix_im.report.charts import binned, step
from bitrix_im.report.numbers import Answers, numbers, quantile
from bitrix_im.report.page import lasting

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def said(*rows):
    """Rows of one dialog: (author, minutes after Monday ten o'clock)."""
    return [("chat1", author, MONDAY + timedelta(minutes=minutes)) for author, minutes in rows]


def test_an_answer_counts_from_the_first_message_of_a_turn():
    found = numbers(said((1, 0), (1, 5), (2, 20), (2, 21), (1, 60)), UTC)
    assert (found.answers.count, found.answers.median, found.answers.p90) == (2, 20 * 60, 40 * 60)


def test_talking_to_oneself_is_no_answer():
    assert numbers(said((1, 0), (1, 5), (1, 9)), UTC).answers == Answers(0, None, None, (0,) * 7)


def test_bots_and_the_portal_answer_nobody():
    found = numbers(said((1, 0), (7, 1), (0, 2), (2, 30)), UTC, bots={7})
    assert (found.answers.median, found.messages, found.people) == (30 * 60, 4, 2)
    assert [busy.key for busy in found.busiest_people] == [1, 2]


def test_what_comes_after_a_week_is_another_conversation():
    week = 7 * 24 * 60
    assert numbers(said((1, 0), (2, week)), UTC).answers.count == 1
    assert numbers(said((1, 0), (2, week + 1)), UTC).answers.count == 0


def test_dates_that_run_backwards_are_no_answer():
    assert numbers(said((1, 30), (2, 0)), UTC).answers.count == 0


def test_a_dialog_ends_where_the_next_begins():
    rows = [*said((1, 0)), ("chat2", 2, MONDAY + timedelta(minutes=1))]
    found = numbers(rows, UTC)
    assert (found.answers.count, found.dialogs, found.people) == (0, 2, 2)


def test_days_and_hours_are_those_of_the_zone():
    late = [("chat1", 1, datetime(2026, 3, 1, 22, 30, tzinfo=UTC))]
    found = numbers(late, ZoneInfo("Europe/Moscow"))
    assert found.days == {date(2026, 3, 2): 1}
    assert found.hours[0][1] == 1
    assert found.first == late[0][2]
    assert sum(map(sum, found.hours)) == 1


def test_an_answer_is_its_giver_s_and_its_dialog_s():
    found = numbers([*said((1, 0), (2, 10)), ("chat2", 2, MONDAY), ("chat2", 1, MONDAY + timedelta(hours=1))], UTC)
    assert {busy.key: busy.answers.median for busy in found.busiest_people} == {1: 3600, 2: 600}
    assert {busy.key: busy.answers.median for busy in found.busiest_dialogs} == {"chat1": 600, "chat2": 3600}
    assert {busy.key: busy.others for busy in found.busiest_people} == {1: 2, 2: 2}


def test_only_the_busiest_are_told():
    rows = [(f"chat{number}", number, MONDAY) for number in range(1, 40) for _ in range(number)]
    found = numbers(rows, UTC, most=3)
    assert [(busy.key, busy.messages) for busy in found.busiest_dialogs] == [
        ("chat39", 39),
        ("chat38", 38),
        ("chat37", 37),
    ]
    assert found.dialogs == 39


def test_nothing_at_all_is_no_error():
    found = numbers([], UTC)
    assert (found.messages, found.first, found.last, found.days) == (0, None, None, {})


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20_000)), max_size=60))
@settings(max_examples=60, deadline=None)
def test_the_numbers_are_those_of_a_plain_count(rows):
    rows = sorted(rows, key=lambda row: row[1])
    found = numbers(said(*rows), UTC)
    times, asker, asked = [], None, 0
    for author, minutes in rows:
        if author and author != asker:
            if asker is not None and minutes - asked <= 7 * 24 * 60:
                times.append(60.0 * (minutes - asked))
            asker, asked = author, minutes
    assert found.answers.count == len(times) == sum(found.answers.buckets)
    assert found.answers.median == (statistics.median_low(times) if times else None)
    assert found.messages == len(rows) == sum(found.days.values()) == sum(map(sum, found.hours))


def test_quantiles_are_values_that_came():
    assert quantile([1, 2, 3, 4], 0.5) == 2
    assert quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9) == 9
    assert quantile([5], 0.9) == 5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "none"), (0.4, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (900, "15 min"), (3600, "1 h"),
     (5400, "1 h 30 min"), (50_000, "13 h"), (90_000, "1 d 1 h"), (604_800, "7 d")],
)  # fmt: skip
def test_durations_have_the_units_that_matter(seconds, text):
    assert lasting(seconds) == text


@given(st.dictionaries(st.dates(date(1990, 1, 1), date(2190, 1, 1)), st.integers(1, 9), max_size=20))
@settings(max_examples=60, deadline=None)
def test_bars_hold_every_message_and_are_not_too_many(days):
    starts, counts, size = binned(days)
    assert sum(counts) == sum(days.values())
    assert len(starts) == len(counts)
    assert not days or (starts[0] <= min(days) and max(days) < starts[-1] + size)
    if days and (max(days) - min(days)).days < 364 * 50:
        assert len(counts) <= 62


def test_what_a_bar_stands_for_is_told():
    first = date(2026, 1, 1)
    spans = {1: "a day", 100: "a week", 1000: "in four weeks", 5000: "in thirteen weeks", 90_000: "in 52 weeks"}
    assert {span: step({first: 1, first + timedelta(span): 1}) for span in spans} == spans
