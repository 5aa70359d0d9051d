"""Events as typed fields: what the documentation shows, and what PHP makes of it."""

import copy
import json
import pickle
import re
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from bitrix_im.errors import UnexpectedResponse
from bitrix_im.events import (
    BotDeleted,
    BotJoined,
    CommandCalled,
    ContextOpened,
    Event,
    MessageAdded,
    MessageDeleted,
    MessageUpdated,
    ReactionChanged,
    UserJoined,
)
from bitrix_im.events.event import read_event
from bitrix_im.events.replies import Listener

PAYLOADS = Path(__file__).parent.parent / "payloads" / "events"
BOT, USER = Listener("bot", 456), Listener("user", 1)
DATE = "2025-01-15T10:30:00+02:00"


def payload(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


def event(kind, data, listener=BOT, **options):
    return read_event({"eventId": 7, "type": kind, "date": DATE, "data": data}, listener, None, **options)


@pytest.mark.parametrize(
    ("kind", "listener", "cls", "told"),
    [
        ("ONIMV2MESSAGEADD", USER, MessageAdded, {"text": "Hello everyone!", "dialog_id": "chat5", "is_mine": True}),
        ("ONIMBOTV2MESSAGEADD", BOT, MessageAdded, {"text": "Hello bot!", "dialog_id": "chat5", "is_mine": False}),
        ("ONIMBOTV2REACTIONCHANGE", BOT, ReactionChanged, {"reaction": "like", "action": "add", "message_id": 789}),
        ("ONIMBOTV2COMMANDADD", BOT, CommandCalled, {"name": "help", "params": "topic", "by": "textarea"}),
        ("ONIMBOTV2JOINCHAT", BOT, BotJoined, {"dialog_id": "chat5", "is_mine": False}),
        ("ONIMBOTV2CONTEXTGET", BOT, ContextOpened, {"dialog_id": "1"}),
        ("ONIMBOTV2DELETE", BOT, BotDeleted, {"dialog_id": ""}),
    ],
)  # fmt: skip
def test_the_documented_events_are_typed(kind, listener, cls, told):
    made = event(kind, payload(kind), listener)
    assert type(made) is cls
    assert {name: getattr(made, name) for name in told} == told
    assert made.event_id == 7
    assert made.date == datetime.fromisoformat(DATE)
    if cls is not BotDeleted:
        assert (made.user.id, made.user.name) == (1, "John Smith")
        assert made.chat.id == 5


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("ONIMV2MESSAGEUPDATE", MessageUpdated),
        ("ONIMBOTV2MESSAGEUPDATE", MessageUpdated),
        ("ONIMV2REACTIONCHANGE", ReactionChanged),
        ("ONIMV2JOINCHAT", UserJoined),
        ("ONIMV2MESSAGEDELETE", MessageDeleted),
        ("ONIMBOTV2MESSAGEDELETE", MessageDeleted),
    ],
)
def test_events_without_an_example_are_typed_as_told(kind, cls):
    data = {**payload("ONIMBOTV2REACTIONCHANGE"), "messageId": 789, "dialogId": "chat5"}
    assert type(event(kind, data)) is cls


def test_a_changed_message_is_no_new_one():
    assert not isinstance(event("ONIMV2MESSAGEUPDATE", payload("ONIMV2MESSAGEADD")), MessageAdded)


@pytest.mark.parametrize(
    ("data", "dialog_id"),
    [
        ({"chat": {"id": 5, "dialogId": "chat5"}, "dialogId": "9"}, "chat5"),
        ({"chat": {"id": 5, "dialogId": 274}}, "274"),
        ({"chat": [], "dialogId": 9}, "9"),
        ({"chat": {"id": 5}}, "chat5"),
        ({"chat": [], "message": {"chatId": "8"}, "user": {"id": 3}}, "chat8"),
        ({"chat": [], "message": [], "user": {"id": 3}}, "3"),
        ({"chat": {"id": 0, "dialogId": ""}, "user": {"id": 0}}, ""),
        ({}, ""),
    ],
)
def test_where_it_happened_is_told_by_the_first_that_knows(data, dialog_id):
    assert event("ONIMBOTV2JOINCHAT", data).dialog_id == dialog_id
    assert event("SOMETHINGELSE", data).dialog_id == dialog_id


def test_a_press_is_the_pressers_although_the_message_is_the_bots():
    data = payload("ONIMBOTV2COMMANDADD")
    data["chat"] = []
    data["command"] |= {"context": "keyboard", "command": "/pay", "params": "42"}
    data["message"] |= {"authorId": 456, "text": "Pay?"}
    made = event("ONIMBOTV2COMMANDADD", data)
    match made:
        case CommandCalled(name="pay", by="keyboard", user=user):
            assert user.id == 1
        case _:
            pytest.fail("not a press")
    assert not made.is_mine
    assert made.order_key == made.dialog_id == "chat5"
    assert made.chat.id == 0


@pytest.mark.parametrize("nothing", [[], False, "", None, {}, {"id": 0}, {"id": "0"}])
def test_an_object_that_is_not_there_has_id_0(nothing):
    made = event("ONIMBOTV2MESSAGEADD", {"message": nothing, "chat": nothing, "user": nothing})
    assert isinstance(made, MessageAdded)
    assert made.message.id == made.chat.id == made.user.id == 0
    assert (made.text, made.user.name, made.user.bot) == ("", "", False)


def test_of_somebody_or_something_deleted_just_the_id_is_told():
    data = {"message": {"id": 5}, "chat": {"id": 3}, "user": {"id": 9}, "reaction": "like", "action": "add"}
    made = event("ONIMBOTV2REACTIONCHANGE", data)
    assert isinstance(made, ReactionChanged)
    assert (made.message_id, made.user.id, made.user.name) == (5, 9, "")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("[USER=456]Support Bot[/USER] pay 5", "pay 5"),
        ("[user=456]Bot[/user], [USER=456]Bot[/USER]: pay", ": pay"),
        ("[user=456]Bot[/user]:pay", "pay"),
        ("pay [USER=456]Bot[/USER]", "pay"),
        ("ask [USER=456]Bot[/USER] and [USER=5]Ann[/USER]", "ask and [USER=5]Ann[/USER]"),
        ("[USER=4567]Other[/USER] hi", "[USER=4567]Other[/USER] hi"),
        ("[USER=456 REPLACE]Bot[/USER] hi", "hi"),
    ],
)
def test_the_mention_of_the_bot_is_no_part_of_the_text(text, left):
    data = payload("ONIMBOTV2MESSAGEADD")
    data["message"]["text"] = text
    assert event("ONIMBOTV2MESSAGEADD", data).text == left
    assert event("ONIMV2MESSAGEADD", data, USER).text == text


@pytest.mark.parametrize(
    "data",
    [
        {"message": {"id": "x"}},
        {"message": {"id": 5, "date": "yesterday", "text": "x"}},
        {"message": {"id": 5, "date": DATE, "text": ["x"]}},
        {"message": "text"},
        {"message": {"id": 5, "date": DATE}, "user": {"id": "me"}},
    ],
)
def test_what_is_not_as_documented_is_handed_on_as_it_came(data, caplog):
    made = event("ONIMBOTV2MESSAGEADD", data)
    assert type(made) is Event
    assert made.data == data
    assert "handed on undecoded" in caplog.text


def test_strings_in_place_of_numbers_and_flags_are_read():
    data = {
        "message": {"id": "5", "chatId": "3", "authorId": "9", "date": DATE, "text": "x", "isSystem": "0"},
        "user": {"id": "9", "name": "Ann", "bot": "1", "idle": "0"},
        "chat": {"id": "3", "dialogId": "chat3", "extranet": "1"},
    }
    made = event("ONIMBOTV2MESSAGEADD", data)
    assert isinstance(made, MessageAdded)
    assert (made.message.id, made.user.bot, made.chat.extranet, made.message.is_system) == (5, True, True, False)


@pytest.mark.parametrize("kind", ["ONIMV2MESSAGEADD", "ONIMBOTV2COMMANDADD", "ONIMBOTV2DELETE", "UNKNOWN"])
def test_an_event_goes_through_an_inbox(kind):
    data = payload(kind) if kind != "UNKNOWN" else {"x": [1]}
    made = event(kind, data)
    for again in (
        Event.from_dict(json.loads(json.dumps(made.to_dict()))),
        pickle.loads(pickle.dumps(made)),
        copy.deepcopy(made),
    ):
        assert type(again) is type(made)
        assert again == made
        assert again.to_dict() == made.to_dict()


@pytest.mark.parametrize("data", [{}, {"data": 5}, {"data": {}}, {"data": {}, "type": "X", "listener": 5}, []])
def test_something_else_is_no_event(data):
    with pytest.raises(UnexpectedResponse):
        Event.from_dict(data)


# --- answering --------------------------------------------------------------------------------------------------------


class Ears:
    """A voice that remembers what it said."""

    def __init__(self):
        self.said = []
        self.typed = []

    async def say(self, event, text, key, options):
        self.said.append((event.dialog_id, text, key, {k: v for k, v in options.items() if v is not None}))
        return len(self.said)

    async def type(self, dialog_id, status):
        self.typed.append((dialog_id, status))
        if status == "broken":
            raise UnexpectedResponse("no")
        return 5.0


def heard(voice, number=7, listener=BOT):
    raw = {"eventId": number, "type": "ONIMBOTV2MESSAGEADD", "date": DATE, "data": payload("ONIMBOTV2MESSAGEADD")}
    return read_event(raw, listener, voice)


def keys(voice):
    return [key for _, _, key, _ in voice.said]


async def test_replies_are_keyed_by_listener_event_and_number():
    voice = Ears()
    first = heard(voice)
    assert await first.reply("one", reply_to=5, url_preview=False) == 1
    assert await first.reply("two") == 2
    await heard(voice).reply("one")
    await first.again().reply("one")
    await heard(voice, 8).reply("one")
    await heard(voice, listener=Listener("bot", 457)).reply("one")
    one, two, replayed, again, other_event, other_bot = keys(voice)
    assert one == replayed == again
    assert len({one, two, other_event, other_bot}) == 4
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", key) for key in keys(voice)
    )
    assert voice.said[0][3] == {"reply_to": 5, "url_preview": False, "system": False}


async def test_a_long_reply_is_cut_and_each_part_has_its_key():
    voice = Ears()
    text = "word " * 8999 + "word"
    sent = await heard(voice).reply_long(text, reply_to=5, keyboard=[{"TEXT": "x", "LINK": "/y"}])
    assert sent == [1, 2, 3]
    assert " ".join(part for _, part, _, _ in voice.said) == text
    assert len(set(keys(voice))) == 3
    assert [("reply_to" in options, "keyboard" in options) for *_, options in voice.said] == [
        (True, False), (False, False), (False, True)
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "  ", "x" * 20_001, None])
async def test_what_the_portal_would_refuse_or_cut_is_refused_and_counts_not(text):
    voice = Ears()
    made = heard(voice)
    with pytest.raises(ValueError, match="expected"):
        await made.reply(text)
    await made.reply("ok")
    await heard(voice).reply("ok")
    assert len(set(keys(voice))) == 1


async def test_an_event_from_an_inbox_says_how_it_is_answered():
    with pytest.raises(RuntimeError, match=r"bot\.adopt"):
        await Event.from_dict(heard(None).to_dict()).reply("x")


async def test_typing_is_shown_and_renewed_while_inside():
    voice = Ears()
    with pytest.raises(ZeroDivisionError):
        async with heard(voice).typing("thinking"):
            await anyio.sleep(12)
            raise ZeroDivisionError
    assert voice.typed == [("chat5", "thinking")] * 3
    await anyio.sleep(20)
    assert len(voice.typed) == 3
    async with heard(voice).typing(status="broken"):
        await anyio.sleep(12)
    assert len(voice.typed) == 4
    with anyio.move_on_after(1) as scope:
        async with heard(voice).typing():
            await anyio.sleep(60)
    assert scope.cancelled_caught


def test_dates_are_aware():
    assert event("X", {}).date.astimezone(UTC) == datetime(2025, 1, 15, 8, 30, tzinfo=UTC)
    assert read_event({"eventId": 1, "type": "X", "data": []}, BOT, None).date is None
