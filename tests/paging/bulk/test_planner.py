"""Who is asked next, and what the answers mean: tables over the planner and the ways down, without a portal."""

import attrs
import pytest

from bitrix_im.errors import AccessError, AuthError, MethodNotFound, ServerError, TransportError
from bitrix_im.paging.bulk import Planner, Strides
from bitrix_im.paging.bulk.descent import Descent
from bitrix_im.paging.bulk.habits import Habits
from bitrix_im.paging.bulk.proof import Proof
from bitrix_im.paging.history.links import Links
from bitrix_im.rest.call import Ref, Reply

DATE = "2026-03-04T09:43:26+03:00"
SEARCH, GET, COUNT = "im.dialog.messages.search", "im.dialog.messages.get", "im.dialog.get"


def page(*ids, **more):
    messages = [{"id": number, "chat_id": 7, "author_id": 1, "date": DATE, "text": str(number)} for number in ids]
    return Reply({"chat_id": 7, "messages": messages, "users": [], "files": [], **more})


def failed(kind, method=GET):
    return kind("CODE", "", 0, method)


def planner(*dialogs, habits=None):
    known = Habits(short_is_end=True, searches=False) if habits is None else habits
    made = Planner(lambda name: Descent(name, Links(), known), lambda calls, outcome: None)
    for name in dialogs:
        made.add(name)
    return made


def names(made):
    return [[call.params["DIALOG_ID"] for call in unit] for unit in made.units]


def test_fifty_dialogs_share_a_request_and_the_rest_comes_next():
    bulk = planner(*(f"chat{number}" for number in range(1, 71)))
    first, second = bulk.next(), bulk.next()
    assert [len(unit) for unit in first.units] == [50]
    assert [len(unit) for unit in second.units] == [20]
    assert bulk.asked == 70
    assert not bulk


def test_room_that_no_other_dialog_needs_goes_to_the_long_ones_in_turn():
    bulk = planner("chat1", "chat2")
    made = bulk.next()
    pages, failure = bulk.read(made, [[page(*range(200, 150, -1)), page(*range(400, 350, -1))]])
    assert [(one.dialog_id, len(one.messages), one.done, one.before) for one in pages] == [
        ("chat1", 50, False, 151),
        ("chat2", 50, False, 351),
    ]
    assert failure is None
    (asked,) = bulk.next().units
    assert [call.params["LAST_ID"] for call in asked] == [
        151, *(Ref(place, "[messages][49][id]", safe=True) for place in (0, 1, 2)),
        351, *(Ref(place, "[messages][49][id]", safe=True) for place in (4, 5, 6)),
    ]  # fmt: skip


def test_what_the_limits_left_out_is_asked_first_next_time():
    bulk = planner("chat1", "chat2", "chat3")
    made = bulk.next()
    pages, _ = bulk.read(made, [[page(5)]])
    assert [(one.dialog_id, one.done) for one in pages] == [("chat1", True)]
    assert names(bulk.next()) == [["chat2", "chat3"]]


@pytest.mark.parametrize(
    ("outcomes", "errors", "then", "fatal"),
    [
        ([[failed(AccessError), page(5)]], [AccessError], [], None),
        ([[failed(ServerError), page(5)]], [], [["chat1"]], None),
        ([failed(ServerError)], [], [["chat1"], ["chat2"]], None),
        ([TransportError("cut", sent=True)], [], [["chat1"], ["chat2"]], None),
        ([failed(AuthError)], [], [["chat1", "chat2"]], AuthError),
        ([failed(AccessError)], [], [["chat1", "chat2"]], AccessError),
        ([TransportError("no way", sent=False)], [], [["chat1", "chat2"]], TransportError),
    ],
)
def test_what_a_failure_means_for_a_dialog_and_for_all(outcomes, errors, then, fatal):
    bulk = planner("chat1", "chat2")
    pages, failure = bulk.read(bulk.next(), outcomes)
    assert [type(one.error) for one in pages if one.error] == errors
    assert (names(bulk.next()) if bulk else []) == then
    assert (None if failure is None else type(failure)) == fatal


@pytest.mark.parametrize(
    ("outcomes", "ended", "fatal"),
    [
        ([[page(5)], failed(ServerError)], {"chat1": None, "chat2": ServerError}, None),
        ([[page(5)], TransportError("cut", sent=True)], {"chat1": None, "chat2": TransportError}, None),
        ([TransportError("cut", sent=True)] * 2, {}, TransportError),
        ([[page(5)], failed(AuthError)], {"chat1": None}, AuthError),
    ],
)
def test_what_fails_alone_is_the_dialogs_failure_unless_it_is_everybodys(outcomes, ended, fatal):
    bulk = planner("chat1", "chat2")
    bulk.read(bulk.next(), [failed(ServerError)])
    pages, failure = bulk.read(bulk.next(), outcomes)
    assert {one.dialog_id: one.error and type(one.error) for one in pages} == ended
    assert (None if failure is None else type(failure)) == fatal


def test_one_dialog_finds_out_for_all_whether_a_short_page_is_the_end():
    bulk = planner("chat1", "chat2", "chat3", habits=Habits())
    pages, _ = bulk.read(bulk.next(), [[page(9), page(8), page(7)]])
    assert [one.done for one in pages] == [False, False, False]
    made = bulk.next()
    assert [(call.params["DIALOG_ID"], call.params["LAST_ID"]) for call in made.units[0]] == [("chat1", 9)]
    pages, _ = bulk.read(made, [[page()]])
    assert sorted(one.dialog_id for one in pages if one.done) == ["chat1", "chat2", "chat3"]


def test_a_dialog_that_finds_out_goes_on_until_it_knows():
    known = Habits()
    bulk = Planner(lambda name: Strides(name, Links(), known), lambda calls, outcome: None)
    for number in range(1, 51):
        bulk.add(f"chat{number}")
    bulk.read(bulk.next(), [[page(5)] * 50])
    first = bulk.next()
    bulk.add("chat60")
    assert [call.params["DIALOG_ID"] for call in first.units[0]] == ["chat1", "chat1"]
    bulk.read(first, [[page(5)]])
    second = bulk.next()
    assert second.units[0][0].params == {"DIALOG_ID": "chat1", "LAST_ID": 5, "LIMIT": 50}
    pages, _ = bulk.read(second, [[page(), page(9)]])
    assert len([one for one in pages if one.done]) == 50
    assert known.searches is True


def test_a_dialog_that_is_skipped_while_it_finds_out_leaves_that_to_another():
    bulk = planner("chat1", "chat2", habits=Habits())
    bulk.read(bulk.next(), [[page(9), page(8)]])
    bulk.skip("chat1")
    assert names(bulk.next()) == [["chat2"]]


# ---- the search


def strides(**known):
    return Strides("chat7", Links(), Habits(**known))


def methods(calls):
    return [call.method for call in calls]


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (page(5, 4), None),
        (page(), GET),
        (page(5, 4, tariffRestrictions={"isHistoryLimitExceeded": True}), GET),
        (page(*range(500, 300, -1)), COUNT),
        (page(*range(300, 500)), GET),
    ],
    ids=["short", "empty", "the plan hides the rest", "full", "full, in an order without a seam"],
)
def test_what_a_first_page_of_the_search_leads_to(answer, then):
    road = strides(searches=True)
    steps = road.read(road.ask(50), [answer])
    assert bool(road.is_over) is (then is None)
    assert not steps.done
    if then is not None:
        assert road.ask(50)[0].method == then


def test_a_search_that_is_not_there_is_not_asked_for_again():
    habits = Habits()
    road = Strides("chat7", Links(), habits)
    assert methods(road.ask(50)) == [SEARCH]
    steps = road.read([], [])
    assert steps.failure is None
    assert road.turn(failed(MethodNotFound, SEARCH))
    assert methods(road.ask(50)) == [GET]
    assert habits.searches is False
    assert methods(Strides("chat8", Links(), habits).ask(50)) == [GET]
    assert not road.turn(failed(AccessError))


def test_pages_are_asked_for_as_far_as_the_count_says():
    road = strides(searches=True)
    road.read(road.ask(50), [page(*range(2_000, 1_800, -1))])
    calls = road.ask(4)
    assert methods(calls) == [COUNT, SEARCH, SEARCH, SEARCH]
    assert calls[1].params["ORDER"] == {"ID": "ASC"}
    assert [call.params["LAST_ID"] for call in calls[2:]] == [1806, Ref(2, "[messages][194][id]", safe=True)]
    road.read(
        calls[:3],
        [
            Reply({"message_count": 600, "last_message_id": 2_000}),
            page(*range(1_401, 1_601)),
            page(*range(1_805, 1_605, -1)),
        ],
    )
    assert len(road.ask(50)) == 2, "205 messages are left, of which a page brings 195"


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, True),
        ({"count": 5}, False),
        ({"count": 3}, False),
        ({"oldest": [1, 2, 4]}, False),
        ({"count": None}, None),
        ({"oldest": None}, None),
        ({"counted_up_to": 9}, None),
        ({"counted_up_to": 9, "tries": 2}, False),
        ({"counted_up_to": 9, "newest": 9, "newer": 1, "count": 5}, True),
    ],
    ids=str,
)
def test_when_a_long_dialog_is_believed(change, verdict):
    proof = Proof()
    proof.take([4, 3, 2])
    proof.take([1])
    proof = attrs.evolve(proof, **{"oldest": [1, 2, 3], "count": 4, "counted_up_to": 4, **change})
    assert proof.verdict() is verdict
