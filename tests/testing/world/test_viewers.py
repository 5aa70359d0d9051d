"""Several users of one portal: each sees their own lists, marks and history, and writes as themselves."""

import anyio
import pytest

from bitrix_im.testing import Portal

pytestmark = pytest.mark.anyio


async def call(portal, user_id, method, **params):
    async with portal.http(base_url=portal.webhook_of(user_id), timeout=75) as http:
        return (await http.post(method, json=params)).json()


def two():
    portal = Portal(limited=False)
    ann = portal.person("Ann Lee")
    return portal, ann, portal.add_chat("Plans", members=[ann.id])


async def test_each_user_has_their_own_read_mark_pins_and_hidden_dialogs():
    portal, ann, chat = two()
    other = portal.add_chat("Other", members=[ann.id])
    portal.post(chat, "for Ann", portal.user_id)
    assert (await call(portal, ann.id, "im.counters.get"))["result"]["CHAT"] == {chat[4:]: 1}
    await call(portal, ann.id, "im.recent.pin", DIALOG_ID=other)
    await call(portal, ann.id, "im.recent.hide", DIALOG_ID=chat)
    items = (await call(portal, ann.id, "im.recent.list"))["result"]["items"]
    assert [(item["id"], item["pinned"]) for item in items] == [(other, True)]
    assert portal.visible_dialogs() == [chat, other]
    assert [row.pinned for row in portal.me.rows.ordered()] == [False, False]
    await call(portal, ann.id, "im.dialog.read", DIALOG_ID=chat)
    assert (await call(portal, ann.id, "im.counters.get"))["result"]["CHAT"] == []


async def test_a_private_dialog_is_called_by_the_other_ones_id():
    portal, ann, _ = two()
    await anyio.sleep(5)
    ann.write(portal.user_id, "hello")
    assert str(ann.id) in portal.visible_dialogs()
    assert portal.message_texts(ann.id) == ["hello"]
    item = (await call(portal, ann.id, "im.recent.list"))["result"]["items"][0]
    assert (str(item["id"]), item["title"], item["message"]["author_id"]) == (
        str(portal.user_id),
        "Klaus Weber",
        ann.id,
    )
    bob = portal.person("Bob Ray")
    ann.write(bob.id, "between us")
    assert bob.messages(ann.id) == ["between us"]
    assert str(bob.id) not in portal.visible_dialogs()


async def test_who_calls_is_the_author_and_strangers_are_kept_out():
    portal, ann, chat = two()
    secret = portal.add_chat("Without Ann")
    message_id = (await call(portal, ann.id, "im.message.add", DIALOG_ID=chat, MESSAGE="mine"))["result"]
    assert portal.world.chat(chat).kept[message_id].author_id == ann.id
    assert portal.me.seat_of(chat).unread() == 1
    assert (await call(portal, ann.id, "im.dialog.messages.get", DIALOG_ID=secret))["error"] == "ACCESS_ERROR"
    assert (await call(portal, ann.id, "im.user.get"))["result"]["name"] == "Ann Lee"
    with pytest.raises(KeyError):
        portal.webhook_of(99_999)


async def test_tokens_are_of_a_user():
    portal, ann, chat = two()
    token = portal.issue_tokens(user_id=ann.id)["access_token"]
    async with portal.http(
        base_url=f"https://{portal.host}/rest/", headers={"Authorization": f"Bearer {token}"}
    ) as http:
        assert (await http.post("profile")).json()["result"]["ID"] == str(ann.id)
        await http.post("im.message.add", json={"DIALOG_ID": chat, "MESSAGE": "by token"})
    assert portal.world.chat(chat).kept[portal.visible_messages(chat)[-1]].author_id == ann.id


async def test_a_webhook_opens_for_its_own_user_only():
    portal, ann, _ = two()
    url = portal.webhook_of(ann.id).replace(f"/{ann.id}/", f"/{portal.user_id}/")
    async with portal.http(base_url=url) as http:
        assert (await http.post("profile")).json()["error"] == "INVALID_CREDENTIALS"


async def test_history_before_joining_can_be_hidden():
    portal, ann, chat = two()
    portal.add_history(chat, 30)
    bob, cid = portal.person("Bob Ray"), portal.person("Cid Fox")
    await call(portal, ann.id, "im.chat.user.add", CHAT_ID=chat[4:], USERS=[bob.id], HIDE_HISTORY="Y")
    await call(portal, ann.id, "im.chat.user.add", CHAT_ID=chat[4:], USERS=[cid.id])
    portal.post(chat, "after")
    assert bob.messages(chat) == ["after"]
    assert len(cid.messages(chat)) == 31
    assert (await call(portal, ann.id, "im.chat.user.list", CHAT_ID=chat[4:]))["result"] == sorted(
        [portal.user_id, ann.id, bob.id, cid.id]
    )


async def test_people_write_react_edit_and_leave():
    portal, ann, chat = two()
    message_id = ann.write(chat, "tpyo")
    ann.edit(message_id, "typo")
    ann.react(message_id)
    assert portal.message_texts(chat) == ["typo"]
    assert portal.world.chat(chat).kept[message_id].params == {"IS_EDITED": "Y", "LIKE": [ann.id]}
    ann.delete(message_id)
    assert portal.world.chat(chat).kept[message_id].deleted
    ann.leave(chat)
    with pytest.raises(PermissionError, match="join"):
        ann.write(chat, "gone")
    ann.join(chat)
    ann.write(chat, "back")
    assert portal.message_texts(chat)[-1] == "back"
    with pytest.raises(ValueError, match="own id"):
        ann.write(ann.id, "to myself")
    with pytest.raises(KeyError):
        ann.write("chat99999", "nowhere")


def test_a_person_is_found_by_name_or_made():
    portal = Portal()
    assert portal.person("Klaus").id == portal.person("Klaus Weber").id == portal.person(1).id == portal.user_id
    made = portal.person("Somebody New")
    assert portal.person("Somebody").id == made.id
    assert made.user.name == "Somebody New"
