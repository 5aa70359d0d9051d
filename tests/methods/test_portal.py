"""Every home against the embedded portal, which was written from the facts without a look at the client."""

from datetime import timedelta

import pytest

from bitrix_im import AccessError, ApiError, BitrixIM
from bitrix_im.testing import Portal
from bitrix_im.testing.rest import registry

from ..helpers import connected, message_ids, server_now
from .test_homes import HOMES, ROWS


def numbered(dialog_id):
    return int(dialog_id[4:])


@pytest.fixture
def portal():
    return Portal(seed=3, limited=False)


def test_the_portal_has_every_method_of_the_page():
    assert set(ROWS) <= set(registry.METHODS)
    assert len(HOMES) == 68  # all but the old name of one


async def test_chats_are_made_found_changed_and_left(portal, anyio_backend):
    ann, ben = portal.person("Ann Lee"), portal.person("Ben Fox")
    async with connected(portal) as im:
        chat = await im.chats.create(
            "Deal", users=[ann.id], kind="open", color="MINT", message="Hi", entity_type="CRM", entity_id="DEAL|9"
        )
        name = f"chat{chat}"
        assert await im.chats.find("CRM", "DEAL|9") == chat
        assert await im.chats.find("CRM", "DEAL|10") is None
        shown = await im.dialogs.get(name)
        assert (shown.name, shown.user_counter, shown.dialog_id) == ("Deal", 2, name)
        await im.chats.add_users(chat, [ben.id], hide_history=True)
        assert sorted(await im.chats.user_ids(chat)) == sorted([1, ann.id, ben.id])
        assert {user.id for user in await im.dialogs.users(name).collect()} == {1, ann.id, ben.id}
        await im.chats.rename(chat, "Bigger deal")
        await im.chats.set_color(chat, "PINK")
        await im.chats.mute(name)
        await im.chats.mute(name)
        assert 1 in (await im.dialogs.get(name)).mute_list
        await im.chats.mute(name, muted=False)
        assert (await im.dialogs.get(name)).name == "Bigger deal"
        await im.chats.remove_user(chat, ben.id)
        await im.chats.set_owner(chat, ann.id)
        await im.chats.leave(chat)
        with pytest.raises(AccessError):
            await im.dialogs.get(name)


async def test_messages_are_changed_liked_searched_and_deleted(portal, anyio_backend):
    name = portal.add_chat("Plans")
    async with connected(portal) as im:
        first = await im.messages.send(name, "the first invoice")
        second = await im.messages.send(name, "nothing")
        await im.messages.update(second, "another invoice")
        await im.messages.like(first)
        await im.messages.like(first)  # is liked already
        found = await im.messages.search(numbered(name), "invoice").collect()
        assert message_ids(found) == [second, first]
        assert found[0].author.id == 1
        (one, other) = await im.messages.history(name).limit(2).collect()
        assert (one.text, other.params.likes) == ("another invoice", (1,))
        await im.messages.like(first, liked=False)
        await im.messages.delete(second)
        gone = await im.messages.history(name).first()
        assert gone.params.is_deleted


async def test_a_search_without_a_text_gives_the_whole_history(portal, anyio_backend):
    name = portal.add_chat("Plans")
    portal.add_history(name, 450)
    async with connected(portal) as im:
        found = await im.messages.search(numbered(name)).collect()
        assert sorted(message_ids(found)) == sorted(portal.visible_messages(name))
        assert message_ids(found) == message_ids(await im.messages.history(name).collect())


async def test_dialogs_are_read_and_marked_as_unread(portal, anyio_backend):
    name = portal.add_chat("Plans")
    ids = portal.add_history(name, 10, unread=4)
    async with connected(portal) as im:
        assert (await im.counters.get()).chat == {str(numbered(name)): 4}
        mark = await im.dialogs.read(name)
        assert (mark.dialog_id, mark.chat_id, mark.last_id, mark.counter) == (name, numbered(name), max(ids), 0)
        await im.dialogs.unread(name, ids[-2])
        assert (await im.counters.get()).type.chat == 2
        await im.dialogs.read_all()
        assert (await im.counters.get()).type.all == 0
        await im.dialogs.typing(name)


async def test_the_list_is_pinned_marked_and_hidden(portal, anyio_backend):
    first, second = portal.add_chat("First"), portal.add_chat("Second")
    async with connected(portal) as im:
        await im.recent.pin(first)
        await im.recent.unread(second)
        dialogs = {dialog.dialog_id: dialog for dialog in await im.recent.list().collect()}
        assert dialogs[first].pinned
        assert dialogs[second].unread
        await im.recent.pin(first, pinned=False)
        await im.recent.unread(second, unread=False)
        await im.recent.hide(second)
        assert second not in {dialog.dialog_id for dialog in await im.recent.list().collect()}


async def test_people_and_departments_are_found_however_next_lags(portal, anyio_backend):
    for number in range(120):
        portal.add_user(f"Zed {number}", extranet=number % 3 == 0 or number < 60)
    wanted = {user.id for user in portal.world.users.values() if user.first_name == "Zed" and not user.extranet}
    async with connected(portal) as im:
        found = await im.search.users("zed", page_size=7).collect()
        assert {user.id for user in found} == wanted
        assert len(found) == len(wanted)
        departments = await im.search.departments("Company", page_size=2).collect()
        ids = [department.id for department in departments]
        assert len(ids) == len(set(ids)) > 2
        assert {department.id for department in await im.departments.get(ids)} == set(ids)
        employees = await im.departments.employees(ids)
        assert set(employees) <= set(ids)
        assert all(user.name for users in employees.values() for user in users)
        assert all(user.name for users in (await im.departments.managers(ids)).values() for user in users)
        assert all(user.name for user in await im.departments.colleagues().collect())


async def test_what_was_picked_last_is_remembered(portal, anyio_backend):
    first, second = portal.add_chat("First"), portal.add_chat("Second")
    async with connected(portal) as im:
        await im.search.remember(first)
        await im.search.remember(second)
        assert [item.dialog_id for item in await im.search.last()] == [second, first]
        await im.search.forget(second)
        assert [item.dialog_id for item in await im.search.last()] == [first]
        assert await im.search.last(skip_chat=True) == []


async def test_users_and_the_own_status(portal, anyio_backend):
    ann = portal.person("Ann Lee")
    async with connected(portal) as im:
        assert (await im.users.get()).id == 1
        assert (await im.users.get(ann.id)).name == "Ann Lee"
        assert [user.id for user in await im.users.list([ann.id, 99_999])] == [ann.id]
        await im.users.set_status("dnd")
        assert await im.users.status() == "dnd"
        await im.users.start_idle(10)
        await im.users.end_idle()
        assert (await im.revision()).rest > 0
        with pytest.raises(ApiError):
            await im.users.get(99_999)


async def test_notifications_are_sent_walked_read_and_answered(portal, anyio_backend):
    ann = portal.person("Ann Lee")
    others = [portal.notify(f"note {number}", author_id=ann.id) for number in range(70)]
    questions = [portal.notify(f"question {number}", buttons=("Y", "N")) for number in range(60)]
    async with connected(portal) as im:
        walked = await im.notifications.list().collect()
        assert message_ids(walked) == questions[::-1] + others[::-1]
        assert walked[-1].author.name == "Ann Lee"
        found = await im.notifications.search("note 1").collect()
        assert {notification.text for notification in found} == {f"note {n}" for n in (1, *range(10, 20))}
        assert len(await im.notifications.search(authors=[ann.id]).collect()) == 70
        today = server_now(portal)
        assert (
            await im.notifications.search(since=today + timedelta(days=2), until=today + timedelta(days=3)).collect()
            == []
        )
        await im.notifications.read(others[-1])
        await im.notifications.read_list(others[:2], read=False)
        assert isinstance(await im.notifications.confirm(questions[0], "Y"), list)
        with pytest.raises(ApiError):
            await im.notifications.confirm(questions[0], "Y")
        assert isinstance(await im.notifications.answer(others[0], "Yes"), list)
        await im.notifications.delete(others[1])
        await im.notifications.read_all()
        assert (await im.counters.get()).type.notify == 0
        sent = await im.notifications.send(ann.id, "Task 42", tag="T42")
        assert await im.notifications.send(ann.id, "Task 42 again", tag="T42") != sent
        assert await im.notifications.send_system(ann.id, "From the portal") > sent
        modules = await im.notifications.schema()
        assert modules
        assert all(module.name and module.list for module in modules)
    async with portal.http() as http, BitrixIM(portal.webhook_of(ann.id), http=http) as hers:
        assert [one.text for one in await hers.notifications.list().collect()] == [
            "From the portal",
            "Task 42 again",
        ]


async def test_a_file_of_the_drive_is_published_saved_and_deleted(portal, anyio_backend):
    name = portal.add_chat("Plans")
    async with connected(portal) as im:
        uploaded = await im.files.upload(name, b"content", name="a.txt", message="see")
        assert await im.files.folder(numbered(name)) > 0
        commit = await im.files.commit(numbered(name), file_id=uploaded.file.id, message="again")
        assert (commit.files[0].name, commit.disk_id) == ("a.txt", (uploaded.file.id,))
        saved = await im.files.save(uploaded.file.id)
        assert saved.file.name.startswith("a")
        newest, before = await im.messages.history(name).limit(2).collect()
        assert (newest.id, before.id) == (commit.message_id, uploaded.message_id)
        assert before.files[0].name == "a.txt"
        await im.files.delete(numbered(name), uploaded.file.id)
        with pytest.raises(ApiError):
            await im.files.save(uploaded.file.id)
