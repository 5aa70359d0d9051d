"""Lists by LAST_ID: found messages, notifications, found notifications."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from bitrix_im.paging import MessageSearch, NotificationList, NotificationSearch, Pager
from bitrix_im.rest.call import Reply

from .. import virtual_time

START = datetime(2026, 3, 1, tzinfo=UTC)


class Caller:
    """A portal of one method, which says how it answers parameters."""

    def __init__(self, answer):
        self.answer = answer
        self.sent = []

    async def call(self, call):
        self.sent.append(dict(call.params))
        return Reply(self.answer(call.params))

    async def unit(self, calls):
        return [await self.call(call) for call in calls]


class Messages:
    """``im.dialog.messages.search`` as the server does it: sorted by date, cut by id and by the date of that id."""

    def __init__(self, dates):
        self.rows = [(number, START + timedelta(seconds=seconds)) for number, seconds in dates.items()]
        self.caller = Caller(self.answer)

    def answer(self, params):
        rows = sorted(self.rows, key=lambda row: (row[1], row[0]), reverse=True)
        if last := params.get("LAST_ID"):
            nearest = [date for number, date in sorted(self.rows) if number <= last] or [START]
            rows = [row for row in rows if row[0] < last and row[1] <= nearest[-1]]
        page = rows[: params["LIMIT"]]
        return {"messages": [{"id": number, "date": date.isoformat(), "text": "x"} for number, date in page]}

    def walk(self, size):
        return Pager(self.caller, MessageSearch({"CHAT_ID": 5}, page_size=size))


class Notifications:
    """``im.notify.get``: confirmations, then the others, each by descending id."""

    def __init__(self, confirmations, others, short=None):
        self.rows = [(number, 1) for number in sorted(confirmations, reverse=True)]
        self.rows += [(number, 2) for number in sorted(others, reverse=True)]
        self.short = short
        self.caller = Caller(self.answer)

    def answer(self, params):
        rows = self.rows
        if "LAST_ID" in params:
            last, kind = params["LAST_ID"], params.get("LAST_TYPE", 3)
            rows = [
                (number, type_)
                for number, type_ in rows
                if (type_ == 1 and kind == 1 and number < last) or (type_ != 1 and (kind == 1 or number < last))
            ]
        page = rows[: self.short or params["LIMIT"]]
        made = [
            {"id": number, "notify_type": type_, "date": START.isoformat(), "text": "x", "notify_read": "N"}
            for number, type_ in page
        ]
        total = {} if "LAST_ID" in params else {"total_count": len(self.rows), "total_results": len(self.rows)}
        return {"notifications": made, "users": [], **total}

    def walk(self, kind, size):
        return Pager(self.caller, kind({}, page_size=size))


def collected(pager):
    came = []

    async def main():
        came.extend([item.id for item in await pager.collect()])

    virtual_time.run(main)
    return came


@given(count=st.integers(0, 90), size=st.integers(1, 30))
def test_found_messages_come_once_in_order(count, size):
    messages = Messages({number: number for number in range(1, count + 1)})
    assert collected(messages.walk(size)) == list(range(count, 0, -1))


@given(count=st.integers(0, 90), size=st.integers(6, 30), swapped=st.sets(st.integers(1, 88)))
def test_two_messages_written_at_once_are_not_skipped_at_a_seam(count, size, swapped):
    dates = {number: number for number in range(1, count + 1)}
    for number in swapped:
        if number + 1 in dates:
            dates[number], dates[number + 1] = dates[number + 1], dates[number]
    messages = Messages(dates)
    assert sorted(collected(messages.walk(size))) == sorted(dates)


def test_found_messages_that_fill_no_page_are_one_request():
    messages = Messages({number: number for number in range(1, 20)})
    collected(messages.walk(50))
    assert len(messages.caller.sent) == 1


@given(
    confirmations=st.sets(st.integers(1, 99), max_size=20),
    others=st.sets(st.integers(1, 99), max_size=40),
    size=st.integers(1, 50),
)
def test_notifications_come_once_confirmations_first(confirmations, others, size):
    others -= confirmations
    portal = Notifications(confirmations, others)
    came = collected(portal.walk(NotificationList, size))
    assert came == [*sorted(confirmations, reverse=True), *sorted(others, reverse=True)]


def test_the_id_and_the_type_of_the_last_notification_go_together():
    portal = Notifications({90, 91}, {1, 2, 3})
    collected(portal.walk(NotificationList, 2))
    told = [(params.get("LAST_ID"), params.get("LAST_TYPE")) for params in portal.caller.sent]
    assert told[:3] == [(None, None), (90, 1), (2, 3)]


def test_a_short_page_is_no_end_where_more_was_promised():
    portal = Notifications(set(), set(range(1, 31)), short=7)
    assert collected(portal.walk(NotificationList, 50)) == list(range(30, 0, -1))
    assert collected(portal.walk(NotificationSearch, 50)) == list(range(30, 0, -1))


async def test_a_walk_of_notifications_resumes_behind_a_cut_page(anyio_backend):
    portal = Notifications({50}, set(range(1, 31)))
    async for page in portal.walk(NotificationList, 50).limit(5).pages():
        cursor, first = page.cursor, [item.id for item in page.items]
    rest = [item.id for item in await portal.walk(NotificationList, 50).resume(cursor).collect()]
    assert first + rest == [50, *range(30, 0, -1)]


async def test_a_search_for_messages_resumes_behind_a_page(anyio_backend):
    messages = Messages({number: number for number in range(1, 61)})
    async for page in messages.walk(20).pages():
        cursor, first = page.cursor, [item.id for item in page.items]
        break
    rest = [item.id for item in await messages.walk(20).resume(cursor).collect()]
    assert first + rest == list(range(60, 0, -1))
