"""The portal's group chats: making them, who is in them, how they look."""

import pytest

from .calling import World

pytestmark = pytest.mark.anyio


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
