import copy
import gc
import json
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import attrs
import pytest

from bitrix_im import models
from bitrix_im.convert import structure
from bitrix_im.models import (
    Avatar,
    Chat,
    CopilotRole,
    Counters,
    CounterTotals,
    Department,
    EntityLink,
    File,
    FileCommit,
    FoundMessages,
    FrozenDict,
    ImageSize,
    Message,
    MessageParams,
    MessagesPage,
    Model,
    NotificationModule,
    NotificationSetting,
    NotificationsPage,
    Permissions,
    ReadMark,
    ReadStatus,
    RecentItem,
    RecentList,
    RecentMessage,
    Restrictions,
    Revision,
    SavedFile,
    UploadedFile,
    User,
)

PAYLOADS = Path(__file__).parent.parent / "payloads"


def example(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text())["result"]


def models_in(value):
    """Every model inside a value."""
    if isinstance(value, Model):
        yield value
        for field in attrs.fields(type(value)):
            yield from models_in(getattr(value, field.name))
    elif isinstance(value, tuple):
        for entry in value:
            yield from models_in(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from models_in(entry)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("im.recent.list", RecentList),
        ("im.recent.get", tuple[RecentItem, ...]),
        ("im.recent.get.revision-18", tuple[RecentItem, ...]),
        ("im.search.chat.list", tuple[Chat, ...]),
        ("im.dialog.messages.get", MessagesPage),
        ("im.dialog.get", Chat),
        ("im.dialog.users.list", tuple[User, ...]),
        ("im.user.get", User),
        ("im.user.list.get", tuple[User, ...]),
        ("im.search.user.list", tuple[User, ...]),
        ("im.search.last.get", tuple[RecentItem, ...]),
        ("im.department.colleagues.list.2", tuple[User, ...]),
        ("im.department.employees.get.2", Mapping[str, tuple[User, ...]]),
        ("im.department.managers.get.2", Mapping[str, tuple[User, ...]]),
        ("im.department.get", tuple[Department, ...]),
        ("im.department.get.2", tuple[Department, ...]),
        ("im.search.department.list", tuple[Department, ...]),
        ("im.counters.get", Counters),
        ("im.revision.get", Revision),
        ("im.notify.get", NotificationsPage),
        ("im.notify.history.search", NotificationsPage),
        ("im.notify.schema.get", Mapping[str, NotificationModule]),
        ("im.dialog.messages.search", FoundMessages),
        ("im.dialog.read", ReadMark),
        ("im.disk.file.commit", FileCommit),
        ("im.disk.file.save", SavedFile),
        ("im.v2.File.upload", UploadedFile),
    ],
)
def test_every_documented_field_of_an_official_example_has_a_place_of_its_own(name, kind):
    decoded = structure(example(name), kind)
    assert decoded
    assert {type(model).__name__: model.extra for model in models_in(decoded) if model.extra} == {}


def test_a_private_dialog_of_the_recent_list():
    page = structure(example("im.recent.list"), RecentList)
    assert page.has_more is False
    dialog = page.items[0]
    assert (dialog.dialog_id, dialog.chat_id, dialog.type, dialog.title) == ("547", 1231, "user", "John Doe")
    assert dialog.avatar == Avatar(url="", color="#1eb4aa")
    assert dialog.message == RecentMessage(
        id=84415,
        text="ntcn",
        author_id=547,
        date=datetime(2026, 2, 25, 12, 7, 10, tzinfo=timezone(timedelta(hours=1))),
        status="received",
        uuid="0c3c5ad6-a1b8-4d4d-9234-f137ef862a77",
    )
    assert (dialog.counter, dialog.last_id, dialog.pinned, dialog.unread) == (1, 82363, False, False)
    assert dialog.date_last_activity == dialog.date_update == datetime(2026, 2, 25, 11, 7, 10, tzinfo=UTC)
    assert dialog.user.name == "John Doe"
    assert dialog.user.departments == (1, 667)
    assert (dialog.user.idle, dialog.user.phones, dialog.user.bot_data) == (None, None, None)
    assert dialog.options == {}


def test_the_chat_of_a_private_dialog_knows_which_dialog_it_is():
    chat = structure(example("im.recent.list"), RecentList).items[0].chat
    assert chat == Chat(id=1231, dialog_id="547", text_field_enabled=True)


def test_a_group_chat_of_the_recent_list():
    dialog = structure(example("im.recent.list"), RecentList).items[1]
    assert dialog.dialog_id == dialog.chat.dialog_id == "chat1317"
    assert dialog.chat.id == dialog.chat_id == 1317
    assert dialog.chat.name == dialog.title == "I want a green chat"
    assert dialog.chat.mute_list == {503}
    assert dialog.chat.restrictions == Restrictions()
    assert dialog.chat.permissions.manage_users_delete == "manager"
    assert dialog.chat.entity_link == EntityLink()
    assert dialog.chat.public is None
    assert dialog.chat.user_counter == 2
    assert dialog.user.id == 547


def test_the_copilot_part_of_the_recent_list():
    page = structure(example("im.recent.list"), RecentList)
    assert page.copilot.chats == page.copilot.messages == ()
    assert page.copilot.recommended_roles[:2] == ("copilot_assistant", "smm_manager")
    role = page.copilot.roles["copilot_assistant"]
    assert isinstance(role, CopilotRole)
    assert (role.name, role.default, len(role.prompts)) == ("BitrixGPT", True, 4)
    assert role.avatar.small.endswith("_64x64.png")
    assert role.prompts[1].prompt_type == "default"
    assert role.prompts[1].title == "How to combat procrastination?"


def test_a_system_message_has_nobody_behind_it():
    task = structure(example("im.recent.get"), tuple[RecentItem, ...])[0]
    assert (task.message.author_id, task.message.attach, task.message.uuid) == (0, True, None)
    assert task.user is None
    assert task.chat.manager_list == (503,)
    assert task.chat.entity_link.type == "TASKS"


def test_an_old_portal_is_read_under_the_names_of_today():
    person, chat = structure(example("im.recent.get.revision-18"), tuple[RecentItem, ...])
    assert (person.dialog_id, person.message.id, person.message.author_id, person.counter) == ("1", 30468, 1, 3)
    assert person.date_update == datetime(2017, 10, 17, 9, 12, 56, tzinfo=UTC)
    assert (person.date_last_activity, person.chat, person.chat_id) == (None, None, 0)
    assert (person.user.id, person.user.birthday) == (1, "")
    assert person.user.absent == datetime(2017, 10, 31, 22, tzinfo=UTC)
    assert (chat.dialog_id, chat.chat_id, chat.chat.id) == ("chat21191", 21191, 21191)
    assert (chat.chat.name, chat.chat.owner, chat.user) == ("Mint Chat #3", 2, None)


def test_a_found_chat():
    (chat,) = structure(example("im.search.chat.list"), tuple[Chat, ...])
    assert (chat.id, chat.dialog_id, chat.name) == (1137, "chat1137", 'Project: "template development"')
    assert chat.description is None
    assert (chat.message_count, chat.last_message_id, chat.last_id, chat.role) == (4, 80461, 80461, "owner")
    assert chat.restrictions.rename is False
    assert chat.restrictions.path == "/workgroups/group/#ID#/"
    assert chat.entity_link == EntityLink(type="SONET_GROUP", url="/workgroups/group/121/", id="121")
    assert chat.date_create == datetime(2024, 7, 26, 13, 28, 2, tzinfo=UTC)


def test_a_chat_by_itself_tells_who_has_read_it():
    chat = structure(example("im.dialog.get"), Chat)
    assert (chat.dialog_id, chat.description) == ("chat1439", "Discussion about the deal")
    assert chat.readed_list[0] == ReadStatus(user_id=103, user_name="John Smith")
    assert chat.manager_list == (503,)
    assert chat.last_message_views.message_id == 84477
    assert chat.last_message_views.first_viewers == ()
    assert isinstance(chat.permissions, Permissions)


def test_a_page_of_messages():
    page = structure(example("im.dialog.messages.get"), MessagesPage)
    assert page.chat_id == 1489
    newest, second, joined = page.messages
    assert newest == Message(
        id=84877,
        chat_id=1489,
        author_id=503,
        date=datetime(2026, 3, 4, 6, 43, 26, tzinfo=UTC),
        text="We are very happy to have you!",
        uuid="0c42a08f-4235-49fc-994f-c9bccd499ac1",
        params=MessageParams(likes=(547,)),
        author=page.users[0],
    )
    assert second.params == MessageParams()
    assert second.author is newest.author
    assert second.author.name == "Klaus Weber"
    assert (joined.author, joined.params.codes, joined.params.notify) == (None, ("CHAT_JOIN",), "N")


def test_a_file_of_a_page():
    (file,) = structure(example("im.dialog.messages.get"), MessagesPage).files
    assert (file.id, file.chat_id, file.author_id, file.author_name) == (5255, 1489, 503, "Klaus Weber")
    assert (file.size, file.extension, file.image) == (2144, "png", ImageSize(width=72, height=61))
    assert file.url_download.startswith("https://mysite.com/")
    assert file.viewer_attrs.object_id == "5255"
    assert file.media_url.preview["250"].startswith("https://mysite.com/")
    assert file.is_voice_note is False


def test_files_are_joined_to_their_messages_in_the_messages_order():
    page = structure(
        {
            "chat_id": 1,
            "messages": [
                {"id": 3, "date": "2026-03-04T09:43:26+03:00", "params": {"FILE_ID": ["12", 11, 99]}},
                {"id": 2, "date": "2026-03-04T09:43:26+03:00", "params": []},
            ],
            "files": {"11": {"id": 11}, "12": {"id": "12"}},
        },
        MessagesPage,
    )
    assert [file.id for file in page.messages[0].files] == [12, 11]
    assert page.messages[0].params.file_ids == (12, 11, 99)
    assert page.messages[1].files == ()


def test_a_message_whose_author_the_page_does_not_hold_has_no_author():
    message = {"id": 3, "author_id": 7, "date": "2026-03-04T09:43:26+03:00"}
    page = structure({"chat_id": 1, "messages": [message], "users": [None, {"id": 8}]}, MessagesPage)
    assert [user.id for user in page.users] == [8]
    assert page.messages[0].author_id == 7
    assert page.messages[0].author is None


def test_what_params_tell_of_a_message():
    params = structure(
        {
            "LIKE": ["503", 547],
            "REPLY_ID": "84001",
            "IS_DELETED": "Y",
            "IS_EDITED": "N",
            "CODE": "CHAT_LEAVE",
            "ATTACH": [{"ID": "5"}],
            "KEYBOARD": "N",
            "URL_ID": [5],
        },
        MessageParams,
    )
    assert params.likes == (503, 547)
    assert params.reply_id == 84001
    assert (params.is_deleted, params.is_edited) == (True, False)
    assert params.codes == ("CHAT_LEAVE",)
    assert params.attach == [{"ID": "5"}]
    assert params.keyboard == "N"
    assert params.extra == {"URL_ID": [5]}


def test_counters():
    counters = structure(example("im.counters.get"), Counters)
    assert counters.type == CounterTotals(all=5, notify=4, dialog=1, messenger=1)
    assert (counters.chat, counters.chat_muted, counters.dialog) == ({}, {"1317": 1, "1319": 1}, {"547": 1})
    assert counters.chat_unread == ()


def test_a_department_and_its_head():
    department = structure(example("im.department.get.2"), list[Department])[0]
    assert (department.id, department.name, department.manager_user_id) == (7, "Development Department", 103)
    assert department.manager_user_data.name == "Anna Peterson"
    assert structure(example("im.department.get"), list[Department])[0].manager_user_data is None


def test_notifications_have_their_authors():
    page = structure(example("im.notify.get"), NotificationsPage)
    assert (page.total_count, page.total_unread_count, page.chat_id) == (120, 5, 77)
    (notification,) = page.notifications
    assert (notification.notify_type, notification.notify_read, notification.params) == (2, False, {})
    assert notification.author is page.users[0]
    assert notification.notify_tag == "MP|12345|TASK_42"
    assert structure(example("im.notify.history.search"), NotificationsPage).total_results == 1


@pytest.mark.parametrize("settings", [[{"ID": "a|b", "NAME": "B"}], {"b": {"ID": "a|b", "NAME": "B"}}])
def test_what_a_module_notifies_of_comes_as_a_list_or_as_an_object(settings):
    module = structure({"NAME": "A", "MODULE_ID": "a", "LIST": settings}, NotificationModule)
    assert module == NotificationModule(name="A", module_id="a", list=(NotificationSetting(id="a|b", name="B"),))


def test_found_messages_come_in_camel_case():
    page = structure(example("im.dialog.messages.search"), FoundMessages)
    (message,) = page.messages
    assert (message.id, message.chat_id, message.author_id, message.viewed) == (33653, 2421, 1, True)
    assert message.author is page.users[0]
    assert page.users[0].first_name == "Alex"
    assert page.users[0].last_activity_date is not None
    assert page.tariff_restrictions.is_history_limit_exceeded is False


def test_files_of_a_commit_come_under_their_uploads():
    commit = structure(example("im.disk.file.commit"), FileCommit)
    assert (commit.message_id, commit.disk_id) == (84779, (5249,))
    (file,) = commit.files
    assert (file.id, file.name, file.date) == (5249, "image.png", None)
    assert commit.file_models["upload5249"]["storageId"] == 663


def test_an_uploaded_file_knows_its_message():
    uploaded = structure(example("im.v2.File.upload"), UploadedFile)
    assert (uploaded.message_id, uploaded.chat_id, uploaded.dialog_id) == (38655, 4415, "chat4415")
    assert (uploaded.file.name, uploaded.file.size) == ("report.pdf", 35341)


ALL = [getattr(models, name) for name in models.__all__ if isinstance(getattr(models, name), type)]
DECODED = [
    *models_in(structure(example("im.recent.list"), RecentList)),
    *models_in(structure(example("im.dialog.messages.get"), MessagesPage)),
    *models_in(structure(example("im.dialog.get"), Chat)),
    *models_in(structure(example("im.dialog.messages.search"), FoundMessages)),
    *models_in(structure(example("im.notify.get"), NotificationsPage)),
    *models_in(structure(example("im.counters.get"), Counters)),
    *models_in(structure(example("im.disk.file.commit"), FileCommit)),
]


@pytest.mark.parametrize("model", DECODED, ids=lambda model: type(model).__name__)
def test_a_decoded_model_is_of_its_very_class_and_frozen(model):
    assert type(model) in ALL
    assert not hasattr(model, "__dict__")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        model.extra = {}
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del model.extra


@pytest.mark.parametrize("model", DECODED, ids=lambda model: type(model).__name__)
def test_a_decoded_model_can_be_pickled_copied_compared_and_hashed(model):
    for twin in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model), attrs.evolve(model)):
        assert twin == model
        assert hash(twin) == hash(model)


def test_a_decoded_model_equals_one_made_by_hand():
    assert structure({"id": "5", "name": "Anna"}, User) == User(id=5, name="Anna")
    assert structure({"id": 5}, File) == File(id=5)


def test_models_with_other_unknown_fields_are_not_equal():
    assert structure({"id": 5, "new": 1}, User) != structure({"id": 5}, User)


def test_a_repr_is_short():
    page = structure(example("im.recent.list"), RecentList)
    assert repr(page.items[0]) == "RecentItem(dialog_id='547', title='John Doe')"
    assert repr(page.items[0].message) == "RecentMessage(id=84415, author_id=547, text='ntcn')"
    assert repr(page.items[0].avatar) == "Avatar(color='#1eb4aa')"
    long = Message(id=1, date=datetime.now(UTC), text="x" * 10_000)
    assert len(repr(long)) < 120
    assert repr(User(id=1, extra=FrozenDict(a=1)).extra) == "{'a': 1}"


def test_models_can_be_written_as_json():
    chat = structure({**example("im.dialog.get"), "novelty": {"a": 1}}, Chat)
    text = json.dumps(attrs.asdict(chat), default=str)
    assert json.loads(text)["extra"] == {"novelty": {"a": 1}}


def test_mappings_of_models_cannot_be_changed():
    empty: Any = User(id=1).extra
    for change in (
        lambda: empty.update(a=1),
        lambda: empty.setdefault("a", 1),
        lambda: empty.__setitem__("a", 1),
        lambda: empty.__ior__({"a": 1}),
        lambda: FrozenDict(a=1).pop("a"),
        lambda: FrozenDict(a=1).clear(),
        lambda: FrozenDict(a=1).__delitem__("a"),
    ):
        with pytest.raises(TypeError, match="frozen"):
            change()
    assert User(id=2).extra == {}


def test_decoding_leaves_the_decoded_json_alone():
    for name, kind in (("im.recent.list", RecentList), ("im.recent.get.revision-18", tuple[RecentItem, ...])):
        data = example(name)
        structure(data, kind)
        assert data == example(name)


def test_decoding_leaves_no_garbage_cycles():
    data = example("im.dialog.messages.get")
    structure(data, MessagesPage)
    gc.collect()
    gc.disable()
    try:
        structure(data, MessagesPage)
        assert gc.collect() == 0
    finally:
        gc.enable()
