"""What bots write: once by a key, cut without a word, edited, deleted; reactions, typing, files."""

import base64

import anyio
import pytest

from bitrix_im.testing import Portal, Quirks

from .conftest import Caller

pytestmark = pytest.mark.anyio
KEY = "0c42a08f-4235-49fc-994f-c9bccd499ac1"
TEXT = {"message": "Hello"}


@pytest.fixture
def chat(portal, bot, ann):
    return portal.add_chat("Plans", members=[ann.id, bot.id])


async def test_a_key_is_a_lowercase_uuid4_and_not_for_system_messages(portal, bot, chat):
    async def twice(**fields):
        return len({(await bot("Chat.Message.send", dialogId=chat, fields=TEXT | fields))["id"] for _ in range(2)})

    assert await twice(templateId=KEY) == 1
    assert await twice(templateId=KEY.upper()) == await twice(templateId="task 5") == await twice() == 2
    assert await twice(templateId=KEY.replace("0c", "1c"), system=True) == 2
    assert portal.bot("support").answers(chat) == ["Hello"] * 7
    await anyio.sleep(32 * 86_400)
    assert await twice(templateId=KEY) == 1
    assert len(portal.bot("support").answers(chat)) == 8  # a month later it is a new message


async def test_a_key_that_is_being_written_is_sending_failed(portal, bot, chat):
    portal.processing_time = {"imbot.v2.Chat.Message.send": 2.0}
    codes = []

    async def send():
        codes.append(
            (await bot.reply("Chat.Message.send", dialogId=chat, fields=TEXT | {"templateId": KEY})).get("error")
        )

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(send)
    assert sorted(map(str, codes)) == ["None", "SENDING_FAILED", "SENDING_FAILED"]
    assert portal.bot("support").answers(chat) == ["Hello"]


async def test_a_send_that_dies_half_way_takes_its_key_for_an_hour(portal, bot, chat):
    portal.world.sends_that_die = 1
    given = {"botId": bot.id, "botToken": bot.token, "dialogId": chat, "fields": TEXT | {"templateId": KEY}}
    assert (await bot.http.post("imbot.v2.Chat.Message.send", json=given)).status_code == 500
    assert await bot.error("Chat.Message.send", **given) == "SENDING_FAILED"
    await anyio.sleep(3601)
    await bot("Chat.Message.send", **given)
    assert portal.bot("support").answers(chat) == ["Hello"]


async def test_texts_are_trimmed_and_cut_without_a_word(portal, bot, chat):
    await bot("Chat.Message.send", dialogId=chat, fields={"message": "  kept \n"})
    await bot("Chat.Message.send", dialogId=chat, fields={"message": "x" * 20_001})
    assert portal.bot("support").messages(chat) == ["kept", "x" * 20_000 + " (...)"]
    for fields in ({"message": " "}, {}, {"message": [1]}):
        assert await bot.error("Chat.Message.send", dialogId=chat, fields=fields) == "EMPTY_MESSAGE"
    await bot("Chat.Message.send", dialogId=chat, fields={"attach": [{"MESSAGE": "no text at all"}]})


@pytest.mark.parametrize(
    ("value", "on"), [(True, True), ("Y", True), (1, True), (False, False), ("N", False), ("0", False)]
)
async def test_flags_are_json_y_and_n_or_numbers(portal, bot, chat, value, on):
    sent = (await bot("Chat.Message.send", dialogId=chat, fields=TEXT | {"system": value, "urlPreview": value}))["id"]
    message = portal.world.home(sent).message(sent)
    assert (message.author_id == 0, "URL_ONLY" not in message.params) == (on, on)
    own = (await bot("Chat.Message.send", dialogId=chat, fields=TEXT))["id"]
    await bot("Chat.Message.update", messageId=own, fields={"urlPreview": value})
    assert ("URL_ONLY" in portal.world.home(own).message(own).params) is (value == "N")  # an edit knows Y and N alone


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"keyboard": [{"TEXT": "does nothing"}]}, "KEYBOARD_ERROR"),
        ({"keyboard": "nonsense"}, "KEYBOARD_ERROR"),
        ({"keyboard": [{"TEXT": "x" * 31_000, "LINK": "https://x.test"}]}, "KEYBOARD_ERROR"),
        ({"attach": [{"TEXT": "no block"}]}, "ATTACH_ERROR"),
        ({"attach": [{"MESSAGE": "x" * 60_000}]}, "ATTACH_OVERSIZE"),
    ],
)
async def test_keyboards_and_attachments_have_their_limits(bot, chat, fields, code):
    assert await bot.error("Chat.Message.send", dialogId=chat, fields=TEXT | fields) == code


async def test_a_bot_writes_only_where_it_is(portal, bot, ann):
    elsewhere = portal.add_chat("Without it", members=[ann.id])
    assert await bot.error("Chat.Message.send", dialogId=elsewhere, fields=TEXT) == "ACCESS_DENIED"
    for nobody in ("chat999999", "999999", bot.id, portal.add_user("Gone", deleted=True)):
        assert await bot.error("Chat.Message.send", dialogId=nobody, fields=TEXT) == "CHAT_NOT_FOUND"
    assert await bot.error("Chat.Message.send", fields=TEXT) == "PARAMS_REQUIRED"
    foreign = ann.write(elsewhere, "foreign")
    assert await bot.error("Chat.Message.delete", messageId=foreign) == "ACCESS_DENIED"
    assert await bot.error("Chat.Message.delete", messageId=1) == "MESSAGE_NOT_FOUND"


async def test_only_forwarding_has_no_id_and_repeats_double(portal, bot, chat, ann):
    source = ann.write(chat, "to pass on")
    given = {"forwardIds": {"a": source}, "templateId": KEY}
    for _ in range(2):
        reply = await bot("Chat.Message.send", dialogId=ann.id, fields=given)
        assert reply["id"] is None
        assert list(reply["uuidMap"]) == ["a"]
    assert portal.bot("support").messages(ann.id) == ["to pass on"] * 2
    reply = await bot("Chat.Message.send", dialogId=ann.id, fields=given | TEXT)
    assert reply["id"] != reply["uuidMap"]["a"]
    assert (await bot("Chat.Message.send", dialogId=ann.id, fields=TEXT))["uuidMap"] == []
    hidden = ann.write(portal.add_chat("Without it", members=[ann.id]), "secret")
    assert await bot.error("Chat.Message.send", dialogId=chat, fields={"forwardIds": {"a": hidden}}) == "ACCESS_DENIED"
    many = {"forwardIds": {str(number): source for number in range(101)}}
    assert await bot.error("Chat.Message.send", dialogId=chat, fields=many) == "SENDING_FAILED"


async def test_a_bot_edits_its_own_messages_for_three_days(portal, bot, chat, ann):
    button = {"TEXT": "Site", "LINK": "https://x.test"}
    mine = (await bot("Chat.Message.send", dialogId=chat, fields=TEXT | {"keyboard": [button]}))["id"]
    await bot("Chat.Message.update", messageId=mine, fields={"message": "Bye"})
    assert portal.bot("support").buttons(chat) == ["Site"]  # what is not given stays
    await bot("Chat.Message.update", messageId=mine, fields={"keyboard": "N"})
    assert portal.bot("support").messages(chat) == ["Bye"]
    assert portal.bot("support").buttons(chat) == []
    assert await bot.error("Chat.Message.update", messageId=mine) == "PARAMS_REQUIRED"
    theirs = ann.write(chat, "theirs")
    for number in (theirs, 1):
        assert await bot.error("Chat.Message.update", messageId=number, fields=TEXT) == "ACCESS_DENIED"
    system = (await bot("Chat.Message.send", dialogId=chat, fields=TEXT | {"system": "Y"}))["id"]
    assert await bot.error("Chat.Message.update", messageId=system, fields=TEXT) == "ACCESS_DENIED"
    assert await bot.error("Chat.Message.delete", messageId=system) == "ACCESS_DENIED"
    await anyio.sleep(3 * 86_400 + 1)
    assert await bot.error("Chat.Message.update", messageId=mine, fields=TEXT) == "ACCESS_DENIED"


async def test_deleting_leaves_a_notice_or_nothing_and_others_need_a_manager(portal, bot, chat, ann):
    soft, hard = [(await bot("Chat.Message.send", dialogId=chat, fields=TEXT))["id"] for _ in range(2)]
    for _ in range(2):
        await bot("Chat.Message.delete", messageId=soft)
    await bot("Chat.Message.delete", messageId=hard, complete="Y")
    assert await bot.error("Chat.Message.delete", messageId=hard, complete=True) == "MESSAGE_NOT_FOUND"
    assert portal.bot("support").message_ids(chat) == [soft]
    theirs = ann.write(chat, "theirs")
    portal.world.chat(chat).owner = ann.id
    assert await bot.error("Chat.Message.delete", messageId=theirs) == "ACCESS_DENIED"
    portal.world.chat(chat).managers = [bot.id]
    await bot("Chat.Message.delete", messageId=theirs)


async def test_reading_goes_up_to_a_message_or_over_all(bot, chat, ann):
    ids = [ann.write(chat, str(number)) for number in range(3)]
    part = await bot("Chat.Message.read", dialogId=chat, messageId=ids[1])
    assert (part["lastId"], part["counter"], part["viewedMessages"]) == (ids[1], 1, ids[:2])
    whole = await bot("Chat.Message.read", dialogId=chat)
    assert (whole["lastId"], whole["counter"], whole["viewedMessages"]) == (ids[2], 0, ids[2:])


async def test_a_reaction_is_one_of_those_there_are_and_set_once(bot, chat, ann):
    message = ann.write(chat, "nice")
    await bot("Chat.Message.Reaction.add", messageId=message, reaction="fire")
    assert await bot.error("Chat.Message.Reaction.add", messageId=message, reaction="fire") == "REACTION_ALREADY_SET"
    assert await bot.error("Chat.Message.Reaction.add", messageId=message, reaction="FIRE") == "REACTION_NOT_FOUND"
    await bot("Chat.Message.Reaction.add", messageId=message, reaction="like")  # in place of the other
    assert await bot.error("Chat.Message.Reaction.delete", messageId=message, reaction="fire") == "REACTION_NOT_FOUND"
    await bot("Chat.Message.Reaction.delete", messageId=message, reaction="like")


async def test_a_plain_bot_has_no_history(portal, bot, chat, ann):
    ids = [ann.write(chat, str(number)) for number in range(9)]
    for method in ("Chat.Message.get", "Chat.Message.getContext"):
        assert await bot.error(method, messageId=ids[0]) == "BOT_TYPE_NOT_ALLOWED"
    await bot.register("chief", type="supervisor")
    portal.world.join(portal.world.chat(chat), [bot.id])
    around = await bot("Chat.Message.getContext", messageId=ids[4], range=2)
    assert [message["id"] for message in around["messages"]] == ids[2:7]
    assert (around["hasPrevPage"], around["hasNextPage"]) == (True, True)
    edge = await bot("Chat.Message.getContext", messageId=ids[0])
    assert ([message["id"] for message in edge["messages"]], edge["hasPrevPage"]) == (ids, False)
    assert (await bot("Chat.Message.get", messageId=ids[0]))["user"]["name"] == "Ann Lee"


async def test_what_a_bot_seems_to_do_is_noted(portal, bot, ann):
    await bot("Chat.InputAction.notify", dialogId=ann.id)
    assert portal.bot("support").doing(ann.id) == ""
    await anyio.sleep(3)
    thinking = "IMBOT_AGENT_ACTION_THINKING"
    await bot("Chat.InputAction.notify", dialogId=ann.id, statusMessageCode=thinking, duration=9_999)
    seen = portal.bot("support")
    assert seen.doing(ann.id) == thinking
    await anyio.sleep(601)
    assert seen.doing(ann.id) is None
    (first, *_), (second, dialog_id, status, seconds) = portal.bot("support").bot.actions
    assert (second - first, dialog_id, status, seconds) == (3, str(ann.id), thinking, 600)


async def test_a_bot_switches_off_text_fields_wherever_it_is(portal, bot, ann, chat):
    await bot("Chat.TextField.enabled", dialogId=ann.id, enabled=False)
    with pytest.raises(PermissionError, match="text field"):
        ann.write(bot.id, "no way")
    await bot("Chat.TextField.enabled", dialogId=ann.id, enabled="Y")
    ann.write(bot.id, "well")
    portal.world.chat(chat).owner = ann.id
    await bot("Chat.TextField.enabled", dialogId=chat, enabled=False)


async def test_before_revision_34_text_fields_and_titles_were_not_for_bots():
    portal = Portal(limited=False, quirks=Quirks(bot_revision=32))
    async with portal.http() as http:
        bot = Caller(portal, http)
        await bot.register()
        await bot("Command.register", fields={"command": "help", "title": {"en": "Help"}})
        assert (await bot("Command.list"))["commands"][0]["title"] == ""
        made = (await bot("Chat.add", fields={"title": "Mine"}))["chat"]["dialogId"]
        await bot("Chat.TextField.enabled", dialogId=made, enabled=False)
        assert await bot.error("Chat.TextField.enabled", dialogId=portal.user_id, enabled=False) == "ACCESS_DENIED"
        portal.person("Ann Lee").write(bot.id, "Hello")
        assert await bot.error("Revision.get") == "ERROR_METHOD_NOT_FOUND"
        page = await bot("Event.get")
        assert page["lastEventId"] == page["events"][-1]["eventId"]


async def test_a_file_is_posted_each_time_and_fetched_once(portal, bot, chat, ann):
    fields = {"name": "a.txt", "content": base64.b64encode(b"content").decode(), "message": "See"}
    names = [(await bot("File.upload", dialogId=chat, fields=fields))["file"]["name"] for _ in range(2)]
    assert names == ["a.txt", "a (1).txt"]
    file = (await bot("File.upload", dialogId=chat, fields=fields))["file"]
    assert not {"urlShow", "urlDownload", "viewerAttrs", "status"} & set(file)
    url = (await bot("File.download", fileId=file["id"]))["downloadUrl"]
    assert portal.secret in url
    assert (await bot.http.get(url)).content == b"content"
    assert (await bot.http.get(url)).status_code == 403
    assert await bot.error("File.download", fileId=999) == "FILE_NOT_FOUND"
    assert await bot.error("File.upload", dialogId=chat, fields={"name": "a", "content": "?"}) == "FILE_INVALID_CONTENT"


async def test_a_bot_can_be_driven_by_batches_of_forms():
    portal = Portal(limited=False)
    async with portal.http() as http:
        bot = Caller(portal, http)
        await bot.register()
        await bot("Command.register", fields={"command": "go", "hidden": "1"})
        query = (
            f"imbot.v2.Chat.Message.send?botId={bot.id}&botToken={bot.token}&dialogId={portal.user_id}"
            "&fields[message]=Hi&fields[keyboard][0][TEXT]=Go&fields[keyboard][0][COMMAND]=go&fields[urlPreview]=N"
        )
        reply = await http.post("batch", json={"cmd": {"one": query}})
        sent = reply.json()["result"]["result"]["one"]["id"]
        portal.person(portal.user_id).press(sent, "Go")
        assert [kind for kind, _ in await bot.told()] == ["COMMANDADD"]
