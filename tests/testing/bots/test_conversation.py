"""A whole conversation with a bot: written, answered, pressed."""

import pytest

pytestmark = pytest.mark.anyio
KEY = "0c42a08f-4235-49fc-994f-c9bccd499ac1"


async def test_a_person_writes_the_bot_answers_with_a_button_and_the_button_is_pressed(portal, bot, ann):
    await bot("Command.register", fields={"command": "pay", "hidden": True})
    ann.write(bot.id, "Hello")
    [(kind, data)] = await bot.told()
    assert (kind, data["message"]["text"], data["user"]["id"]) == ("MESSAGEADD", "Hello", ann.id)
    assert data["chat"]["dialogId"] == str(ann.id)
    button = {"TEXT": "Pay", "COMMAND": "pay", "COMMAND_PARAMS": "42"}
    fields = {"message": "How much?", "keyboard": [button], "templateId": KEY}
    sent = await bot("Chat.Message.send", dialogId=ann.id, fields=fields)
    assert sent == await bot("Chat.Message.send", dialogId=ann.id, fields=fields)  # the key keeps it single
    seen = portal.bot("support")
    assert seen.messages(ann.id) == ann.messages(bot.id) == ["Hello", "How much?"]
    assert seen.buttons(ann.id) == ["Pay"]
    ann.press(sent["id"], "Pay")
    *_, (kind, data) = await bot.told()
    assert kind == "COMMANDADD"
    assert (data["command"]["command"], data["command"]["params"], data["command"]["context"]) == (
        "/pay",
        "42",
        "keyboard",
    )
    assert data["message"]["id"] == sent["id"]  # the bot's own message: who pressed is the user
    assert (data["message"]["authorId"], data["user"]["id"]) == (bot.id, ann.id)
