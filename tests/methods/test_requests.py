"""What each method sends, and what it makes of the documentation's example of an answer."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from bitrix_im import AccessError, BitrixIM, Chat, Department, InvalidParameter, ReadMark, Retry, Revision, User
from bitrix_im.rest import catalog

from .test_homes import HOMES, ROWS

PAYLOADS = Path(__file__).parents[1] / "payloads"
PICTURE = b"\x89PNG"
DAY = datetime(2026, 3, 3, 16, 52, 29, tzinfo=UTC)
TOLD = "2026-03-03T16:52:29+00:00"


class Wire:
    """A portal that answers every call with one body, and remembers what was sent."""

    def __init__(self, *bodies: Mapping[str, Any], status: int = 200) -> None:
        self.bodies = list(bodies)
        self.status = status
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(
            (request.url.path.rsplit("/", 1)[-1].removesuffix(".json"), json.loads(request.content or "{}"))
        )
        body = self.bodies.pop(0) if len(self.bodies) > 1 else self.bodies[0]
        return httpx.Response(self.status, json=body)

    def client(self) -> BitrixIM:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.handle))
        return BitrixIM("https://acme.bitrix24.com/rest/1/abcdefgh12345678/", http=http, retry=Retry(attempts=1))


def example(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


@attrs.frozen
class Row:
    """A call, what it sends, and what it returns where that is worth saying."""

    method: str
    call: Callable[[BitrixIM], Any]
    params: Mapping[str, Any]
    returned: Callable[[Any], object] = lambda result: result is None
    answer: Any = None  # in place of the documentation's example


def people(result):
    return all(isinstance(user, User) and user.name for user in result)


REQUESTS = [
    Row(
        "im.chat.add",
        lambda im: im.chats.create(
            "Deal",
            users=[103, 547],
            kind="open",
            description="About",
            color="PINK",
            message="Hello",
            avatar=PICTURE,
            entity_type="CRM",
            entity_id="DEAL|1663",
        ),
        {
            "TITLE": "Deal",
            "USERS": ["103", "547"],
            "TYPE": "OPEN",
            "DESCRIPTION": "About",
            "COLOR": "PINK",
            "MESSAGE": "Hello",
            "AVATAR": base64.b64encode(PICTURE).decode(),
            "ENTITY_TYPE": "CRM",
            "ENTITY_ID": "DEAL|1663",
        },
        lambda result: result == 1417 or result > 0,
    ),
    Row("im.chat.add", lambda im: im.chats.create(), {"TYPE": "CHAT"}, lambda result: isinstance(result, int)),
    Row(
        "im.chat.get",
        lambda im: im.chats.find("CRM", "DEAL|1663"),
        {"ENTITY_TYPE": "CRM", "ENTITY_ID": "DEAL|1663"},
        lambda result: result == 1437,
    ),
    Row(
        "im.chat.get",
        lambda im: im.chats.find("CRM", "DEAL|7"),
        {"ENTITY_TYPE": "CRM", "ENTITY_ID": "DEAL|7"},
        answer={"result": None},
    ),
    Row("im.chat.leave", lambda im: im.chats.leave(13), {"CHAT_ID": "13"}),
    Row("im.chat.mute", lambda im: im.chats.mute("chat13"), {"DIALOG_ID": "chat13", "MUTE": "Y"}),
    Row("im.chat.mute", lambda im: im.chats.mute(5, False), {"DIALOG_ID": "5", "MUTE": "N"}),
    Row("im.chat.setOwner", lambda im: im.chats.set_owner(13, 5), {"CHAT_ID": "13", "USER_ID": "5"}),
    Row(
        "im.chat.updateAvatar",
        lambda im: im.chats.set_avatar(13, PICTURE),
        {"CHAT_ID": "13", "AVATAR": base64.b64encode(PICTURE).decode()},
    ),
    Row("im.chat.updateColor", lambda im: im.chats.set_color(13, "MINT"), {"CHAT_ID": "13", "COLOR": "MINT"}),
    Row("im.chat.updateTitle", lambda im: im.chats.rename(13, "New"), {"CHAT_ID": "13", "TITLE": "New"}),
    Row("im.chat.user.add", lambda im: im.chats.add_users(13, [4, 5]), {"CHAT_ID": "13", "USERS": ["4", "5"]}),
    Row(
        "im.chat.user.add",
        lambda im: im.chats.add_users(13, (user for user in (4, 5)), hide_history=True),
        {"CHAT_ID": "13", "USERS": ["4", "5"], "HIDE_HISTORY": "Y"},
    ),
    Row("im.chat.user.delete", lambda im: im.chats.remove_user(13, 5), {"CHAT_ID": "13", "USER_ID": "5"}),
    Row(
        "im.chat.user.list",
        lambda im: im.chats.user_ids(13),
        {"CHAT_ID": "13"},
        lambda result: result and all(isinstance(user, int) for user in result),
    ),
    Row("im.counters.get", lambda im: im.counters.get(), {}, lambda result: result.type.all == 5),
    Row(
        "im.department.colleagues.list",
        lambda im: im.departments.colleagues().collect(),
        {"USER_DATA": "Y", "OFFSET": "0", "LIMIT": "50"},
        people,
        answer={**example("im.department.colleagues.list.2"), "total": 2},
    ),
    Row(
        "im.department.employees.get",
        lambda im: im.departments.employees([7, 3]),
        {"ID": ["7", "3"], "USER_DATA": "Y"},
        lambda result: list(result) == [7, 3] and people(result[7] + result[3]),
        answer=example("im.department.employees.get.2"),
    ),
    Row(
        "im.department.get",
        lambda im: im.departments.get([7, 3]),
        {"ID": ["7", "3"], "USER_DATA": "Y"},
        lambda result: [department.manager_user_data.id for department in result] == [103, 13],
        answer=example("im.department.get.2"),
    ),
    Row(
        "im.department.get",
        lambda im: im.departments.get([7, 3]),
        {"ID": ["7", "3"], "USER_DATA": "Y"},
        lambda result: result == [Department(id=7, name="A")],
        answer={"result": {"7": {"id": "7", "name": "A"}, "3": None}},
    ),
    Row(
        "im.department.managers.get",
        lambda im: im.departments.managers([7, 3]),
        {"ID": ["7", "3"], "USER_DATA": "Y"},
        lambda result: set(result) == {7, 3} and all(map(people, result.values())),
        answer=example("im.department.managers.get.2"),
    ),
    Row(
        "im.department.managers.get",
        lambda im: im.departments.managers([7]),
        {"ID": ["7"], "USER_DATA": "Y"},
        lambda result: result == {},
        answer={"result": []},
    ),
    Row(
        "im.dialog.get",
        lambda im: im.dialogs.get("chat1439"),
        {"DIALOG_ID": "chat1439"},
        lambda result: isinstance(result, Chat) and result.name,
    ),
    Row(
        "im.dialog.messages.search",
        lambda im: im.messages.search(2421, "test").collect(),
        {"CHAT_ID": "2421", "SEARCH_MESSAGE": "test", "ORDER": {"ID": "DESC"}, "LIMIT": "200"},
        lambda result: result[0].text == "test message" and result[0].author.name == "Alex",
    ),
    Row(
        "im.dialog.messages.search",
        lambda im: im.messages.search(2421, since=DAY, until=DAY, on=DAY, page_size=20).collect(),
        {
            "CHAT_ID": "2421",
            "DATE_FROM": TOLD,
            "DATE_TO": TOLD,
            "DATE": TOLD,
            "ORDER": {"ID": "DESC"},
            "LIMIT": "20",
        },
        lambda result: len(result) == 1,
    ),
    Row(
        "im.dialog.read",
        lambda im: im.dialogs.read("chat1489", 84875),
        {"DIALOG_ID": "chat1489", "MESSAGE_ID": "84875"},
        lambda result: result == ReadMark(dialog_id="chat1489", chat_id=1489, last_id=84875, counter=3),
    ),
    Row("im.dialog.read", lambda im: im.dialogs.read(5), {"DIALOG_ID": "5"}, answer={"result": False}),
    Row("im.dialog.read.all", lambda im: im.dialogs.read_all(), {}),
    Row("im.dialog.unread", lambda im: im.dialogs.unread("chat5", 7), {"DIALOG_ID": "chat5", "MESSAGE_ID": "7"}),
    Row(
        "im.dialog.users.list",
        lambda im: im.dialogs.users("chat5", skip_external=True).collect(),
        {"DIALOG_ID": "chat5", "SKIP_EXTERNAL": "Y", "OFFSET": "0", "LIMIT": "200"},
        people,
    ),
    Row("im.dialog.writing", lambda im: im.dialogs.typing("chat5"), {"DIALOG_ID": "chat5"}),
    Row(
        "im.disk.file.commit",
        lambda im: im.files.commit(1489, upload_id=5249, message="Here"),
        {"CHAT_ID": "1489", "UPLOAD_ID": "5249", "MESSAGE": "Here"},
        lambda result: result.message_id == 84779 and result.files[0].name == "image.png",
    ),
    Row(
        "im.disk.file.commit",
        lambda im: im.files.commit(1489, file_id=5),
        {"CHAT_ID": "1489", "FILE_ID": "5"},
        lambda result: result.disk_id == (5249,),
    ),
    Row("im.disk.file.delete", lambda im: im.files.delete(13, 5), {"CHAT_ID": "13", "FILE_ID": "5"}),
    Row(
        "im.disk.file.save",
        lambda im: im.files.save(5159),
        {"FILE_ID": "5159"},
        lambda result: (result.folder.name, result.file.id) == ("Saved Files", 5159),
    ),
    Row("im.disk.folder.get", lambda im: im.files.folder(13), {"CHAT_ID": "13"}, lambda result: result == 5153),
    Row(
        "im.message.command",
        lambda im: im.messages.run_command(7, 5, "help", "42"),
        {"MESSAGE_ID": "7", "BOT_ID": "5", "COMMAND": "help", "COMMAND_PARAMS": "42"},
    ),
    Row("im.message.delete", lambda im: im.messages.delete(7), {"MESSAGE_ID": "7"}),
    Row("im.message.like", lambda im: im.messages.like(7), {"MESSAGE_ID": "7", "ACTION": "plus"}),
    Row("im.message.like", lambda im: im.messages.like(7, False), {"MESSAGE_ID": "7", "ACTION": "minus"}),
    Row(
        "im.message.share",
        lambda im: im.messages.share(7, "chat5", "TASK"),
        {"MESSAGE_ID": "7", "DIALOG_ID": "chat5", "TYPE": "TASK"},
    ),
    Row(
        "im.message.update",
        lambda im: im.messages.update(7, "New", attach=[{"MESSAGE": "a"}], keyboard="N", menu="N", url_preview=False),
        {
            "MESSAGE_ID": "7",
            "MESSAGE": "New",
            "ATTACH": [{"MESSAGE": "a"}],
            "KEYBOARD": "N",
            "MENU": "N",
            "URL_PREVIEW": "N",
        },
    ),
    Row(
        "im.notify.answer",
        lambda im: im.notifications.answer(7, "Yes"),
        {"NOTIFY_ID": "7", "ANSWER_TEXT": "Yes"},
        lambda result: result == ["Your response has been successfully sent."],
    ),
    Row(
        "im.notify.confirm",
        lambda im: im.notifications.confirm(7, "Y"),
        {"NOTIFY_ID": "7", "NOTIFY_VALUE": "Y"},
        lambda result: result == ["Invitation accepted"],
    ),
    Row("im.notify.delete", lambda im: im.notifications.delete(7), {"ID": "7"}),
    Row("im.notify.delete", lambda im: im.notifications.delete(tag="T"), {"TAG": "T"}),
    Row("im.notify.delete", lambda im: im.notifications.delete(sub_tag="S"), {"SUB_TAG": "S"}),
    Row(
        "im.notify.get",
        lambda im: im.notifications.list(convert_text=True).first(),
        {"CONVERT_TEXT": "Y", "LIMIT": "1"},
        lambda result: result.text == "Reminder" and result.author.name == "John Smith",
    ),
    Row(
        "im.notify.history.search",
        lambda im: im.notifications.search(
            "invoice", types=["tasks"], since=DAY, until=DAY, on=DAY, authors=[1], page_size=20
        ).collect(),
        {
            "SEARCH_TEXT": "invoice",
            "SEARCH_TYPES": ["tasks"],
            "SEARCH_DATE_FROM": TOLD,
            "SEARCH_DATE_TO": TOLD,
            "SEARCH_DATE": TOLD,
            "SEARCH_AUTHORS": ["1"],
            "LIMIT": "20",
        },
        lambda result: result[0].notify_read is True,
    ),
    Row(
        "im.notify.personal.add",
        lambda im: im.notifications.send(5, "Hi", out_text="By mail", tag="T", sub_tag="S", attach=[{"MESSAGE": "a"}]),
        {
            "USER_ID": "5",
            "MESSAGE": "Hi",
            "MESSAGE_OUT": "By mail",
            "TAG": "T",
            "SUB_TAG": "S",
            "ATTACH": [{"MESSAGE": "a"}],
        },
        lambda result: isinstance(result, int),
    ),
    Row(
        "im.notify.system.add",
        lambda im: im.notifications.send_system(5, "Hi"),
        {"USER_ID": "5", "MESSAGE": "Hi"},
        lambda result: isinstance(result, int),
    ),
    Row("im.notify.read", lambda im: im.notifications.read(7), {"ID": "7", "ACTION": "Y", "ONLY_CURRENT": "N"}),
    Row(
        "im.notify.read",
        lambda im: im.notifications.read(7, read=False, only_current=True),
        {"ID": "7", "ACTION": "N", "ONLY_CURRENT": "Y"},
    ),
    Row("im.notify.read.all", lambda im: im.notifications.read_all(), {}),
    Row("im.notify.read.list", lambda im: im.notifications.read_list([7, 8]), {"IDS": ["7", "8"], "ACTION": "Y"}),
    Row(
        "im.notify.schema.get",
        lambda im: im.notifications.schema(),
        {},
        lambda result: [(module.module_id, module.list[0].id) for module in result] == [("tasks", "tasks|task_update")],
    ),
    Row("im.recent.hide", lambda im: im.recent.hide("chat5"), {"DIALOG_ID": "chat5"}),
    Row("im.recent.pin", lambda im: im.recent.pin("chat5"), {"DIALOG_ID": "chat5", "PIN": "Y"}),
    Row("im.recent.pin", lambda im: im.recent.pin("chat5", False), {"DIALOG_ID": "chat5", "PIN": "N"}),
    Row("im.recent.unread", lambda im: im.recent.unread("chat5"), {"DIALOG_ID": "chat5", "ACTION": "Y"}),
    Row("im.recent.unread", lambda im: im.recent.unread("chat5", False), {"DIALOG_ID": "chat5", "ACTION": "N"}),
    Row(
        "im.recent.get",
        lambda im: im.recent.get(last_sync_date=DAY, skip_chat=True),
        {"LAST_SYNC_DATE": TOLD, "SKIP_CHAT": "Y"},
        lambda result: len(result) == 2,
    ),
    Row(
        "im.revision.get",
        lambda im: im.revision(),
        {},
        lambda result: result == Revision(rest=32, web=130, mobile=22, desktop=6, im_revision_mobile=22),
    ),
    Row(
        "im.search.department.list",
        lambda im: im.search.departments("Marketing").collect(),
        {"FIND": "Marketing", "USER_DATA": "Y", "OFFSET": "0", "LIMIT": "50"},
        lambda result: result[0].manager_user_data.id == 3,
    ),
    Row("im.search.last.add", lambda im: im.search.remember("chat5"), {"DIALOG_ID": "chat5"}),
    Row("im.search.last.delete", lambda im: im.search.forget("chat5"), {"DIALOG_ID": "chat5"}),
    Row(
        "im.search.last.get",
        lambda im: im.search.last(skip_openlines=True),
        {"SKIP_OPENLINES": "Y"},
        lambda result: result and all(item.dialog_id for item in result),
    ),
    Row(
        "im.search.user.list",
        lambda im: im.search.users("Anna", business=True, page_size=10).collect(),
        {"FIND": "Anna", "BUSINESS": "Y", "OFFSET": "0", "LIMIT": "10"},
        people,
    ),
    Row("im.user.get", lambda im: im.users.get(), {}, lambda result: isinstance(result, User)),
    Row("im.user.get", lambda im: im.users.get(5), {"ID": "5"}, lambda result: isinstance(result, User)),
    Row("im.user.list.get", lambda im: im.users.list([4, 5]), {"ID": ["4", "5"]}, people),
    Row(
        "im.user.list.get",
        lambda im: im.users.list([4, 5]),
        {"ID": ["4", "5"]},
        lambda result: result == [User(id=5)],
        answer={"result": {"4": None, "5": {"id": 5}}},
    ),
    Row("im.user.status.get", lambda im: im.users.status(), {}, lambda result: isinstance(result, str)),
    Row("im.user.status.set", lambda im: im.users.set_status("dnd"), {"STATUS": "dnd"}),
    Row("im.user.status.idle.start", lambda im: im.users.start_idle(10), {"AGO": "10"}),
    Row("im.user.status.idle.start", lambda im: im.users.start_idle(), {}),
    Row("im.user.status.idle.end", lambda im: im.users.end_idle(), {}),
]
TESTED_ELSEWHERE = {
    "im.dialog.messages.get",
    "im.recent.list",
    "im.search.chat.list",
    "im.message.add",
    "im.v2.Event.get",
    "im.v2.Event.subscribe",
    "im.v2.Event.unsubscribe",
    "im.v2.File.download",
    "im.v2.File.upload",
}


def test_each_method_has_its_request_here():
    assert {row.method for row in REQUESTS} == set(HOMES) - TESTED_ELSEWHERE


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.method)
async def test_a_method_sends_its_parameters_and_decodes_its_answer(row, anyio_backend):
    wire = Wire(row.answer or example(row.method))
    async with wire.client() as im:
        result = await row.call(im)
    method, params = wire.sent[0]
    assert method == row.method
    assert params == row.params
    assert row.returned(result)


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.method)
def test_a_parameter_is_one_that_the_page_names(row):
    documented = set(ROWS[row.method][1].replace("*", "").strip("`").split())
    assert set(row.params) <= documented


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.method)
def test_a_required_parameter_is_sent(row):
    required = {name.rstrip("*") for name in ROWS[row.method][1].strip("`").split() if name.endswith("*")}
    either = {"CHAT_ID", "DIALOG_ID"} if {"CHAT_ID", "DIALOG_ID"} <= required else set()
    either |= {"FILE_ID", "UPLOAD_ID"} if "UPLOAD_ID" in required else set()
    assert required - either <= set(row.params)


async def test_a_like_that_is_there_already_is_no_error(anyio_backend):
    refusal = {"error": "WITHOUT_CHANGES", "error_description": "Action completed without changes"}
    async with Wire(refusal, status=400).client() as im:
        await im.messages.like(7)
    async with Wire({"error": "MESSAGE_ID_ERROR"}, status=400).client() as im:
        with pytest.raises(InvalidParameter):
            await im.messages.like(7)
    async with Wire({"error": "ACCESS_ERROR"}, status=403).client() as im:
        with pytest.raises(AccessError):
            await im.messages.like(7)


REFUSED = [
    lambda im: im.chats.create(kind="CHAT"),
    lambda im: im.chats.create(users="103"),
    lambda im: im.chats.create(users=["103"]),
    lambda im: im.chats.create(avatar="base64"),
    lambda im: im.chats.create(message="x" * 20_001),
    lambda im: im.chats.create(5),
    lambda im: im.chats.find("", "1"),
    lambda im: im.chats.leave("chat13"),
    lambda im: im.chats.leave(0),
    lambda im: im.chats.leave(True),
    lambda im: im.chats.mute("chat13", "N"),
    lambda im: im.chats.rename(13, " "),
    lambda im: im.chats.set_avatar(13, b""),
    lambda im: im.chats.add_users(13, []),
    lambda im: im.departments.get([]),
    lambda im: im.dialogs.get("13chat"),
    lambda im: im.dialogs.read("chat5", 0),
    lambda im: im.dialogs.unread("chat5", None),
    lambda im: im.files.commit(5),
    lambda im: im.files.commit(5, file_id=1, upload_id=2),
    lambda im: im.messages.send("chat5", "x" * 20_001),
    lambda im: im.messages.send("chat5", "   "),
    lambda im: im.messages.send("chat5", 12345),
    lambda im: im.messages.update(7),
    lambda im: im.messages.update(7, "x" * 20_001),
    lambda im: im.messages.update(7, url_preview="Y"),
    lambda im: im.messages.like(7, 1),
    lambda im: im.messages.share(7, "chat5", "MEETING"),
    lambda im: im.messages.run_command(7, 5, ""),
    lambda im: im.notifications.delete(),
    lambda im: im.notifications.delete(7, tag="T"),
    lambda im: im.notifications.send(5, ""),
    lambda im: im.notifications.confirm(7, True),
    lambda im: im.notifications.read(7, read="N"),
    lambda im: im.users.list("5"),
    lambda im: im.users.set_status(""),
    lambda im: im.users.start_idle(-1),
]
REFUSED_WALKS = [
    lambda im: im.messages.search(5, "ab"),
    lambda im: im.messages.search("chat5"),
    lambda im: im.messages.search(5, on=datetime(2026, 3, 3)),  # noqa: DTZ001 - naive is the point
    lambda im: im.messages.search(5, page_size=201),
    lambda im: im.notifications.search(),
    lambda im: im.notifications.search(types="tasks"),
    lambda im: im.notifications.search("invoice", since=DAY),
    lambda im: im.notifications.list(page_size=51),
    lambda im: im.dialogs.users("chat5", page_size=0),
    lambda im: im.dialogs.users("chat5", skip_external="Y"),
    lambda im: im.search.users(""),
    lambda im: im.search.departments(5),
]


@pytest.mark.parametrize("call", REFUSED)
async def test_what_the_portal_would_misread_is_refused_before_a_request(call, anyio_backend):
    wire = Wire({"result": True})
    async with wire.client() as im:
        with pytest.raises(ValueError, match="expected"):
            await call(im)
    assert wire.sent == []


@pytest.mark.parametrize("call", REFUSED_WALKS)
def test_a_walk_that_cannot_be_is_refused_when_it_is_made(call):
    with pytest.raises(ValueError, match="expected"):
        call(Wire({"result": []}).client())


async def test_text_at_the_limit_is_sent_and_spaces_around_do_not_count(anyio_backend):
    wire = Wire({"result": 5})
    async with wire.client() as im:
        await im.messages.send("chat5", " " + "x" * 20_000 + "\n")
    assert len(wire.sent[0][1]["MESSAGE"]) == 20_002


def test_every_row_that_may_be_repeated_is_known_by_its_parameters():
    for row in REQUESTS:
        known = catalog.look_up(row.method)
        if known.key == "ACTION":
            assert known.is_repeatable(row.params)
        if known.key == "TAG":
            assert known.is_repeatable(row.params) == ("TAG" in row.params)
