"""One row a REST method: what is known of it, and that none is forgotten."""

import ast
from pathlib import Path

import pytest

import bitrix_im
from bitrix_im import Call
from bitrix_im.rest import batch, catalog

ROOT = Path(bitrix_im.__file__).parent
ROWS = {row.name: row for row in catalog.METHODS}
KEY = "3f0e3a1e-8d3c-4b7a-9d55-0a1b2c3d4e5f"


def literals():
    """Every text of the client that is written like a method's name, with the module that holds it."""
    for path in ROOT.rglob("*.py"):
        if "testing" in path.parts or path.name == "catalog.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value.split(".")
                if words[0] in ("im", "imbot") and len(words) > 2 and all(word.isalnum() for word in words):
                    yield path.name, node.value


def test_every_method_that_the_client_names_has_its_row():
    named = set(literals())
    assert {"im.recent.list", "im.message.add", "im.dialog.messages.get"} <= {name for _, name in named}
    assert {(path, name) for path, name in named if name not in ROWS} == set()


def test_all_methods_of_the_messenger_are_there_once():
    scopes = [name.split(".")[0] for name in ROWS]
    assert len(ROWS) == len(catalog.METHODS)
    documented = [name for name in ROWS if name.startswith("im") and name != "im.v2.Chat.Bot.sendContext"]
    assert len(documented) == 103
    assert scopes.count("imbot") == 34


def test_what_reads_is_repeatable_and_what_writes_never_reads():
    words = {
        "add",
        "delete",
        "update",
        "send",
        "pin",
        "hide",
        "set",
        "mute",
        "leave",
        "read",
        "commit",
        "like",
        "share",
    }
    assert not [name for name, row in ROWS.items() if row.reads and name.rsplit(".", 1)[-1] in words]
    assert all(row.repeatable for row in ROWS.values() if row.reads)
    assert not [name for name, row in ROWS.items() if row.key and (row.reads or row.repeatable)]


def test_every_method_has_its_home_in_the_client():
    homes = {"messages", "recent", "search", "dialogs", "chats", "users", "notifications", "departments", "files"}
    homes |= {"counters", "bots", "bot", "revision", "events", "stop_events", "call", "batch"}
    assert {row.home.split(".")[0] for row in ROWS.values()} - homes == {""}
    assert [name for name, row in ROWS.items() if not row.home] == ["im.notify"]


@pytest.mark.parametrize("name", ["im.v2.Event.get", "IM.V2.EVENT.GET", "im.v2.event.get.json", "im.v2.Event.get.JSON"])
def test_a_method_is_known_in_any_spelling(name):
    assert catalog.look_up(name) is ROWS["im.v2.Event.get"]
    assert Call(name).method == "im.v2.Event.get"


def test_a_method_that_nobody_knows_is_called_as_it_is_written_and_never_repeated():
    call = Call("crm.Deal.add.json")
    assert call.method == "crm.Deal.add"
    assert call.row == catalog.look_up("CRM.deal.add")
    assert not batch.is_repeatable(call)
    assert not call.row.alone


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("im.recent.list", {"LIMIT": 5}, True),
        ("im.v2.Event.get", {"offset": 7}, True),
        ("im.chat.mute", {"CHAT_ID": 1}, True),
        ("im.chat.add", {"TITLE": "x"}, False),
        ("im.chat.leave", {"CHAT_ID": 1}, False),
        ("im.message.add", {"MESSAGE": "x"}, False),
        ("im.message.add", {"TEMPLATE_ID": KEY}, True),
        ("im.message.add", {"template_id": KEY}, True),
        ("im.message.add", {"TEMPLATE_ID": KEY, "SYSTEM": "N"}, True),
        ("im.message.add", {"TEMPLATE_ID": KEY, "SYSTEM": "Y"}, False),
        ("im.message.add", {"TEMPLATE_ID": KEY.upper()}, False),
        ("im.message.add", {"TEMPLATE_ID": "order 7"}, False),
        ("im.message.add", {"TEMPLATE_ID": None}, False),
        ("imbot.v2.Chat.Message.send", {"fields": {"templateId": KEY}}, True),
        ("imbot.v2.Chat.Message.send", {"fields": {"templateId": KEY, "forwardIds": [5]}}, False),
        ("imbot.v2.Chat.Message.send", {"fields": "text"}, False),
        ("imbot.v2.Bot.update", {"fields": {"isHidden": "Y"}}, True),
        ("imbot.v2.Bot.update", {"fields": {"botToken": "new"}}, False),
        ("im.notify.personal.add", {"TAG": "order-7"}, True),
        ("im.notify.personal.add", {"TAG": ""}, False),
        ("im.message.like", {"ACTION": "plus"}, True),
        ("im.message.like", {"ACTION": "auto"}, False),
        ("im.message.like", {}, False),
        ("batch", {"CMD": ["im.recent.list", "im.user.get?ID=1"]}, True),
        ("batch", {"cmd": ("im.user.get", "im.chat.add?TITLE=x")}, False),
        ("batch", {"cmd": "im.recent.list"}, True),
        ("batch", {"cmd": ["batch?cmd[0]=im.chat.add"]}, False),
    ],
)
def test_a_repeat_is_harmless_by_the_method_or_by_its_key(method, params, expected):
    assert batch.is_repeatable(Call(method, params)) is expected
