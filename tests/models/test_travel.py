"""Models as plain JSON values, and back."""

import json
import pickle
from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given, strategies as st

import bitrix_im
from bitrix_im.convert import structure
from bitrix_im.models import (
    Chat,
    Copilot,
    CopilotRole,
    Message,
    MessagesPage,
    Model,
    RecentFile,
    RecentItem,
    RecentMessage,
    User,
)

from ..convert.test_convert import DECORATIVE, FULL, anything, least
from .test_models import ALL, DECODED, example

KINDS = [kind for kind in ALL if issubclass(kind, Model) and kind is not Model]
WHEN = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("model", DECODED, ids=lambda model: type(model).__name__)
def test_a_model_comes_back_equal_by_dict_by_json_and_by_pickle(model):
    kind = type(model)
    assert kind.from_dict(model.to_dict()) == model
    assert kind.from_dict(json.loads(model.to_json())) == model
    assert pickle.loads(pickle.dumps(model)) == model


@pytest.mark.parametrize("model", DECODED, ids=lambda model: type(model).__name__)
def test_a_model_is_told_under_its_fields_names_and_all_of_them(model):
    assert_told(model, model.to_dict())


def assert_told(model, told):
    assert list(told) == [*(f.name for f in attrs.fields(type(model)) if f.name != "extra"), "extra"]
    for name, value in told.items():
        if isinstance(getattr(model, name), Model):
            assert_told(getattr(model, name), value)


def test_a_told_model_holds_json_values_alone():
    page = structure(example("im.dialog.messages.get"), MessagesPage)
    told = page.messages[0].to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["date"] == "2026-03-04T09:43:26+03:00"
    assert told["params"]["likes"] == [547]
    assert told["author"]["name"] == "Klaus Weber"
    assert Chat(id=1, mute_list=frozenset({9, 2})).to_dict()["mute_list"] == [2, 9]


def test_changing_what_was_told_does_not_change_the_model():
    user = structure({"id": 5, "bot_data": {"codes": [1]}, "new": {"deep": [1]}}, User)
    told = user.to_dict()
    told["bot_data"]["codes"].append(2)
    told["extra"]["new"]["deep"].append(2)
    assert user.bot_data == {"codes": [1]}
    assert user.extra == {"new": {"deep": [1]}}


def test_a_nobody_and_an_empty_object_stay_what_they_are():
    item = RecentItem(dialog_id="5", user=User(id=0), chat=Chat(id=0, dialog_id="5"))
    assert RecentItem.from_dict(item.to_dict()) == item
    assert User.from_dict(User(id=1, bot_data={}).to_dict()).bot_data == {}


def test_values_of_several_types_keep_theirs():
    for message in (
        RecentMessage(file=True, attach="a table", sticker=5),
        RecentMessage(file=RecentFile(name="a.png"), attach=True, sticker={"id": 1}),
    ):
        again = RecentMessage.from_dict(json.loads(message.to_json()))
        assert again == message
        assert type(again.attach) is type(message.attach)
    for background in (None, 3, "3"):
        assert Chat.from_dict(Chat(id=1, background_id=background).to_dict()).background_id == background


def test_mappings_are_frozen_again():
    copilot = Copilot(roles={"smm": CopilotRole(code="smm")})
    again = Copilot.from_dict(copilot.to_dict())
    assert again == copilot
    assert isinstance(again.roles["smm"], CopilotRole)
    with pytest.raises(TypeError, match="frozen"):
        again.roles.clear()  # type: ignore[attr-defined]


def test_texts_that_no_encoding_can_write_are_escaped():
    message = Message(id=1, date=WHEN, text="half an emoji \ud83d, Привет")
    told = message.to_json()
    assert "Привет" in told
    assert told.encode("utf-8").count(rb"\ud83d") == 1
    assert Message.from_dict(json.loads(told)) == message


def test_what_a_newer_version_had_is_left_out_and_what_an_older_one_had_not_is_the_default():
    assert User.from_dict({"id": 5, "invented_later": 1}) == User(id=5)


@pytest.mark.parametrize(
    ("kind", "data", "wrong"),
    [
        (User, {}, "User.id"),
        (User, {"id": "Anna"}, "User.id"),
        (User, {"id": 1, "name": None}, "User.name"),
        (User, {"id": 1, "idle": "noon"}, "User.idle"),
        (Message, {"id": 1, "date": "2026-03-04T00:00:00+00:00", "files": [{"id": None}]}, r"Message.files\[0\].id"),
        (RecentItem, {"id": "chat5"}, "RecentItem.dialog_id"),
        (User, [], "got list"),
    ],
)
def test_what_is_no_model_is_refused_with_each_place(kind, data, wrong):
    with pytest.raises(ValueError, match=wrong) as caught:
        kind.from_dict(data)
    assert f"{kind.__name__}.to_dict()" in str(caught.value)
    assert caught.value.__cause__ is None


def test_all_models_are_importable_from_the_package():
    missing = {kind.__name__ for kind in KINDS} - set(bitrix_im.__all__)
    assert not missing


@given(decorative=st.sampled_from(DECORATIVE), value=anything)
def test_whatever_the_portal_sends_comes_back_equal(decorative, value):
    kind, plan = decorative
    model = structure({**least(kind), **FULL.get(kind, {}), plan.key: value}, kind)
    assert kind.from_dict(json.loads(model.to_json())) == model
