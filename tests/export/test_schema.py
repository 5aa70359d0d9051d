"""The tables of an export: their columns, what stands in them, and that they only ever gain some."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import attrs
import pytest

from bitrix_im import models
from bitrix_im.convert import FrozenDict, structure
from bitrix_im.export.columns import Kind, columns_of, values_of
from bitrix_im.export.schema import DIALOGS, FILES, MESSAGES, RUNS, TABLES, USERS, VERSION, missing
from bitrix_im.models import Chat, File, Message, MessageParams, MessagesPage, RecentItem, RecentList, User

SCHEMAS = Path(__file__).parent / "schemas"
PAYLOADS = Path(__file__).parents[1] / "payloads"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def told():
    return {
        name: {"key": list(table.key), "columns": {column.name: column.kind for column in table.columns}}
        for name, table in TABLES.items()
    }


def schema(version):
    return json.loads((SCHEMAS / f"{version}.json").read_text("utf-8"))


def row(table, item, **given):
    values = table.values([item], **given)
    return {column.name: value for column, (value,) in zip(table.columns, values, strict=True)}


def payload(name, kind):
    return structure(json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))["result"], kind)


def flat(data, prefix=""):
    """What `to_dict` tells, its parts spread out: written anew, to compare with."""
    for name, value in data.items():
        if isinstance(value, dict) and name not in {"extra", "options", "bot_data", "forward", "attach"}:
            yield from flat(value, f"{prefix}{name}_")
        else:
            yield prefix + name, value


def test_the_schema_is_that_of_its_version():
    assert told() == schema(VERSION), (
        f"the schema has changed: raise VERSION and write tests/export/schemas/{VERSION + 1}.json (see docs/schema.md)"
    )


def test_each_version_of_the_schema_only_adds_to_the_one_before():
    for version in range(2, VERSION + 1):
        before, after = schema(version - 1), schema(version)
        for name, table in before.items():
            assert after[name]["key"] == table["key"]
            assert after[name]["columns"].items() >= table["columns"].items(), f"{name} of version {version}"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_key_names_columns_of_the_table(table):
    assert set(table.key) <= {column.name for column in table.columns}


def test_what_an_older_target_lacks_is_told_in_order():
    there = [column.name for column in MESSAGES.columns if column.name not in {"viewed", "block"}]
    assert [column.name for column in missing(MESSAGES, there)] == ["viewed", "block"]
    assert missing(MESSAGES, [*there, "viewed", "block", "a_column_of_ones_own"]) == []


def test_no_model_has_two_columns_of_one_name():
    for name in set(models.__all__) - {"EMPTY", "FrozenDict"}:
        names = [column.name for column in columns_of(getattr(models, name))]
        assert len(names) == len(set(names)), name


@pytest.mark.parametrize(
    ("model", "inner", "part", "twice"),
    [
        (RecentItem, "chat", Chat, {"chat_id"}),  # the same number in both
        (RecentItem, "user", User, set()),
        (Message, "params", MessageParams, set()),
    ],
)
def test_a_part_is_spread_out_and_what_both_tell_stands_once(model, inner, part, twice):
    names = [column.name for column in columns_of(model)]
    spread = {f"{inner}_{column.name}" for column in columns_of(part)}
    assert spread <= set(names)
    assert spread & {field.name for field in attrs.fields(model)} == twice


@pytest.mark.parametrize(
    ("table", "items"),
    [
        (MESSAGES, lambda: payload("im.dialog.messages.get", MessagesPage).messages),
        (USERS, lambda: payload("im.dialog.messages.get", MessagesPage).users),
        (DIALOGS, lambda: payload("im.recent.list", RecentList).items),
    ],
    ids=["messages", "users", "dialogs"],
)
def test_a_row_holds_what_to_dict_tells(table, items):
    kinds = {column.name: column.kind for column in table.columns}
    seen = 0
    for item in items():
        made = row(table, item)
        for name, value in flat(item.to_dict()):
            if name not in kinds or name == "chat_id":
                continue  # of a part that is missing, or joined
            seen += 1
            if kinds[name] is Kind.JSON:
                assert (None if made[name] is None else json.loads(made[name])) == (
                    value or None if value != 0 else value
                )
            elif kinds[name] is Kind.TIMESTAMP:
                assert made[name] == (value and datetime.fromisoformat(value))
            else:
                assert made[name] == value
    assert seen > 20


def test_a_messages_row_begins_with_its_dialog_and_ends_with_when_it_was_exported():
    names = [column.name for column in MESSAGES.columns]
    assert (names[0], names[-1]) == ("dialog_id", "exported_at")
    made = row(MESSAGES, Message(id=7, text="Hi"), dialog_id="chat5", exported_at=NOW)
    assert (made["dialog_id"], made["id"], made["text"], made["exported_at"]) == ("chat5", 7, "Hi", NOW)


def test_what_is_given_as_a_list_has_one_value_a_row():
    values = MESSAGES.values([Message(id=1), Message(id=2)], dialog_id=["chat1", "chat2"], exported_at=NOW)
    by_name = dict(zip([column.name for column in MESSAGES.columns], values, strict=True))
    assert by_name["dialog_id"] == ["chat1", "chat2"]
    assert by_name["exported_at"] == [NOW, NOW]


def test_a_deleted_message_says_so_itself_or_is_said_to_be():
    deleted = Message(id=1, params=MessageParams(is_deleted=True))
    assert row(MESSAGES, deleted)["is_deleted"] is True
    assert row(MESSAGES, Message(id=1))["is_deleted"] is False
    gone = row(MESSAGES, Message(id=1), is_deleted=True)
    assert (gone["is_deleted"], gone["params_is_deleted"]) == (True, False)


def test_dates_are_in_utc():
    there = timezone(timedelta(hours=3))
    made = row(MESSAGES, Message(id=1, date=datetime(2026, 7, 1, 1, 30, tzinfo=there)))["date"]
    assert made.isoformat() == "2026-06-30T22:30:00+00:00"


def test_a_date_at_the_edge_of_the_calendar_stands_in_the_way_of_nothing():
    edge = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3)))
    dates = values_of(Message, [Message(id=1, date=edge), Message(id=2, date=NOW)])[3]
    assert [date.utcoffset() for date in dates] == [timedelta(0)] * 2
    assert dates[1] == NOW


def test_sets_are_sorted_and_lists_stay_lists():
    made = row(
        DIALOGS, RecentItem(dialog_id="chat5", chat=Chat(id=5, mute_list=frozenset({3, 1}), manager_list=(9, 8)))
    )
    assert (made["chat_mute_list"], made["chat_manager_list"]) == ([1, 3], [9, 8])


def test_a_part_that_is_missing_leaves_its_columns_empty():
    made = row(DIALOGS, RecentItem(dialog_id="12", chat_id=4))
    assert made["chat_id"] == 4
    assert {name: value for name, value in made.items() if name.startswith(("user_", "lines_", "chat_")) and value} == {
        "chat_id": 4
    }


def test_half_a_character_becomes_the_replacement_character():
    made = row(
        MESSAGES, Message(id=1, text="cut \ud83d", params=MessageParams(codes=("\udc00",), attach={"A": "\ud83d"}))
    )
    assert made["text"] == "cut \ufffd"
    assert made["params_codes"] == ["\ufffd"]
    assert json.loads(made["params_attach"]) == {"A": "\ud83d"}
    assert made["params_attach"].isascii()


def test_a_file_has_no_column_with_a_link():
    link = "https://acme.bitrix24.com/rest/download.json?token=SECRET"
    file = File(id=1, url_download=link, url_show=link, url_preview=link)
    file = attrs.evolve(
        file, extra=FrozenDict({"urlOther": link, "previews": [{"src": "/x?token=SECRET"}], "isNice": True})
    )
    made = row(FILES, file, sha256="ab", exported_at=NOW)
    assert "SECRET" not in repr(made)
    assert json.loads(made["extra"]) == {"isNice": True}
    assert not [column.name for column in FILES.columns if "url" in column.name or "viewer" in column.name]


def test_no_items_are_no_rows():
    assert all(values == [] for values in RUNS.values([]))


def test_the_page_of_the_tables_lists_each_column():
    page = (Path(__file__).parents[2] / "docs" / "schema.md").read_text("utf-8")
    sections = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", page, re.MULTILINE | re.DOTALL))
    assert {
        name: dict(re.findall(r"^\| `(\w+)` \| (.*?) \|$", text, re.MULTILINE)) for name, text in sections.items()
    } == {name: table["columns"] for name, table in told().items()}
