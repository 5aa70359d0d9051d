"""Chats of bots: made, managed, left; and their commands."""

from datetime import datetime

import pytest

from bitrix_im.testing import Portal

from .conftest import Caller

pytestmark = pytest.mark.anyio


@pytest.fixture
async def made(portal, bot, ann):
    fields = {"title": "Help", "userIds": [ann.id, 999_999], "users": [portal.user_id], "message": "Welcome"}
    return (await bot("Chat.add", fields=fields))["chat"]["dialogId"]


async def test_a_chat_is_of_the_user_ids_and_users_is_no_parameter(portal, bot, ann, made):
    chat = portal.world.chats[int(made[4:])]
    assert (chat.members, chat.owner, chat.title) == ([bot.id, ann.id], bot.id, "Help")
    assert portal.bot("support").messages(made) == ["Welcome"]
    shown = (await bot("Chat.get", dialogId=made))["chat"]
    assert (shown["role"], shown["owner"], shown["userCounter"], shown["messageCount"]) == ("owner", bot.id, 2, 1)
    twice = [(await bot("Chat.add", fields={"title": "Help"}))["chat"]["id"] for _ in range(2)]
    assert len(set(twice)) == 2


async def test_members_come_and_go_and_the_list_is_bare_and_short(portal, bot, ann, made):
    others = [portal.add_user(f"User {number}") for number in range(250)]
    for _ in range(2):
        await bot("Chat.User.add", dialogId=made, userIds=others)
    for _ in range(2):
        await bot("Chat.User.delete", dialogId=made, userId=others[0])
    assert len(portal.world.chats[int(made[4:])].members) == 251
    assert [len(await bot("Chat.User.list", dialogId=made, limit=limit)) for limit in (None, 20, 999)] == [50, 20, 200]
    first = (await bot("Chat.User.list", dialogId=made, order={"id": "DESC"}, limit=1))[0]
    assert first["id"] == others[-1]
    assert await bot.error("Chat.User.add", dialogId=made) == "PARAMS_REQUIRED"
    assert await bot.error("Chat.User.delete", dialogId=made, userId=bot.id) == "ACCESS_DENIED"  # the owner


async def test_only_owner_and_managers_manage_and_only_the_owner_gives_the_chat_away(portal, bot, ann, made):
    await bot("Chat.update", dialogId=made, fields={"title": "New", "description": "What", "color": "mint"})
    chat = portal.world.chats[int(made[4:])]
    assert (chat.title, chat.description, chat.color) == ("New", "What", "#4ba984")
    await bot("Chat.Manager.add", dialogId=made, userIds=[ann.id, 999_999])
    assert (await bot("Chat.get", dialogId=made))["chat"]["managerList"] == [ann.id]
    await bot("Chat.Manager.delete", dialogId=made, userIds=[ann.id])
    await bot("Chat.setOwner", dialogId=made, userId=424_242)  # nobody asks whether there is such a user
    assert await bot.error("Chat.setOwner", dialogId=made, userId=ann.id) == "ACCESS_DENIED"
    for method in ("Chat.update", "Chat.Manager.add", "Chat.Manager.delete"):
        assert await bot.error(method, dialogId=made, userIds=[ann.id], fields={"title": "x"}) == "ACCESS_DENIED"


async def test_leaving_twice_is_denied_and_a_private_dialog_cannot_be_left(bot, ann, made):
    await bot("Chat.leave", dialogId=made)
    assert await bot.error("Chat.leave", dialogId=made) == "ACCESS_DENIED"
    assert await bot.error("Chat.leave", dialogId=ann.id) == "ACCESS_DENIED"
    assert await bot.error("Chat.get", dialogId="chat999999") == "CHAT_NOT_FOUND"


# Commands


async def test_registering_a_command_twice_changes_nothing(bot):
    first = await bot(
        "Command.register", fields={"command": "/help", "title": {"en": "Help"}, "params": {"en": "topic"}}
    )
    again = await bot("Command.register", fields={"command": "help", "title": {"en": "Other"}, "hidden": True})
    assert first == again
    [listed] = (await bot("Command.list"))["commands"]
    assert (listed["command"], listed["title"], listed["params"], listed["hidden"]) == ("/help", "Help", "topic", False)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "COMMAND_REQUIRED"),
        ({"command": ["x"]}, "COMMAND_NAME_INVALID"),
        ({"command": "/"}, "COMMAND_NAME_EMPTY"),
        ({"command": "x"}, "COMMAND_TITLE_REQUIRED"),
    ],
)
async def test_what_is_wrong_with_a_command_is_told(bot, fields, code):
    assert await bot.error("Command.register", fields=fields) == code


async def test_an_update_of_a_command_adds_and_takes_away_languages(bot):
    titles = {"en": "Help", "de": "Hilfe"}
    made = await bot("Command.register", fields={"command": "help", "title": titles, "params": {"en": "topic"}})
    number = made["command"]["id"]
    await bot("Command.update", commandId=number, fields={"title": {"en": None}, "params": {"de": "Thema", "fr": "-"}})
    [listed] = (await bot("Command.list"))["commands"]
    assert (listed["title"], listed["params"]) == ("Hilfe", "")  # hints only for languages in the title
    await bot("Command.register", fields={"command": "pay", "hidden": True})
    assert await bot.error("Command.update", commandId=number, fields={"command": "pay"}) == "COMMAND_ALREADY_EXISTS"
    renamed = await bot("Command.update", commandId=number, fields={"command": "aid", "common": True})
    assert (renamed["command"]["command"], renamed["command"]["common"]) == ("/aid", True)
    await bot("Command.unregister", commandId=number)
    for method in ("Command.unregister", "Command.update"):
        assert await bot.error(method, commandId=number, fields={"common": True}) == "COMMAND_NOT_FOUND"


async def test_an_answer_reaches_chats_where_the_bot_is_not_each_time(portal, bot, ann):
    chat = portal.add_chat("Without it", members=[ann.id])
    made = await bot("Command.register", fields={"command": "all", "hidden": True, "common": True})
    number, asked = made["command"]["id"], ann.write(chat, "/all")
    given = {"commandId": number, "messageId": asked, "dialogId": chat, "fields": {"message": "Here"}}
    for _ in range(2):
        await bot("Command.answer", **given)
    assert ann.messages(chat)[1:] == ["[b]Support[/b]\nHere"] * 2  # the system speaks for it
    uncalled = ann.write(chat, "no command")
    assert await bot.error("Command.answer", **given | {"messageId": uncalled}) == "COMMAND_ANSWER_FAILED"
    ann.write(bot.id, "/all")
    called = portal.bot("support").message_ids(ann.id)[-1]
    await bot("Command.answer", **given | {"messageId": called, "dialogId": ann.id})
    assert portal.bot("support").answers(ann.id) == ["Here"]


@pytest.mark.parametrize(("day", "known"), [("2026-09-01", True), ("2026-10-15", False)])
async def test_flat_parameters_of_commands_end_with_september_2026(day, known):
    portal = Portal(limited=False, epoch=datetime.fromisoformat(f"{day}T12:00:00+03:00"))
    async with portal.http() as http:
        bot = Caller(portal, http)
        await bot.register()
        reply = await bot.reply("Command.register", command="help", title={"en": "Help"})
    assert reply.get("error") == (None if known else "COMMAND_REQUIRED")
