"""Which bots are told what: private dialogs, mentions, commands, buttons, reactions, links."""

import pytest

from bitrix_im.testing import Portal, Quirks

from .conftest import Caller

pytestmark = pytest.mark.anyio


def kinds(told):
    return [kind for kind, _ in told]


def texts(told):
    return [data["message"]["text"] for _, data in told]


async def test_a_plain_bot_hears_in_groups_only_what_mentions_it(portal, bot, ann):
    chat = portal.add_chat("Plans", members=[ann.id, bot.id])
    ann.write(chat, "among people")
    ann.write(chat, f"[USER={bot.id}]Support[/USER] help")
    ann.write(chat, f"[USER={bot.id}0]Somebody[/USER] help")
    [(_, data)] = await bot.told()
    assert data["message"]["text"].startswith(f"[USER={bot.id}]")  # the mention stays
    assert data["chat"]["dialogId"] == chat
    assert not {"role", "muteList"} & set(data["chat"])


@pytest.mark.parametrize("kind", ["supervisor", "personal"])
async def test_supervisors_and_personal_bots_hear_everything_in_their_chats(portal, bot, ann, kind):
    await bot.register("chief", type=kind)
    chat = portal.add_chat("Plans", members=[ann.id, bot.id])
    portal.post(portal.add_chat("Elsewhere", members=[ann.id]), "not for it")
    ann.write(chat, "among people")
    portal.post(chat, "the system's", author_id=0)
    told = await bot.told()
    assert texts(told) == ["among people", "the system's"]
    assert [data["message"]["isSystem"] for _, data in told] == [False, True]
    assert told[1][1]["user"] == {"id": 0}


@pytest.mark.parametrize("allowed", [True, False])
async def test_open_lines_are_heard_where_that_is_allowed(portal, bot, ann, allowed):
    await bot("Bot.update", fields={"isSupportOpenline": allowed})
    line = portal.add_chat("Visitor", kind="lines", members=[ann.id, bot.id])
    ann.write(line, "Hello?")
    assert len(await bot.told()) == int(allowed)


async def test_a_command_is_told_instead_of_its_message(portal, bot, ann):
    for name in ("help", "pay"):
        await bot("Command.register", fields={"command": f"/{name}", "title": {"en": name}})
    ann.write(bot.id, "/help  me please ")
    ann.write(bot.id, "/unknown")
    ann.write(bot.id, "Two:\n/help\n/pay 5")
    told = await bot.told()
    assert kinds(told) == ["COMMANDADD", "MESSAGEADD", "COMMANDADD", "COMMANDADD"]
    commands = [data["command"] for kind, data in told if kind == "COMMANDADD"]
    assert [(one["command"], one["params"], one["context"]) for one in commands] == [
        ("/help", "me please", "textarea"),
        ("/help", "", "textarea"),
        ("/pay", "5", "textarea"),
    ]
    assert told[0][1]["chat"] == []  # a fetched command of a private dialog has no chat
    assert told[0][1]["message"]["chatId"]
    chat = portal.add_chat("Plans", members=[ann.id, bot.id])
    ann.write(chat, "/help")
    assert (await bot.told())[-1][1]["chat"]["dialogId"] == chat


async def test_only_common_commands_work_where_the_bot_is_not(portal, bot, ann):
    chat = portal.add_chat("Without it", members=[ann.id])
    await bot("Command.register", fields={"command": "mine", "hidden": True})
    await bot("Command.register", fields={"command": "all", "hidden": True, "common": True})
    ann.write(chat, "/mine")
    ann.write(chat, "/all")
    [(_, data)] = await bot.told()
    assert data["command"]["command"] == "/all"
    guest = portal.add_user("Guest", extranet=True)
    portal.post(chat, "/all", guest)
    assert len(await bot.told()) == 1


@pytest.mark.parametrize("heard", [True, False])
async def test_other_bots_are_heard_by_newer_versions_and_ones_own_words_never(heard):
    portal = Portal(limited=False, quirks=Quirks(bots_hear_bots=heard))
    async with portal.http() as http:
        bot, other = Caller(portal, http), Caller(portal, http)
        await bot.register(type="supervisor")
        await other.register("other", type="supervisor")
        chat = portal.add_chat("Bots", members=[bot.id, other.id])
        await other("Chat.Message.send", dialogId=chat, fields={"message": "ping"})
        assert texts(await bot.told()) == ["ping"] * heard
        assert await other.told() == []
        if heard:
            assert (await bot.told())[0][1]["user"]["bot"] is True


async def test_edits_and_deletions_are_told_as_the_message_was(portal, bot, ann):
    chat = portal.add_chat("Plans", members=[ann.id, bot.id])
    for dialog_id in (bot.id, chat):
        message_id = ann.write(dialog_id, f"[USER={bot.id}]Support[/USER] tpyo")
        ann.edit(message_id, "typo")  # mentioned the bot until now
        ann.delete(message_id)  # and not any more
    told = await bot.told()
    assert kinds(told) == ["MESSAGEADD", "MESSAGEUPDATE", "MESSAGEDELETE", "MESSAGEADD", "MESSAGEUPDATE"]
    assert told[1][1]["message"]["text"] == "typo"
    assert "message" not in told[2][1]
    assert told[2][1]["messageId"] == told[0][1]["message"]["id"]
    assert {data["user"]["id"] for _, data in told} == {ann.id}


async def test_a_message_of_the_bots_that_somebody_deletes_is_told(portal, bot, ann):
    sent = (await bot("Chat.Message.send", dialogId=ann.id, fields={"message": "mine"}))["id"]
    chat = portal.world.home(sent)
    portal.world.change(chat, chat.message(sent), "This message was deleted.", {"IS_DELETED": "Y"}, ann.id)
    [(kind, data)] = await bot.told()
    assert (kind, data["messageId"], data["user"]["id"]) == ("MESSAGEDELETE", sent, bot.id)  # the author


async def test_reactions_are_told_unless_they_are_switched_off(portal, bot, ann):
    sent = await bot("Chat.Message.send", dialogId=ann.id, fields={"message": "mine"})
    ann.react(sent["id"], "fire")
    ann.react(sent["id"], "fire", on=False)
    told = await bot.told()
    assert [(data["reaction"], data["action"], data["user"]["id"]) for _, data in told] == [
        ("fire", "add", ann.id),
        ("fire", "delete", ann.id),
    ]
    assert told[0][1]["message"]["authorId"] == bot.id
    await bot("Bot.update", fields={"isReactionsEnabled": False})
    ann.react(sent["id"])
    assert len(await bot.told()) == 2


async def test_coming_into_a_chat_says_who_brought_it(portal, bot, ann):
    chat = portal.add_chat("Plans", members=[ann.id])
    async with portal.http(base_url=portal.webhook_of(ann.id)) as http:
        await http.post("im.chat.user.add", json={"CHAT_ID": chat[4:], "USERS": [bot.id]})
        await http.post("im.chat.user.add", json={"CHAT_ID": chat[4:], "USERS": [bot.id]})
    ann.write(bot.id, "begins a dialog")
    joined = [event["data"] for event in await bot.events() if event["type"] == "ONIMBOTV2JOINCHAT"]
    assert [(data["dialogId"], data["user"]["id"]) for data in joined] == [(chat, ann.id), (str(ann.id), ann.id)]


async def test_a_button_of_nobody_or_of_no_command_does_nothing(portal, bot, ann):
    await bot("Command.register", fields={"command": "go", "hidden": True})
    buttons = [
        {"TEXT": "Go", "COMMAND": "go"},
        {"TYPE": "NEWLINE"},
        {"TEXT": "Nowhere", "COMMAND": "unregistered"},
        {"TEXT": "Say", "ACTION": "SEND", "ACTION_VALUE": "spoken"},
        {"TEXT": "Site", "LINK": "https://example.com/"},
        {"TEXT": "Off", "COMMAND": "go", "DISABLED": "Y"},
    ]
    sent = (await bot("Chat.Message.send", dialogId=ann.id, fields={"message": "?", "keyboard": buttons}))["id"]
    ann.press(sent, "Nowhere")
    assert await bot.told() == []
    assert ann.press(sent, "Site") == "https://example.com/"
    ann.press(sent, "Say")
    assert texts(await bot.told()) == ["spoken"]
    with pytest.raises(KeyError, match="Gone"):
        ann.press(sent, "Gone")
    with pytest.raises(PermissionError, match="Off"):
        ann.press(sent, "Off")
    with pytest.raises(PermissionError, match="not in the chat"):
        portal.person("Bob Ray").press(sent, "Go")
    ann.press(sent, "Go")
    assert kinds(await bot.told()) == ["MESSAGEADD", "COMMANDADD"]
    await bot("Chat.Message.update", messageId=sent, fields={"keyboard": buttons})
    ann.press(sent, "Go")  # an edit adds no BOT_ID
    assert len(await bot.told()) == 2
    await bot("Chat.Message.update", messageId=sent, fields={"keyboard": {"BOT_ID": bot.id, "BUTTONS": buttons}})
    ann.press(sent, "Go")
    assert len(await bot.told()) == 3


async def test_a_users_own_client_presses_as_well(portal, bot):
    await bot("Command.register", fields={"command": "go", "hidden": True})
    sent = (await bot("Chat.Message.send", dialogId=portal.user_id, fields={"message": "?"}))["id"]
    given = {"MESSAGE_ID": sent, "BOT_ID": bot.id, "COMMAND": "go", "COMMAND_PARAMS": "7"}
    assert (await bot.http.post("im.message.command", json=given)).json()["result"] is True
    [(kind, data)] = await bot.told()
    assert (kind, data["command"]["params"], data["user"]["id"]) == ("COMMANDADD", "7", portal.user_id)


async def test_a_followed_link_brings_its_context(portal, bot, ann):
    ann.follow(bot.id, {"taskId": 456})
    ann.follow(bot.id, {"taskId": 457})
    [(kind, first), (_, second)] = await bot.told()
    assert (kind, first["dialogId"], first["context"], first["user"]["id"]) == (
        "CONTEXTGET",
        str(ann.id),
        {"taskId": 456},
        ann.id,
    )
    assert first["chat"] == []  # the dialog was new
    assert second["chat"]["dialogId"] == str(ann.id)
    given = {"dialogId": bot.id, "context": {"ref": "u1"}}
    assert (await bot.http.post("im.v2.Chat.Bot.sendContext", json=given)).json()["result"] == {"result": True}
    assert (await bot.told())[-1][1]["context"] == {"ref": "u1"}
    for wrong in ({"dialogId": bot.id}, {"dialogId": ann.id, "context": {"a": 1}}):
        assert (await bot.http.post("im.v2.Chat.Bot.sendContext", json=wrong)).json()["error"] == "BOT_CONTEXT_ERROR"


async def test_of_deleted_users_there_is_only_the_id_and_of_odd_ones_nothing(portal, bot):
    gone, odd = portal.add_user("Gone Away", deleted=True), portal.add_user("Odd", shapeless=True)
    for user_id in (gone, odd):
        portal.post(portal.add_chat("Plans", members=[bot.id, user_id]), f"[USER={bot.id}]you[/USER]", user_id)
    assert [data["user"] for _, data in await bot.told()] == [{"id": gone}, []]
