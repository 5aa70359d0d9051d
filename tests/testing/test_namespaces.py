"""The portal's other namespaces: chats, files, notifications, departments, searches with their defects."""

import base64

import anyio
import pytest

from bitrix_im.testing import Portal, Quirks

pytestmark = pytest.mark.anyio


class World:
    """A portal, and calls of its own user."""

    def __init__(self, **options):
        self.portal = Portal(**{"seed": 2, "limited": False, **options})
        self.ann = self.portal.person("Ann Lee")
        self.chat = self.portal.add_chat("Plans", members=[self.ann.id])
        self.number = int(self.chat[4:])

    async def call(self, method, user_id=None, **params):
        base = self.portal.webhook if user_id is None else self.portal.webhook_of(user_id)
        async with self.portal.http(base_url=base, timeout=75) as http:
            return (await http.post(method, json=params)).json()

    async def errors(self, method, *calls):
        return [(await self.call(method, **params)).get("error") for params in calls]


# Chats


async def test_a_chat_is_made_with_its_people_and_first_message():
    world = World()
    number = (await world.call("im.chat.add", TITLE="New", USERS=[world.ann.id], MESSAGE="Hi", COLOR="MINT"))["result"]
    shown = (await world.call("im.dialog.get", DIALOG_ID=f"chat{number}"))["result"]
    assert (shown["name"], shown["owner"], shown["color"], shown["user_counter"]) == ("New", 1, "#4ba984", 2)
    assert world.ann.messages(f"chat{number}")[-1] == "Hi"
    assert world.portal.visible_dialogs()[0] == f"chat{number}"
    opened = (await world.call("im.chat.add", TYPE="OPEN", ENTITY_TYPE="CRM", ENTITY_ID="DEAL|9"))["result"]
    assert world.portal.world.chats[opened].kind == "open"
    assert (await world.call("im.chat.get", ENTITY_TYPE="CRM", ENTITY_ID="DEAL|9"))["result"] == {"ID": opened}
    assert await world.errors("im.chat.add", {"COLOR": "PLAID"}, {"AVATAR": "x"}) == ["WRONG_COLOR", "AVATAR_ERROR"]


async def test_what_is_done_twice_to_a_chat_is_done_or_an_error():
    world = World()
    chat = {"CHAT_ID": world.number}
    for _ in range(2):
        assert (await world.call("im.chat.mute", **chat))["result"] is True
        assert (await world.call("im.chat.user.add", **chat, USERS=[world.ann.id]))["result"] is True
        assert (await world.call("im.chat.updateTitle", **chat, TITLE="Same"))["result"] is True
    assert world.portal.world.chats[world.number].muted == [1]
    assert len(world.portal.visible_messages(world.chat)) == 1  # one line of the system's
    world.portal.world.chats[world.number].owner = 1
    assert await world.errors("im.chat.setOwner", *[chat | {"USER_ID": world.ann.id}] * 2) == [None, "ACCESS_ERROR"]
    deleting = [chat | {"USER_ID": world.ann.id}] * 2
    assert await world.errors("im.chat.user.delete", *deleting) == [None, "WRONG_REQUEST"]
    assert await world.errors("im.chat.leave", chat, chat) == [None, "ACCESS_ERROR"]
    assert await world.errors("im.chat.user.list", {}, {"CHAT_ID": 99_999}) == ["CHAT_ID_EMPTY", "ACCESS_ERROR"]


# Files


async def test_a_file_is_posted_and_fetched_once_by_a_link_with_the_secret():
    world = World()
    content = bytes(range(256)) * 10
    fields = {"name": "report.pdf", "content": base64.b64encode(content).decode(), "message": " see "}
    result = (await world.call("im.v2.File.upload", dialogId=world.chat, fields=fields))["result"]
    assert (result["dialogId"], result["file"]["size"], result["file"]["extension"]) == (world.chat, 2560, "pdf")
    page = (await world.call("im.dialog.messages.get", DIALOG_ID=world.chat, LAST_ID=0))["result"]
    assert [(one["id"], one["text"], one["params"]) for one in page["messages"]] == [
        (result["messageId"], "see", {"FILE_ID": [result["file"]["id"]]})
    ]
    again = (await world.call("im.v2.File.upload", dialogId=world.chat, fields=fields))["result"]
    assert again["file"]["name"] == "report (1).pdf"
    asked = {"dialogId": world.chat, "fileId": result["file"]["id"]}
    url = (await world.call("im.v2.File.download", **asked))["result"]["downloadUrl"]
    assert url.startswith(f"{world.portal.webhook}download/?token=")
    async with world.portal.http() as http:
        first, second = await http.get(url), await http.get(url)
    assert first.content == content
    assert (second.status_code, second.json()["error"]) == (403, "ERROR_OAUTH")


async def test_drafted_files_can_be_fetched_as_large_as_they_say():
    world = World()
    world.portal.add_history(world.chat, 200)
    files = (await world.call("im.dialog.messages.get", DIALOG_ID=world.chat, LAST_ID=0, LIMIT=0))["result"]["files"]
    url = (await world.call("im.v2.File.download", dialogId=world.chat, fileId=files[0]["id"]))["result"]["downloadUrl"]
    async with world.portal.http() as http:
        assert len((await http.get(url)).content) == files[0]["size"]


async def test_files_are_refused_for_their_reasons():
    world = World()
    fields = ({}, {"name": "a", "content": ""}, {"name": "a", "content": "no base64!"})
    uploads = [{"dialogId": world.chat, "fields": given} for given in fields]
    assert await world.errors("im.v2.File.upload", *uploads) == ["FILE_EMPTY", "FILE_EMPTY", "FILE_INVALID_CONTENT"]
    elsewhere = world.portal.world.drive.store(5, 1, 0, "x", b"x").id
    downloads = [{"dialogId": world.chat, "fileId": number} for number in (7, elsewhere)]
    assert await world.errors("im.v2.File.download", *downloads) == ["FILE_NOT_FOUND"] * 2


# Notifications


async def test_notifications_page_by_last_id_and_type_confirmations_first():
    world = World()
    notify = world.portal.notify
    others = [notify(f"note {number}") for number in range(70)]
    questions = [notify(f"question {number}", buttons=("Y", "N")) for number in range(60)]
    seen, last = [], {}
    while page := (await world.call("im.notify.get", **last))["result"]["notifications"]:
        seen += [notice["id"] for notice in page]
        last = {"LAST_ID": page[-1]["id"], "LAST_TYPE": 1 if page[-1]["notify_type"] == 1 else 3}
    assert seen == questions[::-1] + others[::-1]
    assert await world.errors("im.notify.get", {"LAST_ID": 5}, {"LAST_TYPE": 1}) == ["LAST_ID_AND_LAST_TYPE"] * 2
    assert (await world.call("im.counters.get"))["result"]["TYPE"]["NOTIFY"] == 130


async def test_a_tag_replaces_and_everybody_has_their_own():
    world = World()
    note = {"USER_ID": world.ann.id, "MESSAGE": "Task 42", "TAG": "T42"}
    first, second = [(await world.call("im.notify.personal.add", **note))["result"] for _ in range(2)]
    assert first != second
    hers = (await world.call("im.notify.get", world.ann.id))["result"]
    assert [(one["id"], one["author_id"], one["notify_read"]) for one in hers["notifications"]] == [(second, 1, "N")]
    assert (await world.call("im.notify.get"))["result"]["total_count"] == 0
    await world.call("im.notify.delete", world.ann.id, TAG="T42")
    assert (await world.call("im.notify.get", world.ann.id))["result"]["notifications"] == []
    assert await world.errors("im.notify.delete", {}) == ["PARAMS_ERROR"]


async def test_notifications_are_read_confirmed_and_answered():
    world = World()
    old, middle, new = (world.portal.notify(text) for text in ("one", "two", "three"))
    await world.call("im.notify.read", ID=middle, ONLY_CURRENT="Y")
    assert (await world.call("im.notify.get"))["result"]["total_unread_count"] == 2
    await world.call("im.notify.read", ID=middle)
    assert (await world.call("im.notify.get"))["result"]["total_unread_count"] == 1
    await world.call("im.notify.read.list", IDS=[old, new], ACTION="N")
    assert (await world.call("im.notify.get"))["result"]["total_unread_count"] == 2
    assert (await world.call("im.notify.read.all"))["result"] == {"result": True, "newCounter": 0}
    question = world.portal.notify("Join?", buttons=("Y", "N"))
    answers = [{"NOTIFY_ID": question, "NOTIFY_VALUE": value} for value in ("Maybe", "Y", "Y")]
    assert await world.errors("im.notify.confirm", *answers) == ["NOTIFY_VALUE_ERROR", None, "NOTIFY_ID_ERROR"]
    assert await world.errors("im.notify.answer", {"NOTIFY_ID": new}) == ["ANSWER_TEXT_ERROR"]


async def test_notifications_are_searched_by_text_kind_date_and_author():
    world = World()
    note = world.portal.notify("An invoice came", author_id=world.ann.id)
    await anyio.sleep(86_400 * 2)
    later = world.portal.notify("Another INVOICE")

    async def found(**params):
        return [
            one["id"] for one in (await world.call("im.notify.history.search", **params))["result"]["notifications"]
        ]

    assert await found(SEARCH_TEXT="invoice") == [later, note]
    assert await found(SEARCH_TEXT="invoice", LAST_ID=later) == [note]
    assert await found(SEARCH_AUTHORS=[world.ann.id]) == [note]
    assert await found(SEARCH_TYPES=["tasks|task_update"]) == []
    today = world.portal.clock.iso(world.portal.clock.now())
    assert await found(SEARCH_DATE=today) == [later]
    assert await found(SEARCH_DATE_FROM=today) == [later]
    assert await world.errors("im.notify.history.search", {"SEARCH_TEXT": "in"}) == ["SEARCH_TEXT_ERROR"]


# Searching people


def crowd():
    world = World()
    for number in range(30):
        world.portal.add_user(f"Zed {number}", extranet=number % 3 == 0 or number < 6)
    return world


async def test_extranet_users_go_after_limit_so_next_lags():
    world = crowd()
    first = await world.call("im.search.user.list", FIND="zed", LIMIT=5)
    assert (first["result"], first["total"], first["next"]) == ([], 30, 0)  # it stands still
    seen = {}
    for offset in range(0, 30, 5):
        page = await world.call("im.search.user.list", FIND="zed", LIMIT=5, OFFSET=offset)
        seen |= dict(page["result"] or {})
    wanted = [user.id for user in world.portal.world.users.values() if user.first_name == "Zed" and not user.extranet]
    assert list(map(int, seen)) == wanted
    assert await world.errors("im.search.user.list", {"FIND": "z"}) == ["FIND_SHORT"]


async def test_next_of_departments_is_constant():
    world = World()
    pages = [
        await world.call("im.search.department.list", FIND="Company", LIMIT=3, OFFSET=start) for start in (0, 3, 6)
    ]
    assert [page["next"] for page in pages] == [3, 3, 3]
    assert sum(len(page["result"]) for page in pages) == pages[0]["total"] == 8


async def test_colleagues_page_and_are_for_intranet_users():
    world = crowd()
    seen, offset = [], 0
    while True:
        page = await world.call("im.department.colleagues.list", OFFSET=offset, LIMIT=7)
        seen += page["result"]
        offset += 7
        if offset >= page["total"]:
            break
    assert len(seen) == len(set(seen)) == page["total"]
    assert 1 not in seen
    stranger = world.portal.add_user("Eve Out", extranet=True)
    assert (await world.call("im.department.colleagues.list", stranger))["error"] == "ACCESS_ERROR"


async def test_who_is_in_a_dialog_comes_by_offset_or_by_last_id_and_some_go_after_limit():
    world = crowd()
    people = [user.id for user in world.portal.world.users.values() if user.first_name == "Zed"]
    ghost = world.portal.add_user("Gone Away", deleted=True)
    chat = world.portal.add_chat("All", members=[*people, ghost])
    pages = [
        await world.call("im.dialog.users.list", DIALOG_ID=chat, LIMIT=10, OFFSET=start) for start in range(0, 40, 10)
    ]
    assert [page["total"] for page in pages] == [32] * 4
    assert [user["id"] for page in pages for user in page["result"]] == [1, *people]
    seen, last = [], 0
    while page := (await world.call("im.dialog.users.list", DIALOG_ID=chat, LIMIT=4, LAST_ID=last))["result"]:
        seen += [user["id"] for user in page]
        last = seen[-1]
    assert seen == [1, *people]
    inside = await world.call("im.dialog.users.list", DIALOG_ID=chat, LIMIT=4, SKIP_EXTERNAL="Y")
    assert len(inside["result"]) < 4


async def test_what_was_picked_last_comes_first():
    world = World()
    for dialog in (world.chat, str(world.ann.id), world.chat):
        await world.call("im.search.last.add", DIALOG_ID=dialog)
    assert [one["id"] for one in (await world.call("im.search.last.get"))["result"]] == [world.chat, world.ann.id]
    assert [one["id"] for one in (await world.call("im.search.last.get", SKIP_CHAT="Y"))["result"]] == [world.ann.id]
    await world.call("im.search.last.delete", DIALOG_ID=world.chat)
    assert len((await world.call("im.search.last.get"))["result"]) == 1


# Searching messages


async def test_a_search_without_text_is_a_walk_in_both_directions():
    world = World()
    made = world.portal.add_history(world.chat, 500)

    async def walk(**params):
        seen = []
        while page := (await world.call("im.dialog.messages.search", CHAT_ID=world.number, LIMIT=999, **params))[
            "result"
        ]["messages"]:
            assert len(page) <= 200
            seen += [message["id"] for message in page]
            params["LAST_ID"] = seen[-1]
        return seen

    assert await walk() == made[::-1]
    assert await walk(ORDER={"ID": "ASC"}) == made


async def test_where_dates_and_ids_disagree_a_message_at_a_seam_is_skipped():
    world = World()
    made = world.portal.add_history(world.chat, 40)
    dates = world.portal.world.chats[world.number].dates
    dates[21] = dates[18]  # imported with the date of an older one
    seen, last = [], {}
    while page := (await world.call("im.dialog.messages.search", CHAT_ID=world.number, LIMIT=20, **last))["result"][
        "messages"
    ]:
        seen += [message["id"] for message in page]
        last = {"LAST_ID": seen[-1]}
    assert set(seen) < set(made)


async def test_messages_are_found_by_text_and_date():
    world = World()
    world.portal.add_history(world.chat, 50)
    await anyio.sleep(86_400 * 3)
    wanted = world.portal.post(world.chat, "The Needle")

    async def found(**params):
        result = (await world.call("im.dialog.messages.search", CHAT_ID=world.number, **params))["result"]
        return [message["id"] for message in result["messages"]]

    assert await found(SEARCH_MESSAGE="needle") == [wanted]
    assert len(await found(SEARCH_MESSAGE="ne")) == 50  # too short: ignored
    today = world.portal.clock.iso(world.portal.clock.now())
    assert await found(DATE=today) == await found(DATE_FROM=today) == [wanted]
    assert wanted not in await found(DATE_TO=world.portal.clock.iso(world.portal.clock.now() - 86_400))
    assert await world.errors("im.dialog.messages.search", {}, {"CHAT_ID": 99_999}) == ["CHAT_ID_EMPTY", "ACCESS_ERROR"]


async def test_older_portals_lack_methods():
    world = World(quirks=Quirks(missing_methods=("im.dialog.messages.search",)))
    assert await world.errors("im.dialog.messages.search", {}) == ["ERROR_METHOD_NOT_FOUND"]
    assert (await world.call("method.get", name="im.dialog.messages.search"))["result"]["isExisting"] is False


# Without a scope


async def test_what_needs_no_scope():
    world = World()
    assert (await world.call("profile"))["result"]["ID"] == "1"
    assert (await world.call("user.current", world.ann.id))["result"]["NAME"] == "Ann"
    assert "im" in (await world.call("scope"))["result"]
    assert "im.recent.list" in (await world.call("methods"))["result"]
    assert (await world.call("method.get", name="IM.RECENT.LIST"))["result"] == {
        "isExisting": True,
        "isAvailable": True,
    }
    assert (await world.call("app.info"))["result"]["LICENSE"]
    assert (await world.call("feature.get", CODE="x"))["result"] == {"value": "Y"}


# Users


async def test_a_status_is_seen_by_others():
    world = World()
    assert (await world.call("im.user.status.get"))["result"] == "online"
    await world.call("im.user.status.set", STATUS="dnd")
    assert await world.errors("im.user.status.set", {"STATUS": "asleep"}) == ["STATUS_ERROR"]
    await world.call("im.user.status.idle.start", AGO=10)
    seen = (await world.call("im.user.get", world.ann.id, ID=1))["result"]
    assert seen["status"] == "dnd"
    assert seen["idle"] == world.portal.clock.iso(world.portal.clock.seconds() - 600)
    await world.call("im.user.status.idle.end")
    assert (await world.call("im.user.get"))["result"]["idle"] is False


async def test_reading_goes_back_and_everywhere():
    world = World()
    made = world.portal.add_history(world.chat, 10)
    await world.call("im.dialog.unread", DIALOG_ID=world.chat, MESSAGE_ID=made[7])
    assert (await world.call("im.dialog.get", DIALOG_ID=world.chat))["result"]["counter"] == 3
    world.ann.write(1, "hi")
    await world.call("im.dialog.read.all")
    assert (await world.call("im.counters.get"))["result"]["TYPE"]["ALL"] == 0
