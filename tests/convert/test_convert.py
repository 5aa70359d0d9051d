import json
import linecache
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from bitrix_im import models
from bitrix_im.convert import Shape, camel_case, joined, make_converter, structure, wired
from bitrix_im.convert.field import plan_of
from bitrix_im.convert.values import Wrong
from bitrix_im.errors import UnexpectedResponse
from bitrix_im.models import (
    EMPTY,
    Avatar,
    BotInfo,
    Chat,
    EntityLink,
    File,
    FoundMessages,
    ImageSize,
    Message,
    MessageParams,
    MessagesPage,
    Model,
    Notification,
    OpenLine,
    Phones,
    PublicLink,
    ReadStatus,
    RecentFile,
    RecentItem,
    RecentList,
    RecentMessage,
    Restrictions,
    User,
)
from bitrix_im.models.message import MessagesReadOver

PAYLOADS = Path(__file__).parent.parent / "payloads"
DATE = "2026-03-04T09:43:26+03:00"
MOMENT = datetime(2026, 3, 4, 6, 43, 26, tzinfo=UTC)
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


def example(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text())["result"]


# a full object of each kind, so that one field can be changed in it; {} tries the same in an otherwise empty one
FULL: dict[type, dict[str, Any]] = {
    RecentItem: example("im.recent.list")["items"][1],
    RecentMessage: example("im.recent.list")["items"][1]["message"],
    User: example("im.user.get"),
    Chat: example("im.dialog.get"),
    Message: example("im.dialog.messages.get")["messages"][0],
    Notification: example("im.notify.get")["notifications"][0],
    File: example("im.dialog.messages.get")["files"][0],
    MessagesPage: example("im.dialog.messages.get"),
    RecentList: example("im.recent.list"),
}
LEAST: dict[type, dict[str, Any]] = {
    RecentItem: {"id": "chat1"},
    User: {"id": 1},
    Chat: {"id": 1},
    Message: {"id": 1, "date": DATE},
    Notification: {"id": 1, "date": DATE},
    File: {"id": 1},
    MessagesPage: {"chat_id": 1, "messages": []},
    RecentList: {"items": [], "hasMore": False},
}


@pytest.fixture(params=["in a full object", "in a sparse object"])
def around(request):
    """The other fields of an object: decoding has a faster way for full ones."""
    return FULL if "full" in request.param else LEAST


HABITS = [
    # dates that are not there
    (User, "idle", False, None),
    (User, "idle", None, None),
    (User, "idle", "", None),
    (User, "absent", [], None),
    (User, "mobile_last_date", DATE, MOMENT),
    (File, "date", {}, None),
    (RecentItem, "date_last_activity", False, None),
    (Message, "date", None, NO_DATE),
    (Message, "date", False, NO_DATE),
    (Message, "disappearing_date", None, None),
    (Message, "disappearing_date", DATE, MOMENT),
    # objects that are not there
    (User, "phones", False, None),
    (User, "phones", [], None),
    (User, "phones", {"work_phone": "1", "personal_phone": None}, Phones(work_phone="1")),
    (User, "bot_data", None, None),
    (User, "bot_data", {"code": "marta"}, {"code": "marta"}),
    (File, "image", False, None),
    (File, "image", [], None),
    (File, "image", {"width": "72", "height": 61.0}, ImageSize(width=72, height=61)),
    (Chat, "public", "", None),
    (Chat, "public", {"code": "x", "link": "https://a/x"}, PublicLink(code="x", link="https://a/x")),
    (Chat, "restrictions", [], None),
    (Chat, "last_message_views", None, None),
    (RecentItem, "lines", [], None),
    (
        RecentItem,
        "lines",
        {"id": "3", "status": 40, "date_create": DATE},
        OpenLine(id=3, status=40, date_create=MOMENT),
    ),
    (RecentItem, "avatar", [], Avatar()),
    (RecentItem, "avatar", False, Avatar()),
    (RecentItem, "title", [], ""),
    (RecentItem, "title", False, ""),
    (RecentItem, "message", [], RecentMessage()),
    (RecentItem, "message", None, RecentMessage()),
    (RecentItem, "options", [], EMPTY),
    (RecentItem, "options", {"default_user_record": True}, {"default_user_record": True}),
    (Message, "params", [], MessageParams()),
    (Message, "params", None, MessageParams()),
    (Message, "params", {"NOTIFY": "N"}, MessageParams(notify="N")),
    # nobody
    (RecentItem, "user", {"id": 0}, None),
    (RecentItem, "user", {"id": "0"}, None),
    (RecentItem, "user", [], None),
    (RecentItem, "user", None, None),
    (RecentItem, "user", False, None),
    (RecentItem, "user", {"id": 7}, User(id=7)),
    (RecentItem, "chat", [], None),
    (RecentItem, "chat", None, None),
    # lists
    (Chat, "mute_list", [], frozenset()),
    (Chat, "mute_list", {"503": True, "5": False}, frozenset({503})),
    (Chat, "mute_list", [503, "547"], frozenset({503, 547})),
    (Chat, "manager_list", ["503", None, 547], (503, 547)),
    (Chat, "manager_list", {}, ()),
    (Chat, "manager_list", {"0": 503, "2": 547}, (503, 547)),
    (Chat, "readed_list", [{"user_id": "5", "date": False}], (ReadStatus(user_id=5),)),
    (User, "departments", False, ()),
    (User, "departments", {"3": "667"}, (667,)),
    (MessagesPage, "users", {"5": {"id": 5}, "7": None}, (User(id=5),)),
    (MessagesPage, "users", [None, {"id": 0}, [], {"id": 5}], (User(id=5),)),
    (MessagesPage, "files", None, ()),
    (RecentList, "items", [None, {"id": 5}, [], False], (RecentItem(dialog_id="5"),)),
    (RecentList, "birthday_list", [{"id": 5}], (User(id=5),)),
    (RecentList, "messages_auto_delete_configs", [], ()),
    (RecentList, "copilot", [], None),
    # numbers, texts and flags
    (User, "active", "N", False),
    (User, "active", 0, False),
    (User, "bot", "1", True),
    (User, "extranet", "Y", True),
    (User, "extranet", "", False),
    (RecentItem, "pinned", "Y", True),
    (RecentItem, "pinned", [], False),
    (Message, "author_id", False, 0),
    (Message, "text", False, ""),
    (Chat, "owner", "503", 503),
    (Chat, "owner", 503.0, 503),
    (Chat, "counter", None, 0),
    (File, "size", "2144", 2144),
    (File, "progress", -1, -1),
    (File, "progress", "-1", -1),
    (RecentItem, "dialog_id", 547, "547"),
    (RecentItem, "dialog_id", "sg12", "sg12"),
    (Chat, "dialog_id", 547, "547"),
    (Chat, "background_id", 3, 3),
    (Chat, "background_id", "sky", "sky"),
    (Chat, "background_id", None, None),
    (Chat, "description", None, None),
    (Chat, "avatar", None, ""),
    (Chat, "entity_link", {"type": "TASKS", "id": 8293}, EntityLink(type="TASKS", id="8293")),
    (User, "last_name", None, ""),
    (User, "birthday", False, ""),
    (User, "birthday", "08-03", "08-03"),
    (Message, "uuid", None, None),
    (RecentMessage, "attach", True, True),
    (RecentMessage, "attach", "a table", "a table"),
    (RecentMessage, "file", True, True),
    (RecentMessage, "file", {"type": "image", "name": "a.png"}, RecentFile(type="image", name="a.png")),
    (RecentMessage, "sticker", None, None),
    (RecentMessage, "sticker", False, None),
    (RecentMessage, "sticker", "12", 12),
    (RecentMessage, "sticker", {"id": 1}, {"id": 1}),
]
KEYS = {
    (RecentItem, "dialog_id"): "id",
    (RecentList, "has_more"): "hasMore",
    (MessageParams, "likes"): "LIKE",
    (MessageParams, "notify"): "NOTIFY",
    (MessageParams, "reply_id"): "REPLY_ID",
    (RecentList, "birthday_list"): "birthdayList",
    (RecentList, "messages_auto_delete_configs"): "messagesAutoDeleteConfigs",
}


@pytest.mark.parametrize(("kind", "field", "sent", "read"), HABITS)
def test_php_habits_are_understood(around, kind, field, sent, read):
    key = KEYS.get((kind, field), field)
    decoded = structure({**around.get(kind, {}), key: sent}, kind)
    assert getattr(decoded, field) == read
    assert type(getattr(decoded, field)) is type(read) or isinstance(read, dict)
    assert decoded.extra == {}


# what something depends on: ids, dates that order, texts
WRONG = [
    (User, "id", True, "a whole number"),
    (User, "id", "12a", "a whole number"),
    (User, "id", "", "a whole number"),
    (User, "id", 1.5, "a whole number"),
    (User, "id", "１２", "a whole number"),
    (User, "id", "1_000", "a whole number"),
    (User, "id", " 1", "a whole number"),
    (User, "id", None, "User.id"),
    (Chat, "dialog_id", ["chat1"], "a string"),
    (Message, "author_id", "Anna", "a whole number"),
    (Message, "text", 5, "a string"),
    (Message, "text", ["Hello"], "a string"),
    (Message, "date", "yesterday", "a date"),
    (Message, "date", "0000-13-45", "a date"),
    (Message, "date", True, "a date"),
    (Notification, "date", "yesterday", "a date"),
    (Message, "date", "2026-03-04T09:43:26", "a date with its offset"),
    (Message, "date", 1772608704, "a date"),
    (RecentMessage, "id", "five", "a whole number"),
    (RecentMessage, "text", 5, "a string"),
    (RecentItem, "dialog_id", None, "RecentItem.dialog_id"),
    (RecentItem, "dialog_id", True, "a string"),
    (RecentItem, "message", "Hello", "an object (RecentMessage)"),
    (RecentItem, "pinned", "at the top", "true or false"),
    (RecentItem, "date_last_activity", "0000-00-00", "a date"),
    (RecentItem, "date_last_activity", 5, "a date"),
    (MessagesPage, "messages", None, "MessagesPage.messages"),
    (MessagesPage, "messages", {"next": 5}, "a list"),
    (RecentList, "items", "none", "a list"),
    (RecentList, "has_more", "perhaps", "true or false"),
]


@pytest.mark.parametrize(("kind", "field", "sent", "expected"), WRONG)
def test_a_wrong_value_that_something_depends_on_is_refused_by_its_place(around, kind, field, sent, expected):
    key = KEYS.get((kind, field), field)
    with pytest.raises(UnexpectedResponse) as caught:
        structure({**around.get(kind, {}), key: sent}, kind)
    assert caught.value.path == f"$.{key}"
    assert str(caught.value).startswith(f"expected {expected}, got ")
    assert str(caught.value).endswith(f" at $.{key}")


# what nothing depends on: the default, or what could be read
ODD = [
    (User, "name", False, ""),
    (User, "name", [], ""),
    (User, "name", 5, ""),
    (User, "email", {}, ""),
    (User, "active", "perhaps", True),
    (User, "idle", "0000-00-00 00:00:00", None),
    (User, "last_activity_date", "2026-03-04T09:43:26", None),
    (User, "phones", True, None),
    (User, "phones", "+49", None),
    (User, "departments", "667", ()),
    (User, "departments", {"main": 667}, ()),
    (User, "departments", [1, "Sales", "3"], (1, 3)),
    (User, "bot_data", [1], None),
    (Chat, "owner", "１２", 0),
    (Chat, "owner", False, 0),
    (Chat, "name", False, ""),
    (Chat, "description", False, None),
    (Chat, "public", "https://a/x", None),
    (Chat, "mute_list", True, frozenset()),
    (Chat, "background_id", True, None),
    (Chat, "readed_list", [{"user_id": 5}, {"user_id": None}], (ReadStatus(user_id=5),)),
    (Message, "date", "0000-00-00 00:00:00", NO_DATE),
    (Message, "date", "0000-00-00", NO_DATE),
    (Message, "date", "-0001-11-30T00:00:00+02:00", NO_DATE),
    (Message, "date", 0, NO_DATE),
    (Message, "date", "", NO_DATE),
    (Notification, "date", "0000-00-00 00:00:00", NO_DATE),
    (Message, "uuid", 5, None),
    (Message, "disappearing_date", "soon", None),
    (Message, "disappearing_date", True, None),
    (Message, "params", "LIKE", MessageParams()),
    (MessageParams, "notify", [503, 547], ""),
    (MessageParams, "reply_id", "", None),
    (MessageParams, "likes", [1, "x", "2"], (1, 2)),
    (MessageParams, "likes", "x", ()),
    (RecentMessage, "attach", 1, False),
    (RecentMessage, "file", "a.png", False),
    (RecentMessage, "sticker", "smile", None),
    (RecentItem, "title", True, ""),
    (RecentItem, "user", True, None),
    (RecentItem, "user", {"id": None, "name": "gone"}, None),
    (RecentItem, "chat", "chat5", None),
    (RecentItem, "options", "Y", EMPTY),
    (MessagesPage, "chat_id", False, 0),
    (MessagesPage, "users", [{"id": 5}, {"name": "gone"}], (User(id=5),)),
    (MessagesPage, "files", {"3": {"id": []}, "4": {"id": 4}}, (File(id=4),)),
    (RecentList, "copilot", 5, None),
    (RecentList, "birthday_list", "today", ()),
]


@pytest.mark.parametrize(("kind", "field", "sent", "read"), ODD)
def test_a_wrong_value_that_nothing_depends_on_becomes_the_default_and_stays_in_extra(around, kind, field, sent, read):
    key = KEYS.get((kind, field), field)
    decoded = structure({**around.get(kind, {}), key: sent}, kind)
    assert getattr(decoded, field) == read
    assert decoded.extra == {key: sent}


def test_a_wrong_value_inside_a_part_stays_with_the_part(around):
    decoded = structure({**around[RecentItem], "chat": {"id": 1, "restrictions": {"send": "never"}}}, RecentItem)
    assert decoded.extra == {}
    assert decoded.chat.restrictions == Restrictions(extra={"send": "never"})


@pytest.mark.parametrize(
    ("kind", "data", "path"),
    [
        (
            MessagesPage,
            {"chat_id": 1, "messages": [{"id": 1, "date": DATE}, {"id": 2, "date": "x"}]},
            "$.messages[1].date",
        ),
        (RecentList, {"items": [], "hasMore": None}, "$.hasMore"),
        (RecentList, {"items": []}, "$.hasMore"),
        (RecentList, {"hasMore": True}, "$.items"),
        (RecentList, {"items": [{"id": 5, "message": {"id": "x"}}], "hasMore": True}, "$.items[0].message.id"),
        (tuple[Chat, ...], [{"id": 1}, {"name": "x"}], "$[1].id"),
        (tuple[Chat, ...], [{"id": 1}, 7], "$[1]"),
        (list[User], {"5": {"id": 5}, "7": {"id": True}}, "$[7].id"),
        (Chat, [1], "$"),
        (Chat, "chat1", "$"),
        (MessagesPage, True, "$"),
        (RecentList, False, "$.items"),
        (tuple[RecentItem, ...], {"items": []}, "$"),
    ],
)
def test_a_wrong_shape_is_told_by_its_place(kind, data, path):
    with pytest.raises(UnexpectedResponse) as caught:
        structure(data, kind)
    assert caught.value.path == path


def test_an_error_can_start_below_the_whole_answer():
    with pytest.raises(UnexpectedResponse, match=r"expected a whole number, got bool True at \$\.result\.id"):
        structure({"id": True}, User, at="$.result")


def test_an_error_does_not_carry_the_data_along():
    with pytest.raises(UnexpectedResponse) as caught:
        structure({"id": ["secret"] * 50}, User)
    assert str(caught.value) == "expected a whole number, got list of 50 at $.id"
    with pytest.raises(UnexpectedResponse) as caught:
        structure({"id": "x" * 5000}, User)
    assert len(str(caught.value)) < 100
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("nothing", [False, [], None])
def test_a_result_that_is_false_is_an_empty_page_of_messages(nothing):
    assert structure(nothing, MessagesPage) == MessagesPage(chat_id=0, messages=())


@pytest.mark.parametrize("nothing", [False, [], None])
def test_a_result_that_is_false_is_an_empty_list(nothing):
    assert structure(nothing, tuple[RecentItem, ...]) == ()
    assert structure(nothing, list[Chat]) == []


def test_an_object_keyed_by_id_is_a_list():
    assert structure({"5": {"id": 5}, "9": None, "7": {"id": "7"}}, list[User]) == [User(id=5), User(id=7)]


def test_the_old_alias_of_has_more_counts_where_the_new_name_is_missing():
    assert structure({"items": [], "hasMorePages": True}, RecentList).has_more is True
    assert structure({"items": [], "hasMorePages": True, "hasMore": False}, RecentList).has_more is False


def test_a_queue_line_comes_without_some_fields():
    dialog = {**FULL[RecentItem]}
    for key in ("last_id", "date_last_activity", "options"):
        del dialog[key]
    dialog["lines"] = {"id": 3, "status": 0, "date_create": DATE}
    decoded = structure(dialog, RecentItem)
    assert (decoded.last_id, decoded.date_last_activity, decoded.options) == (0, None, {})
    assert decoded.lines == OpenLine(id=3, date_create=MOMENT)
    assert decoded.chat.id == 1317


def test_a_dates_offset_is_kept():
    date = structure(FULL[Message], Message).date
    assert date.utcoffset() == timedelta(hours=3)
    assert date == datetime(2026, 3, 4, 9, 43, 26, tzinfo=timezone(timedelta(hours=3)))


def test_unknown_fields_of_parts_are_kept_with_the_parts(around):
    item = {**around[RecentItem], "chat": {**around[Chat], "restrictions": {"new": 1}, "novel": [2]}, "fresh": None}
    decoded = structure(item, RecentItem)
    assert decoded.extra == {"fresh": None}
    assert decoded.chat.extra == {"novel": [2]}
    assert decoded.chat.restrictions == Restrictions(extra={"new": 1})


def test_models_without_unknown_fields_share_one_empty_mapping(around):
    assert structure(around[User], User).extra is EMPTY


@pytest.mark.parametrize(
    ("data", "kind", "read"),
    [
        ("5", int, 5),
        ("5", int | str | None, "5"),
        ("five", str, "five"),
        (True, bool, True),
        (DATE, datetime, MOMENT),
        (False, datetime | None, None),
        ([DATE, None], tuple[datetime, ...], (MOMENT,)),
        ({"a": 1}, Mapping[str, Any], {"a": 1}),
        ([], Mapping[str, Any], {}),
        ({"a": "b", "c": None}, Mapping[str, str], {"a": "b"}),
        ({"a": [1]}, Any, {"a": [1]}),
    ],
)
def test_plain_values_can_be_asked_for_too(data, kind, read):
    assert structure(data, kind) == read


def test_flags_of_params_may_be_real_flags():
    assert structure({"IS_DELETED": True, "IS_EDITED": False}, MessageParams) == MessageParams(is_deleted=True)


def test_every_converter_is_one_of_its_own():
    converter = make_converter()
    converter.register_structure_hook(User, lambda _value, _: "somebody")
    assert converter.structure({"id": 1}, User) == "somebody"
    assert structure({"id": 1}, User) == User(id=1)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KINDS = st.sampled_from(sorted(LEAST, key=lambda kind: kind.__name__))


@given(
    kind=KINDS, full=st.booleans(), unknown=st.dictionaries(st.text(min_size=1).map(lambda key: f"x_{key}"), anything)
)
def test_unknown_fields_survive_and_change_nothing_else(kind, full, unknown):
    known = (FULL if full else LEAST)[kind]
    decoded = structure({**unknown, **known}, kind)
    assert decoded.extra == unknown
    assert attrs.evolve(decoded, extra=EMPTY) == structure(known, kind)


@given(kind=KINDS, data=st.data())
def test_fields_may_come_in_any_order(kind, data):
    shuffled = dict(data.draw(st.permutations(list(FULL[kind].items()))))
    assert structure(shuffled, kind) == structure(FULL[kind], kind)


@given(kind=KINDS, data=st.data())
def test_any_optional_field_may_be_missing_or_null(kind, data):
    optional = sorted(FULL[kind].keys() - LEAST[kind].keys())
    gone = data.draw(st.sets(st.sampled_from(optional)))
    some = {key: value for key, value in FULL[kind].items() if key not in gone}
    assert structure({**some, **dict.fromkeys(gone)}, kind) == structure(some, kind)


def decorative_fields():
    for name in models.__all__:
        kind = getattr(models, name)
        if isinstance(kind, type) and issubclass(kind, Model):
            for plan in plan_of(kind):
                if plan.key is not None and not plan.strict:
                    yield kind, plan


@pytest.mark.slow
@settings(max_examples=12)  # of every field of every model each
@given(value=anything)
def test_no_json_in_a_decorative_field_fails_its_model(value):
    for kind, plan in DECORATIVE:
        for known in (least(kind) | FULL.get(kind, {}), least(kind)):
            decoded = structure({**known, plan.key: value}, kind)
            assert_typed(decoded)
            read = structure(known, kind)
            others = attrs.evolve(decoded, **{plan.name: getattr(read, plan.name)}, extra=EMPTY)
            if plan.name not in JOINING:
                assert others == read


def least(kind):
    """The least object of a kind: its strict fields."""
    if kind in LEAST:
        return LEAST[kind]
    values = {int: 1, str: "x", datetime: DATE, File: {"id": 1}, BotInfo: {"id": 1}}
    return {plan.key: values.get(plan.kind, []) for plan in plan_of(kind) if plan.default is attrs.NOTHING}


DECORATIVE = list(decorative_fields())
JOINING = {"users", "files", "params", "chat_id", "chat"}  # other fields follow from them


@given(kind=KINDS, full=st.booleans(), data=st.data(), value=anything)
def test_whatever_comes_is_a_model_or_an_error_that_names_the_field(kind, full, data, value):
    known = (FULL if full else LEAST)[kind]
    key = data.draw(st.sampled_from(sorted(FULL[kind])))
    outcome = decoded_or_refused({**known, key: value}, kind)
    if isinstance(outcome, UnexpectedResponse):
        assert outcome.path.startswith(f"$.{key}")
    else:
        assert type(outcome) is kind
        assert_typed(outcome)


def decoded_or_refused(data, kind):
    try:
        return structure(data, kind)
    except UnexpectedResponse as error:
        return error


def assert_typed(model):
    """What the annotations promise holds: no text that is False, no number that is a flag."""
    for field in attrs.fields(type(model)):
        value = getattr(model, field.name)
        if field.type in (int, str, bool):
            assert type(value) is field.type
        elif isinstance(value, datetime):
            assert value.tzinfo is not None
        elif isinstance(value, tuple):
            for entry in value:
                if isinstance(entry, Model):
                    assert_typed(entry)
        elif isinstance(value, Model):
            assert_typed(value)


@given(
    data=anything,
    kind=st.sampled_from(
        [RecentList, MessagesPage, MessagesReadOver, FoundMessages, Chat, tuple[RecentItem, ...], list[User]]
    ),
)
def test_any_json_is_decoded_or_refused(data, kind):
    outcome = decoded_or_refused(data, kind)
    assert not isinstance(outcome, UnexpectedResponse) or outcome.path.startswith("$")


def test_a_debugger_can_show_the_function_that_reads_a_model():
    structure({"id": 1}, User)
    source = "".join(linecache.getlines("<read User>"))
    assert source.startswith("def read(data")
    linecache.checkcache()
    with pytest.raises(Wrong) as caught:
        make_converter().structure({"id": "x"}, User)
    shown = "".join(traceback.format_exception(caught.value))
    assert 'File "<read User>"' in shown
    assert "raise put_down(error, data, at)" in shown


@attrs.frozen(kw_only=True)
class Sample(Model):
    _spelled = str.upper
    _also_spelled = camel_case

    first_id: int
    second: Annotated[str, wired("Other", old=["before"])] = ""
    third_id: Annotated[int, wired(run="rarely")] = 0
    fourth: Annotated[str, joined] = "from the others"


@pytest.mark.parametrize(
    "data",
    [
        {"FIRST_ID": 1, "Other": "a", "THIRD_ID": 3},
        {"firstId": 1, "second": "a", "thirdId": 3},
        {"FIRST_ID": "1", "before": "a", "thirdId": "3"},
        {"FIRST_ID": 1, "Other": "a", "thirdId": 3},
        {"FIRST_ID": 1, "firstId": 7, "Other": "a", "before": "b", "THIRD_ID": 3, "thirdId": 5},
    ],
)
def test_a_field_is_found_under_each_of_its_names(data):
    assert structure(data, Sample) == Sample(first_id=1, second="a", third_id=3)


@attrs.frozen(kw_only=True)
class Listed(Model):
    samples: Annotated[
        tuple[Sample, ...], wired(shape=Shape({"first_id": "id", "second": "name"}, beside=("FIRST_ID", "age")))
    ]


@pytest.mark.parametrize(
    "data",
    [
        {"id": 1, "name": "a", "FIRST_ID": 1, "age": 3},
        {"id": 1, "name": "a"},
        {"name": "a", "FIRST_ID": 1},
        {"id": "1", "Other": "a", "age": None},
    ],
)
def test_a_model_has_another_shape_in_some_answers(data):
    assert structure({"samples": [data]}, Listed).samples == (Sample(first_id=1, second="a"),)
    new = structure({"samples": [{**data, "THIRD_ID": 5, "new": True}, None]}, Listed).samples
    assert new == (Sample(first_id=1, second="a", extra={"THIRD_ID": 5, "new": True}),)


def test_what_is_wrong_in_another_shape_is_named_by_its_place():
    with pytest.raises(UnexpectedResponse, match=r"at \$\.samples\[1\]\.id"):
        structure({"samples": [{"id": 1, "name": ""}, {"id": "x", "name": ""}]}, Listed)
