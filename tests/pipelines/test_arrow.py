"""Models as Arrow tables."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import polars
import pyarrow as pa
import pytest

from bitrix_im import BitrixIM, Message, RecentItem, User, models
from bitrix_im.models import MessageParams, Model
from bitrix_im.pipelines import arrow
from bitrix_im.testing import Portal


def test_a_message_has_a_column_a_field():
    schema = arrow.schema(Message)
    assert schema.field("id").type == pa.int64()
    assert schema.field("date").type == pa.timestamp("us", "UTC")
    assert schema.field("text").type == pa.string()
    assert schema.field("params_likes").type == pa.list_(pa.int64())
    assert schema.field("params_codes").type == pa.list_(pa.string())
    assert schema.field("params_is_edited").type == pa.bool_()
    assert schema.field("extra").type == pa.string()
    assert "author_name" not in schema.names


@pytest.mark.parametrize(
    "model",
    [kind for name in models.__all__ if isinstance(kind := getattr(models, name), type) and issubclass(kind, Model)],
)
def test_every_model_has_a_schema_and_an_empty_table(model):
    assert arrow.table([], model).schema == arrow.schema(model)


async def test_what_was_walked_becomes_a_table():
    portal = Portal().populate(dialogs=5, messages=30)
    async with portal.http() as http, BitrixIM(portal.webhook, http=http) as im:
        messages = await im.messages.history(portal.showcase).collect()
        dialogs = await im.recent.list().collect()
    table = arrow.table(messages)
    assert table.schema == arrow.schema(Message)
    assert table["id"].to_pylist() == [message.id for message in messages]
    assert table["text"].to_pylist() == [message.text for message in messages]
    assert table["date"].to_pylist() == [message.date for message in messages]
    assert polars.DataFrame(arrow.table(dialogs))["dialog_id"].to_list() == [dialog.dialog_id for dialog in dialogs]


def test_the_schema_does_not_depend_on_the_values():
    full = Message(id=1, text="Hi", params=MessageParams(attach=[{"MESSAGE": "x"}], likes=(5,)), uuid="a")
    assert arrow.table([Message(id=2)]).schema == arrow.table([full]).schema


def test_dates_are_the_same_moments_in_utc():
    date = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=3)))
    (made,) = arrow.table([Message(id=1, date=date)])["date"].to_pylist()
    assert made == date
    assert made.utcoffset() == timedelta(0)
    assert made == datetime(2026, 6, 30, 22, 30, tzinfo=UTC)


def test_half_a_character_fails_no_table():
    assert arrow.table([User(id=1, name="Ann \ud83d")])["name"].to_pylist() == ["Ann \ufffd"]


def test_items_of_several_classes_are_refused():
    with pytest.raises(TypeError, match="expected items of one class, got User and RecentItem"):
        arrow.table([User(id=1), RecentItem(dialog_id="1")])


def test_no_items_need_their_class():
    with pytest.raises(ValueError, match=r"arrow.table\(items, Message\)"):
        arrow.table([])


def test_without_pyarrow_it_says_what_to_install():
    code = """
import sys
sys.modules["pyarrow"] = None
from bitrix_im import Message
from bitrix_im.pipelines import arrow
try:
    arrow.schema(Message)
except ModuleNotFoundError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "this needs pyarrow: pip install 'bitrix-im[export]'"
