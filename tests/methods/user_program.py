"""A program of a user that uses many homes: mypy checks it with the tests, and pyright is content with it, too."""

from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

from bitrix_im import (
    BitrixIM,
    Chat,
    Counters,
    Department,
    FileCommit,
    Message,
    Notification,
    NotificationModule,
    Pager,
    ReadMark,
    RecentItem,
    Revision,
    SavedFile,
    UploadedFile,
    User,
)


async def main(im: BitrixIM) -> None:
    assert_type(im.recent.list(skip_openlines=True), Pager[RecentItem])
    assert_type(await im.recent.get(last_sync_date=datetime.now(UTC)), list[RecentItem])
    await im.recent.pin("chat5")
    assert_type(im.search.chats("Project"), Pager[Chat])
    assert_type(im.search.users("Anna", business=True), Pager[User])
    assert_type(im.search.departments("Sales"), Pager[Department])
    assert_type(await im.search.last(skip_chat=True), list[RecentItem])
    assert_type(im.messages.history("chat5", after=5), Pager[Message])
    assert_type(im.messages.search(5, "invoice", since=datetime.now(UTC)), Pager[Message])
    assert_type(await im.messages.send("chat5", "Hi", key="order 42"), int)
    await im.messages.update(5, "Hi", url_preview=False)
    await im.messages.like(5)
    await im.messages.share(5, "chat5", "TASK")
    assert_type(await im.dialogs.get(5), Chat)
    assert_type(im.dialogs.users("chat5"), Pager[User])
    assert_type(await im.dialogs.read("chat5"), ReadMark | None)
    assert_type(await im.chats.create("Deal", users=[5], kind="open"), int)
    assert_type(await im.chats.find("CRM", "DEAL|5"), int | None)
    assert_type(await im.chats.user_ids(5), list[int])
    assert_type(await im.users.get(), User)
    assert_type(await im.users.list([5, 6]), list[User])
    assert_type(await im.users.status(), str)
    assert_type(im.notifications.list(), Pager[Notification])
    assert_type(im.notifications.search("invoice", types=["tasks"]), Pager[Notification])
    assert_type(await im.notifications.confirm(5, "Y"), list[str])
    assert_type(await im.notifications.schema(), list[NotificationModule])
    assert_type(im.departments.colleagues(), Pager[User])
    assert_type(await im.departments.get([5]), list[Department])
    assert_type(await im.departments.employees([5]), dict[int, list[User]])
    assert_type(await im.files.upload("chat5", Path("a.pdf")), UploadedFile)
    assert_type(await im.files.download("chat5", 5), bytes)
    assert_type(await im.files.download("chat5", 5, "a.pdf"), Path)
    assert_type(await im.files.commit(5, file_id=5), FileCommit)
    assert_type(await im.files.save(5), SavedFile)
    assert_type(await im.counters.get(), Counters)
    assert_type(await im.revision(), Revision)
    async for message in im.messages.history("chat5").limit(5):
        assert_type(message, Message)
        assert_type(message.author.name if message.author else None, str | None)
        assert_type(Message.from_dict(message.to_dict()), Message)
    user = User(id=5, name="Anna")
    assert_type((user.to_json(), Chat(id=5).dialog_id), tuple[str, str])
