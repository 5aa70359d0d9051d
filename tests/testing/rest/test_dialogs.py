"""The portal's search, single dialogs, users, counters."""

import pytest

from bitrix_im.testing import Portal, Quirks

pytestmark = pytest.mark.anyio


async def call(portal, method, **params):
    async with portal.http() as http:
        return (await http.post(method, json=params)).json()


async def test_search_pages_by_offset_with_total_and_next():
    portal = Portal().populate(found=("Project", 120))
    found, offset = [], 0
    while offset is not None:
        page = await call(portal, "im.search.chat.list", FIND="project", LIMIT=50, OFFSET=offset)
        assert page["total"] == 120
        found += [chat["id"] for chat in page["result"]]
        offset = page.get("next")
    assert found == portal.found_chats("Project")
    assert found == sorted(found, reverse=True)


async def test_search_limits_and_the_shortest_phrase():
    portal = Portal().populate(found=("Project", 120))
    for limit, expected in ((None, 10), (500, 50), (0, 50), (-1, 50)):
        assert len((await call(portal, "im.search.chat.list", FIND="Project", LIMIT=limit))["result"]) == expected
    assert (await call(portal, "im.search.chat.list", FIND=" a "))["error"] == "FIND_SHORT"
    assert (await call(portal, "im.search.chat.list", FIND="pr"))["total"] == len(portal.found_chats("pr"))
    older = Portal(quirks=Quirks(shortest_find=3))
    assert (await call(older, "im.search.chat.list", FIND="ab"))["error"] == "FIND_SHORT"


async def test_whoever_follows_next_by_start_gets_all_of_a_search():
    portal = Portal().populate(found=("Project", 120))
    found, start = [], 0
    while start is not None:
        page = await call(portal, "im.search.chat.list", FIND="Project", OFFSET=0, start=start)
        found += [chat["id"] for chat in page["result"]]
        start = page.get("next")
    assert found == portal.found_chats("Project")


async def test_find_wins_over_find_lines_which_finds_open_lines():
    portal = Portal()
    chat, line = portal.add_chat("Common name"), portal.add_chat("Common name", kind="lines")
    both = await call(portal, "im.search.chat.list", FIND="Common", FIND_LINES="Common")
    lines = await call(portal, "im.search.chat.list", FIND_LINES="Common")
    assert [f"chat{found['id']}" for page in (both, lines) for found in page["result"]] == [chat, line]


async def test_next_can_stand_still():
    portal = Portal(quirks=Quirks(search_next_stuck=True)).populate()
    assert (await call(portal, "im.search.chat.list", FIND="Project", OFFSET=10))["next"] == 10


async def test_chats_come_in_the_shapes_of_the_documentation():
    portal = Portal(seed=1).populate(found=("Project", 50))
    chats = (await call(portal, "im.search.chat.list", FIND="Project", LIMIT=50))["result"]
    assert {type(chat["description"]) for chat in chats} == {str, type(None)}
    assert {type(chat["public"]) for chat in chats} == {str, dict}
    assert {type(chat["entity_link"]["id"]) for chat in chats} == {str, int}
    assert {"path" in chat["restrictions"] for chat in chats} == {True, False}


async def test_a_dialog_tells_its_counters():
    portal = Portal()
    chat = portal.add_chat("Counted", members=[portal.add_user("John Smith")])
    made = portal.add_history(chat, 12, unread=4)
    result = (await call(portal, "im.dialog.get", DIALOG_ID=chat))["result"]
    assert (result["dialog_id"], result["message_count"], result["counter"]) == (chat, 12, 4)
    assert (result["unread_id"], result["last_id"], result["last_message_id"]) == (made[8], made[7], made[11])
    assert result["readed_list"][0]["user_name"] == "John Smith"
    drifting = Portal(quirks=Quirks(message_count_drift=-3))
    chat = drifting.add_chat("Drifting")
    drifting.add_history(chat, 12)
    assert (await call(drifting, "im.dialog.get", DIALOG_ID=chat))["result"]["message_count"] == 9


async def test_counters_are_maps_and_empty_arrays():
    portal = Portal()
    assert (await call(portal, "im.counters.get"))["result"]["CHAT"] == []
    chat, private = portal.add_chat("Noisy", members=[portal.add_user()]), portal.add_private(portal.add_user())
    muted = portal.add_chat("Muted", members=[portal.add_user()])
    portal.mute(muted)
    for dialog in (chat, chat, private, muted):
        portal.post(dialog)
    portal.mark_unread(private)
    result = (await call(portal, "im.counters.get"))["result"]
    assert result["CHAT"] == {chat.removeprefix("chat"): 2}
    assert result["CHAT_MUTED"] == {muted.removeprefix("chat"): 1}
    assert (result["DIALOG"], result["DIALOG_UNREAD"]) == ({private: 1}, {private: 1})
    assert (result["TYPE"]["ALL"], result["TYPE"]["CHAT"], result["TYPE"]["DIALOG"]) == (3, 2, 1)


async def test_users_come_alone_or_keyed_by_id():
    portal = Portal()
    anna, gone = portal.add_user("Anna Weber"), portal.add_user(deleted=True)
    assert (await call(portal, "im.user.get"))["result"]["id"] == portal.user_id
    assert (await call(portal, "im.user.get", ID=anna))["result"]["name"] == "Anna Weber"
    assert (await call(portal, "im.user.get", ID=gone))["error"] == "USER_NOT_EXISTS"
    found = (await call(portal, "im.user.list.get", ID=[anna, gone]))["result"]
    assert (found[str(anna)]["first_name"], found[str(gone)]) == ("Anna", None)
    listed = (await call(portal, "im.user.list.get", ID=[anna, gone], RESULT_TYPE="array"))["result"]
    assert [user["id"] for user in listed] == [anna]
    assert (await call(portal, "im.user.list.get", ID=5))["error"] == "INVALID_FORMAT"


async def test_chats_are_found_by_their_entity():
    portal = Portal()
    chat = portal.add_chat("Deal", kind="crm", entity_id="DEAL|7")
    found = await call(portal, "im.chat.get", ENTITY_TYPE="CRM", ENTITY_ID="DEAL|7")
    assert found["result"] == {"ID": int(chat.removeprefix("chat"))}
    assert (await call(portal, "im.chat.get", ENTITY_TYPE="CRM", ENTITY_ID="DEAL|8"))["result"] is None


async def test_the_list_can_be_put_in_order_over_rest():
    portal = Portal()
    chat, other = portal.add_chat("One"), portal.add_chat("Other")
    assert (await call(portal, "im.recent.pin", DIALOG_ID=chat))["result"] is True
    assert portal.visible_dialogs() == [chat, other]
    await call(portal, "im.recent.pin", DIALOG_ID=chat, PIN="N")
    await call(portal, "im.recent.hide", DIALOG_ID=other)
    await call(portal, "im.recent.unread", DIALOG_ID=chat, ACTION="Y")
    assert portal.visible_dialogs(unread_only=True) == [chat]
