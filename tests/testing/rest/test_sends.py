"""The portal's writing methods: sending once, editing, deleting, liking, reading."""

import anyio
import pytest

from bitrix_im.testing import Portal

pytestmark = pytest.mark.anyio
KEY = "0c42a08f-4235-49fc-994f-c9bccd499ac1"


async def call(portal, method, **params):
    async with portal.http(timeout=75) as http:
        return (await http.post(method, json=params)).json()


def notes():
    portal = Portal(limited=False)
    return portal, portal.add_chat("Notes", members=[portal.add_user()])


async def test_a_message_lands_in_its_chat_which_rises():
    portal, chat = notes()
    portal.add_chat("Later")
    message_id = (await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="Hello"))["result"]
    assert portal.visible_messages(chat) == [message_id]
    assert portal.message_texts(chat) == ["Hello"]
    assert portal.visible_dialogs()[0] == chat


async def test_a_repeat_with_the_same_key_answers_the_same_id():
    portal, chat = notes()
    params = {"DIALOG_ID": chat, "MESSAGE": "once", "TEMPLATE_ID": KEY}
    ids = {(await call(portal, "im.message.add", **params))["result"] for _ in range(3)}
    assert len(ids) == len(portal.visible_messages(chat)) == 1
    shown = (await call(portal, "im.dialog.messages.get", DIALOG_ID=chat))["result"]["messages"]
    assert shown[0]["uuid"] == KEY


@pytest.mark.parametrize(
    "extra", [{"TEMPLATE_ID": KEY.upper()}, {"TEMPLATE_ID": "7"}, {"TEMPLATE_ID": KEY, "SYSTEM": "Y"}]
)
async def test_what_is_no_key_does_not_keep_from_doubling(extra):
    portal, chat = notes()
    for _ in range(2):
        await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="twice", **extra)
    assert portal.message_texts(chat) == ["twice", "twice"]


async def test_a_repeat_while_the_first_is_pending_is_told_so():
    portal, chat = notes()
    portal.processing_time = 5.0
    portal.world.pending_seconds = 2.0
    params = {"DIALOG_ID": chat, "MESSAGE": "once", "TEMPLATE_ID": KEY}
    answers = []

    async def send(after):
        await anyio.sleep(after)
        answer = await call(portal, "im.message.add", **params)
        answers.append(answer.get("error", answer.get("result")))

    async with anyio.create_task_group() as tasks:
        for after in (0, 1, 5.5, 8):  # during, after, and long after
            tasks.start_soon(send, after)
    message_id = portal.visible_messages(chat)[0]
    assert answers == ["MESSAGE_DUPLICATED_BY_UUID", message_id, "MESSAGE_DUPLICATED_BY_UUID", message_id]


async def test_messages_carry_attachments_replies_and_come_from_the_system():
    portal, chat = notes()
    first = (await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="one"))["result"]
    await call(portal, "im.message.add", DIALOG_ID=chat, ATTACH='[{"MESSAGE":"x"}]', REPLY_ID=first, URL_PREVIEW="N")
    await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="joined", SYSTEM="Y")
    messages = (await call(portal, "im.dialog.messages.get", DIALOG_ID=chat))["result"]["messages"]
    assert [message["author_id"] for message in messages] == [0, 1, 1]
    assert messages[1]["params"]["ATTACH"] == [{"MESSAGE": "x"}]
    assert messages[1]["params"]["REPLY_ID"] == first
    assert (await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE=" "))["error"] == "MESSAGE_EMPTY"


async def test_own_messages_can_be_edited_and_deleted_for_three_days():
    portal, chat = notes()
    message_id = (await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="tpyo"))["result"]
    assert (await call(portal, "im.message.update", MESSAGE_ID=message_id, MESSAGE="typo"))["result"] is True
    assert portal.message_texts(chat) == ["typo"]
    await anyio.sleep(3 * 86_400 + 1)
    assert (await call(portal, "im.message.update", MESSAGE_ID=message_id, MESSAGE="x"))["error"] == "CANT_EDIT_MESSAGE"
    young = (await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="gone"))["result"]
    assert (await call(portal, "im.message.delete", MESSAGE_ID=young))["result"] is True
    empty = (await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="gone"))["result"]
    assert (await call(portal, "im.message.update", MESSAGE_ID=empty, MESSAGE=""))["result"] is True
    messages = (await call(portal, "im.dialog.messages.get", DIALOG_ID=chat))["result"]["messages"]
    assert [message["id"] for message in messages] == [empty, young, message_id]
    assert [message["params"].get("IS_DELETED") for message in messages] == ["Y", "Y", None]


async def test_foreign_and_unknown_messages_cannot_be_edited():
    portal, chat = notes()
    foreign = portal.post(chat, "theirs")
    for method in ("im.message.update", "im.message.delete"):
        assert (await call(portal, method, MESSAGE_ID=foreign))["error"] == "CANT_EDIT_MESSAGE"
        for unknown in (0, foreign + 5):
            assert (await call(portal, method, MESSAGE_ID=unknown))["error"] == "MESSAGE_ID_ERROR"


async def test_likes_toggle():
    portal, chat = notes()
    drafted = portal.add_history(chat, 3)[1]
    assert (await call(portal, "im.message.like", MESSAGE_ID=drafted, ACTION="plus"))["result"] is True
    assert (await call(portal, "im.message.like", MESSAGE_ID=drafted, ACTION="plus"))["error"] == "WITHOUT_CHANGES"
    messages = (await call(portal, "im.dialog.messages.get", DIALOG_ID=chat))["result"]["messages"]
    assert portal.user_id in messages[1]["params"]["LIKE"]
    assert (await call(portal, "im.message.like", MESSAGE_ID=drafted))["result"] is True


async def test_reading_moves_the_mark():
    portal, chat = notes()
    made = portal.add_history(chat, 10, unread=6)
    result = (await call(portal, "im.dialog.read", DIALOG_ID=chat, MESSAGE_ID=made[6]))["result"]
    assert (result["dialogId"], result["lastId"], result["counter"]) == (chat, made[6], 3)
    assert (await call(portal, "im.dialog.read", DIALOG_ID=chat))["result"]["counter"] == 0
    assert (await call(portal, "im.dialog.read", DIALOG_ID="chat3"))["result"] is False
    assert (await call(portal, "im.dialog.read"))["error"] == "DIALOG_ID_EMPTY"


async def test_texts_are_trimmed_and_cut_and_must_be_strings():
    portal, chat = notes()
    await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="  \n trimmed\t ")
    await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="x" * 20_000)
    message_id = (await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE="y" * 20_001))["result"]
    assert portal.message_texts(chat) == ["trimmed", "x" * 20_000, "y" * 20_000 + " (...)"]
    for text in (5, True, None, ["text"], {"a": "text"}, " \n"):
        assert (await call(portal, "im.message.add", DIALOG_ID=chat, MESSAGE=text))["error"] == "MESSAGE_EMPTY"
    await call(portal, "im.message.update", MESSAGE_ID=message_id, MESSAGE=" " + "z" * 30_000)
    assert portal.message_texts(chat)[-1] == "z" * 20_000 + " (...)"


async def test_a_key_is_forgotten_after_31_days():
    portal, chat = notes()
    params = {"DIALOG_ID": chat, "MESSAGE": "once", "TEMPLATE_ID": KEY}
    first = (await call(portal, "im.message.add", **params))["result"]
    await anyio.sleep(30 * 86_400)
    assert (await call(portal, "im.message.add", **params))["result"] == first
    await anyio.sleep(86_400)
    assert (await call(portal, "im.message.add", **params))["result"] != first


def test_a_wrong_keyword_is_no_message_parameter():
    portal, chat = notes()
    with pytest.raises(TypeError, match="unexpected keyword argument 'author'"):
        portal.post(chat, "text", author=5)
    portal.post(chat, "text", LIKE=[5])
    assert portal.message_texts(chat) == ["text"]


async def test_a_key_whose_send_died_half_way_is_taken_for_an_hour():
    portal, chat = notes()
    portal.world.sends_that_die = 1
    params = {"DIALOG_ID": chat, "MESSAGE": "once", "TEMPLATE_ID": KEY}
    async with portal.http() as http:
        assert (await http.post("im.message.add", json=params)).status_code == 500
    await anyio.sleep(3590)
    assert (await call(portal, "im.message.add", **params))["error"] == "MESSAGE_DUPLICATED_BY_UUID"
    await anyio.sleep(20)
    assert (await call(portal, "im.message.add", **params))["result"] == portal.visible_messages(chat)[0]
