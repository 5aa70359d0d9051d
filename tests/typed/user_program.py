"""A user's program of twenty-odd homes: mypy --strict and pyright read it, and the suite runs it."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_type

import anyio

from bitrix_im import (
    BitrixError,
    BitrixIM,
    Call,
    Chat,
    Department,
    Event,
    MemoryMark,
    Message,
    MessageAdded,
    Notification,
    Pager,
    ReadMark,
    RecentItem,
    Reply,
    Revision,
    User,
)


async def main(im: BitrixIM, dialog_id: str) -> list[str]:
    """Use what a program uses; return a line for each home."""
    done: list[str] = []

    dialogs = im.recent.list(skip_openlines=True)
    assert_type(dialogs, Pager[RecentItem])
    async for dialog in dialogs.limit(3):
        done.append(f"recent.list {assert_type(dialog.dialog_id, str)}")
    first = await dialogs.first()
    assert_type(first, RecentItem | None)
    async for page in dialogs.pages():
        assert_type(page.cursor, str | None)
        done.append(f"pages {len(page.items)}")
        break

    assert_type(await im.recent.get(), list[RecentItem])
    assert_type(await im.search.chats("Project").collect(), list[Chat])
    assert_type(await im.search.users("Anna").collect(), list[User])
    assert_type(await im.search.departments("Sales").collect(), list[Department])
    assert_type(await im.search.last(), list[RecentItem])

    async for message in im.messages.history(dialog_id).limit(2):
        assert_type(message, Message)
        author = message.author
        assert_type(author, User | None)
        done.append(f"messages.history {message.id} {author.name if author else ''}")
    sent = await im.messages.send(dialog_id, "Hello", key="greeting 1")
    await im.messages.update(sent, "Hello again")
    await im.messages.like(sent)
    await im.messages.delete(assert_type(sent, int))

    chat = await im.dialogs.get(dialog_id)
    assert_type(chat, Chat)
    assert_type(await im.dialogs.users(dialog_id).collect(), list[User])
    assert_type(await im.dialogs.read(dialog_id), ReadMark | None)
    await im.dialogs.typing(dialog_id)

    made = await im.chats.create("Lunch", users=[2, 3])
    await im.chats.rename(made, "Lunch & more")
    await im.chats.add_users(made, [4], hide_history=True)
    await im.chats.mute(f"chat{made}")
    done.append(f"chats {len(assert_type(await im.chats.user_ids(made), list[int]))}")

    me = await im.users.get()
    assert_type(me, User)
    assert_type(await im.users.list([me.id, 2]), list[User])
    await im.users.set_status(assert_type(await im.users.status(), str))

    assert_type(await im.departments.colleagues().collect(), list[User])
    notification = await im.notifications.send(me.id, "Look", tag="tag 1")
    assert_type(await im.notifications.list().collect(), list[Notification])
    await im.notifications.delete(notification)
    done.append(f"counters {(await im.counters.get()).to_json()}")
    assert_type(await im.revision(), Revision)

    outcomes = await im.batch({"me": Call("im.user.get"), "all": Call("im.counters.get")})
    assert_type(outcomes, dict[str, Reply | BitrixError])
    assert_type(await im.call("im.user.get", {"ID": 1}), Reply)
    assert_type(im.with_options(timeout=timedelta(seconds=5).total_seconds()), BitrixIM)

    async with im.events(mark=MemoryMark()) as events:
        await im.messages.send(dialog_id, "Do you hear me?")
        with anyio.move_on_after(60):
            async for event in events:
                assert_type(event, Event)
                match event:
                    case MessageAdded() if event.is_mine and "hear me" in event.text:
                        done.append(f"events {assert_type(event.dialog_id, str)}")
                        break
                    case _:
                        pass
    return done
