"""The portal's answers beside the official examples: every method of scope im is there, with those names and types."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bitrix_im.testing import Portal, Quirks
from bitrix_im.testing.rest.registry import METHODS

pytestmark = pytest.mark.anyio
TESTS = Path(__file__).parent.parent.parent
PAYLOADS = TESTS / "payloads"
ROWS = re.findall(
    r"^\| `?(im\.[\w.]+|im\.notify)`? \|", (TESTS.parent / "docs" / "methods.md").read_text("utf-8"), re.MULTILINE
)
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
# What the facts call "false or a date", "null or a string", "[] or an object" and so on (docs/portal.md#user-shape).
LOOSE = {
    "absent", "birthday", "bot_data", "botData", "desktop_last_date", "desktopLastDate", "description", "file",
    "forward", "idle", "image", "lastActivityDate", "last_activity_date", "mobileLastDate", "mobile_last_date",
    "mute_list",
    "params", "phones", "public", "sticker", "uuid", "user", "attach", "copilot", "date", "messages", "chats", "roles",
    "recommendedRoles", "id", "disappearing_date", "entity_link", "title", "avatar", "manager_user_data", "type",
}  # fmt: skip
# Left out of every user of im.search.user.list's and other pages' examples, or there only sometimes.
ABSENT = {"personal_mobile", "work_phone", "inner_phone", "unifiedLink", "viewerResized", "path", "path_title"}
PLAIN = Quirks(user_shapes=False, missing_fields=False, null_items=False)  # the odd shapes have tests of their own


def world():
    """A portal where there is something for every method to show, and what its calls need."""
    portal = Portal(seed=3, limited=False, quirks=PLAIN).populate(dialogs=40, dropped=0, doubled=0)
    chat = portal.add_chat("Plans", members=[portal.add_user("Ann Lee"), portal.add_user("Bob Ray")])
    portal.add_history(chat, 20, unread=2)
    own = portal.post(chat, "mine, a test message", portal.user_id)
    foreign = portal.post(chat, "theirs", int(portal.person("Ann").id))
    deal = portal.add_chat("Deal", kind="crm", entity_id="DEAL|5")
    stored = portal.world.drive.store(int(chat[4:]), portal.user_id, portal.clock.seconds(), "report.pdf", b"%PDF")
    return portal, {
        "chat": chat,
        "number": int(chat[4:]),
        "own": own,
        "foreign": foreign,
        "deal": deal,
        "file": stored.id,
    }


def calls(portal, there):
    """A good call of every method."""
    chat, number = there["chat"], there["number"]
    ann, me = portal.person("Ann").id, portal.user_id
    message = {"USER_ID": me, "MESSAGE": "Reminder: invoice", "TAG": "TASK_42", "SUB_TAG": "TASK"}
    in_chat = {"CHAT_ID": number}
    department = 600 + ann % 7
    return {
        "im.chat.add": {"TITLE": "New", "USERS": [ann], "MESSAGE": "Hello"},
        "im.chat.get": {"ENTITY_TYPE": "CRM", "ENTITY_ID": "DEAL|5"},
        "im.chat.leave": {"CHAT_ID": there["deal"][4:]},
        "im.chat.mute": in_chat | {"MUTE": "Y"},
        "im.chat.setOwner": {"CHAT_ID": "NEW", "USER_ID": ann},
        "im.chat.updateAvatar": in_chat | {"AVATAR": PICTURE},
        "im.chat.updateColor": in_chat | {"COLOR": "MINT"},
        "im.chat.updateTitle": in_chat | {"TITLE": "Better plans"},
        "im.chat.user.add": in_chat | {"USERS": [portal.add_user("Cid Fox")]},
        "im.chat.user.delete": in_chat | {"USER_ID": portal.person("Bob").id},
        "im.chat.user.list": in_chat,
        "im.counters.get": {},
        "im.department.colleagues.list": {"USER_DATA": "Y", "LIMIT": 5},
        "im.department.employees.get": {"ID": [department], "USER_DATA": "Y"},
        "im.department.get": {"ID": [department], "USER_DATA": "Y"},
        "im.department.managers.get": {"ID": [department], "USER_DATA": "Y"},
        "im.dialog.get": {"DIALOG_ID": chat},
        "im.dialog.messages.get": {"DIALOG_ID": portal.showcase, "LAST_ID": 0, "LIMIT": 50},
        "im.dialog.messages.search": in_chat | {"SEARCH_MESSAGE": "test message"},
        "im.dialog.read": {"DIALOG_ID": chat},
        "im.dialog.read.all": {},
        "im.dialog.unread": {"DIALOG_ID": chat, "MESSAGE_ID": there["foreign"]},
        "im.dialog.users.list": {"DIALOG_ID": chat},
        "im.dialog.writing": {"DIALOG_ID": chat},
        "im.disk.file.commit": in_chat | {"FILE_ID": there["file"]},
        "im.disk.file.delete": in_chat | {"FILE_ID": 5},
        "im.disk.file.save": {"FILE_ID": there["file"]},
        "im.disk.folder.get": in_chat,
        "im.message.add": {"DIALOG_ID": chat, "MESSAGE": "Hello"},
        "im.message.command": {"MESSAGE_ID": there["own"], "BOT_ID": 7, "COMMAND": "help"},
        "im.message.delete": {"MESSAGE_ID": there["own"]},
        "im.message.like": {"MESSAGE_ID": there["foreign"], "ACTION": "plus"},
        "im.message.share": {"MESSAGE_ID": there["foreign"], "DIALOG_ID": chat, "TYPE": "CHAT"},
        "im.message.update": {"MESSAGE_ID": there["own"], "MESSAGE": "changed"},
        "im.notify": message,
        "im.notify.answer": {"NOTIFY_ID": "NOTICE", "ANSWER_TEXT": "Yes"},
        "im.notify.confirm": {"NOTIFY_ID": "QUESTION", "NOTIFY_VALUE": "Y"},
        "im.notify.delete": {"TAG": "TASK_42"},
        "im.notify.get": {},
        "im.notify.history.search": {"SEARCH_TEXT": "invoice"},
        "im.notify.personal.add": message,
        "im.notify.read": {"ID": "NOTICE"},
        "im.notify.read.all": {},
        "im.notify.read.list": {"IDS": ["NOTICE"]},
        "im.notify.schema.get": {},
        "im.notify.system.add": message,
        "im.recent.get": {},
        "im.recent.hide": {"DIALOG_ID": chat},
        "im.recent.list": {"SKIP_UNDISTRIBUTED_OPENLINES": "Y"},
        "im.recent.pin": {"DIALOG_ID": chat},
        "im.recent.unread": {"DIALOG_ID": chat},
        "im.revision.get": {},
        "im.search.chat.list": {"FIND": "Project"},
        "im.search.department.list": {"FIND": "Marketing", "USER_DATA": "Y"},
        "im.search.last.add": {"DIALOG_ID": chat},
        "im.search.last.delete": {"DIALOG_ID": chat},
        "im.search.last.get": {},
        "im.search.user.list": {"FIND": "Ann"},
        "im.user.get": {},
        "im.user.list.get": {"ID": [me, ann], "RESULT_TYPE": "array"},
        "im.user.status.get": {},
        "im.user.status.idle.end": {},
        "im.user.status.idle.start": {"AGO": 5},
        "im.user.status.set": {"STATUS": "dnd"},
        "im.v2.Event.get": {},
        "im.v2.Event.subscribe": {},
        "im.v2.Event.unsubscribe": {},
        "im.v2.File.download": {"dialogId": chat, "fileId": there["file"]},
        "im.v2.File.upload": {"dialogId": chat, "fields": {"name": "a.pdf", "content": "aGk="}},
    }


async def prepare(portal, there, method, params, http):
    """Do what must have been done before, and put in what only then is known."""
    if "NEW" in params.values():
        params["CHAT_ID"] = (await http.post("im.chat.add", json={"USERS": [params["USER_ID"]]})).json()["result"]
    if method.startswith("im.notify"):
        notice = portal.notify("Reminder: invoice", author_id=portal.user_id)
        question = portal.notify("Join?", buttons=("Y", "N"))
        known = {"NOTICE": notice, "QUESTION": question}
        params |= {name: known.get(value, value) for name, value in params.items() if isinstance(value, str)}
        params |= {
            name: [known.get(one, one) for one in value] for name, value in params.items() if isinstance(value, list)
        }
    if method == "im.search.last.get":
        for dialog in (str(portal.world.colleague), there["chat"]):
            await http.post("im.search.last.add", json={"DIALOG_ID": dialog})
    if method == "im.v2.Event.get":
        await http.post("im.v2.Event.subscribe")
        portal.person("Ann").write(there["chat"], "an event")
    if method == "im.counters.get":
        portal.post(portal.add_private(portal.person("Ann").id))
        portal.mute(there["chat"])


def disagreements(example: Any, answer: Any, path: str = "$") -> list[str]:
    """Where an answer lacks a name of the example, or has another type."""
    name = path.rpartition(".")[2].partition("[")[0]
    if answer == {"id": 0} or name == "params":
        return []
    if isinstance(example, dict) and isinstance(answer, dict):
        if example and all(re.fullmatch(r"(upload)?\d+", key) for key in example):
            pairs = [(f"{path}[]", one, other) for one in example.values() for other in answer.values()]
            return [text for where, one, other in pairs for text in disagreements(one, other, where)]
        missing = [f"{path}.{key} is missing" for key in example if key not in answer and key not in ABSENT]
        common = [key for key in example if key in answer]
        return missing + [text for key in common for text in disagreements(example[key], answer[key], f"{path}.{key}")]
    if isinstance(example, list) and isinstance(answer, list):
        if example and not answer and name != "departments":
            return [f"{path} is empty"]
        alike = {str(one.get("type")) if isinstance(one, dict) else "": one for one in example}
        found, compared = [], 0
        for other in answer:
            one = alike.get(str(other.get("type")) if isinstance(other, dict) else "")
            if one is not None:
                found += disagreements(one, other, f"{path}[]")
                compared += 1
        if example and not compared and name != "departments":
            return [f"{path} holds nothing like the example's"]
        return found
    if name in LOOSE or example is None or [] in (example, answer):
        return []
    return [] if type(example) is type(answer) else [f"{path} is {answer!r:.60}, not like {example!r:.60}"]


def test_every_row_of_the_table_of_methods_has_its_method():
    assert len(ROWS) == 69
    assert set(ROWS) <= set(METHODS)
    portal, there = world()
    assert set(calls(portal, there)) == set(ROWS)


@pytest.mark.parametrize("method", ROWS)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_answer_has_the_names_and_types_of_the_official_example(method):
    portal, there = world()
    params = dict(calls(portal, there)[method])
    async with portal.http() as http:
        await prepare(portal, there, method, params, http)
        reply = await http.post(method, json=params)
    envelope = reply.json()
    assert "error" not in envelope
    files = sorted(PAYLOADS.glob(f"{method}.json")) + sorted(PAYLOADS.glob(f"{method}.[0-9].json"))
    example = json.loads(files[-1].read_text("utf-8"))
    found = disagreements(example["result"], envelope["result"])
    assert not list(dict.fromkeys(found))[:20]
    assert ("total" in example) <= ("total" in envelope)


def test_the_comparison_can_fail():
    example = {"id": 5, "list": [{"type": "a", "name": "x"}], "map": {"7": {"id": 1}}, "flag": True}
    assert disagreements(example, example) == []
    worse = {"id": "5", "list": [{"type": "a"}], "map": {"9": {"id": None}}, "flag": "Y"}
    assert [text.partition(" ")[0] for text in disagreements(example, worse)] == ["$.list[].name", "$.flag"]
    assert disagreements(example, {"id": 5, "list": [], "map": []}) == ["$.flag is missing", "$.list is empty"]
