"""The portal's histories: LAST_ID, FIRST_ID, the unread window, hidden messages, who may read."""

import pytest

from bitrix_im.testing import Portal, Quirks

pytestmark = pytest.mark.anyio


async def get(portal, dialog_id, **params):
    async with portal.http() as http:
        return await http.post("im.dialog.messages.get", json={"DIALOG_ID": dialog_id, **params})


async def ids(portal, dialog_id, **params):
    return [message["id"] for message in (await get(portal, dialog_id, **params)).json()["result"]["messages"]]


def history(count=200, *, unread=0, hidden=0, **options):
    portal = Portal(seed=1, **options)
    people = [portal.add_user() for _ in range(3)]
    chat = portal.add_chat("History", members=people)
    return portal, chat, portal.add_history(chat, count, unread=unread, hidden=hidden)


async def test_last_id_gives_exactly_limit_below_it_newest_first():
    portal, chat, made = history()
    assert await ids(portal, chat, LAST_ID=0, LIMIT=50) == made[:-51:-1]
    assert await ids(portal, chat, LAST_ID=made[100], LIMIT=30) == made[99:69:-1]
    assert await ids(portal, chat, LAST_ID=made[100] + 10**6, LIMIT=5) == made[:-6:-1]
    assert await ids(portal, chat, LAST_ID=made[3]) == made[2::-1]
    assert len(set(range(made[0], made[-1])) - set(made)) > 0


async def test_limit_is_20_at_most_50_and_without_end_when_not_positive():
    portal, chat, _ = history()
    for limit, expected in ((None, 20), (80, 50), ("12", 12), (0, 200), (-1, 200), ("", 200)):
        assert len(await ids(portal, chat, LAST_ID=0, LIMIT=limit)) == expected


async def test_much_unread_starts_around_the_read_mark():
    portal, chat, made = history(unread=60)
    page = await ids(portal, chat, LIMIT=20)
    assert page == made[-80:-40][::-1]  # twenty on either side of the mark; what is newer is missing
    assert await ids(portal, chat, LIMIT=50) == made[-110:-10][::-1]


async def test_little_unread_adds_to_the_page_unless_last_id_is_given():
    portal, chat, made = history(unread=15)
    assert await ids(portal, chat, LIMIT=20) == made[:-36:-1]
    assert await ids(portal, chat, LIMIT=20, LAST_ID=0) == made[:-21:-1]


async def test_unread_messages_are_marked_and_never_ones_own():
    portal, chat, _ = history(unread=30)
    messages = (await get(portal, chat, LAST_ID=0, LIMIT=50)).json()["result"]["messages"]
    assert [message["unread"] for message in messages] == [True] * 30 + [False] * 20
    assert portal.user_id not in {message["author_id"] for message in messages[:30]}


async def test_first_id_wins_and_comes_in_any_order():
    portal, chat, made = history()
    page = await ids(portal, chat, FIRST_ID=made[9], LAST_ID=made[5], LIMIT=50)
    assert sorted(page) == made[10:60]
    assert page != sorted(page)
    assert sorted(await ids(portal, chat, FIRST_ID=0, LIMIT=5)) == made[:5]


async def test_first_id_can_come_in_order():
    portal, chat, made = history(quirks=Quirks(first_id_order="ascending"))
    assert await ids(portal, chat, FIRST_ID=made[9], LIMIT=50) == made[10:60]


async def test_full_first_id_pages_can_have_holes_and_short_ones_never():
    portal, chat, made = history(quirks=Quirks(first_id_order="holes"))
    pages = [await ids(portal, chat, FIRST_ID=made[0], LIMIT=50) for _ in range(40)]
    assert all(len(set(page)) == 50 and min(page) > made[0] for page in pages)
    holed = [sorted(page) for page in pages if sorted(page) != made[1:51]]
    assert 5 < len(holed) < 35
    assert made[-50:] in holed
    assert sorted(await ids(portal, chat, FIRST_ID=made[-40], LIMIT=50)) == made[-39:]


async def test_what_was_before_the_user_joined_is_hidden():
    portal, chat, made = history(100, hidden=40)
    assert await ids(portal, chat, LAST_ID=0, LIMIT=0) == made[:39:-1]
    assert sorted(await ids(portal, chat, FIRST_ID=0, LIMIT=50)) == made[40:90]
    assert portal.visible_messages(chat) == made[40:]
    async with portal.http() as http:
        assert (await http.post("im.dialog.get", json={"DIALOG_ID": chat})).json()["result"]["message_count"] == 100


async def test_reading_creates_a_missing_private_or_workgroup_chat():
    portal = Portal()
    colleague, group = portal.add_user("Anna Weber"), portal.add_group("Team")
    before = len(portal.world.chats)
    assert (await get(portal, str(colleague))).json()["result"]["messages"] == []
    assert (await get(portal, group)).json()["result"]["messages"] == []
    assert len(portal.world.chats) == before + 2
    assert portal.visible_dialogs() == []


async def test_an_empty_history_is_empty_or_false():
    portal = Portal()
    result = (await get(portal, portal.add_chat("Empty"))).json()["result"]
    assert (result["messages"], result["users"], result["files"]) == ([], [], [])
    older = Portal(quirks=Quirks(false_result=True))
    assert (await get(older, older.add_chat("Empty"))).json()["result"] is False


async def test_an_id_that_is_no_message_gives_an_empty_page_where_the_portal_is_as_documented():
    portal, chat, made = history(quirks=Quirks(missing_id_is_empty=True))
    hole = next(number for number in range(made[5], made[-1]) if number not in made)
    for name in ("LAST_ID", "FIRST_ID"):
        assert await ids(portal, chat, **{name: hole}) == []
        assert len(await ids(portal, chat, **{name: made[100]})) == 20


async def test_dialog_ids_are_read_without_regard_to_case_and_chat_id_works_as_well():
    portal, chat, made = history(5)
    deal = portal.add_chat("A deal", kind="crm", entity_id="77")
    assert await ids(portal, chat.upper(), LAST_ID=0) == made[::-1]
    assert (await get(portal, None, CHAT_ID=chat.removeprefix("chat"))).json()["result"]["messages"]
    assert f"chat{(await get(portal, 'crm77')).json()['result']['chat_id']}" == deal


@pytest.mark.parametrize(
    ("params", "status", "error"),
    [
        ({}, 400, "DIALOG_ID_EMPTY"),
        ({"DIALOG_ID": "0"}, 400, "DIALOG_ID_EMPTY"),
        ({"DIALOG_ID": "chat"}, 400, "DIALOG_ID_EMPTY"),
        ({"DIALOG_ID": "chat77"}, 403, "ACCESS_ERROR"),
        ({"DIALOG_ID": "chat0"}, 403, "ACCESS_ERROR"),
        ({"DIALOG_ID": "crm5"}, 403, "ACCESS_ERROR"),
        ({"DIALOG_ID": "12abc"}, 400, "DIALOG_ID_EMPTY"),
        ({"DIALOG_ID": "1", "LAST_ID": "5.5"}, 400, "LAST_ID_STRING"),
        ({"DIALOG_ID": "1", "LAST_ID": "-5"}, 400, "LAST_ID_STRING"),
        ({"DIALOG_ID": "1", "LAST_ID": ""}, 400, "LAST_ID_STRING"),
        ({"DIALOG_ID": "999999"}, 403, "ACCESS_ERROR"),
        ({"DIALOG_ID": "1", "LAST_ID": "x"}, 400, "LAST_ID_STRING"),
        ({"DIALOG_ID": "1", "FIRST_ID": "x"}, 400, "FIRST_ID_STRING"),
    ],
)
async def test_bad_parameters_have_their_errors(params, status, error):
    async with Portal().http() as http:
        reply = await http.post("im.dialog.messages.get", json=params)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


async def test_a_chat_that_was_left_is_closed():
    portal, chat, _ = history(5)
    portal.leave(chat)
    reply = await get(portal, chat)
    assert (reply.status_code, reply.json()["error"]) == (403, "ACCESS_ERROR")
    assert portal.visible_dialogs() == []


async def test_an_array_where_a_string_belongs_is_an_uncaught_php_error():
    for html, content_type in ((True, "text/html"), (False, "application/json")):
        portal = Portal(quirks=Quirks(php_error_html=html))
        reply = await get(portal, ["chat1"])
        assert reply.status_code == 500
        assert reply.headers["content-type"].startswith(content_type)


async def test_pages_lack_users_and_files_and_hold_nulls():
    portal = Portal(seed=2).populate(messages=600)
    missing_users, missing_files, nulls = set(), set(), 0
    last = 0
    while True:
        result = (await get(portal, portal.showcase, LAST_ID=last, LIMIT=50)).json()["result"]
        if not result["messages"]:
            break
        last = result["messages"][-1]["id"]
        there = {user["id"] for user in result["users"] if user}
        nulls += result["users"].count(None)
        missing_users |= {message["author_id"] for message in result["messages"]} - there - {0}
        wanted = {file for message in result["messages"] for file in dict(message["params"] or {}).get("FILE_ID", ())}
        missing_files |= wanted - {file["id"] for file in result["files"]}
    assert missing_files
    assert missing_users or nulls


async def test_a_message_is_the_same_however_it_is_read():
    portal, chat, _ = history()
    down = (await get(portal, chat, LAST_ID=0, LIMIT=0)).json()["result"]["messages"]
    up = (await get(portal, chat, FIRST_ID=0, LIMIT=0)).json()["result"]["messages"]
    assert down == sorted(up, key=lambda message: -message["id"])
    assert [message["text"] for message in reversed(down)] == portal.message_texts(chat)
    assert {"IS_DELETED", "LIKE", "FILE_ID", "REPLY_ID", "ATTACH", "CODE"} <= {
        name for message in down for name in dict(message["params"] or {})
    }
