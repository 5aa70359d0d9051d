"""The portal's world: building it, its clock, its size."""

from datetime import datetime

import anyio
import pytest

from bitrix_im.testing import Portal

from ...virtual_time import run


def test_a_large_world_can_be_built():
    portal = Portal().populate(dialogs=5_000, messages=20_000)
    assert len(portal.visible_dialogs()) == 5_000
    assert len(portal.visible_messages(portal.showcase)) == 20_000


def test_populating_makes_what_was_asked_for():
    portal = Portal(seed=5).populate(dialogs=33, found=("Plan", 7), messages=40, unread=9, queue_lines=1, pinned=2)
    assert len(portal.visible_dialogs()) == 33
    assert len(portal.found_chats("Plan")) == 7
    assert len(portal.visible_messages(portal.showcase)) == 40
    assert portal.me.seat_of(portal.showcase).unread() == 9
    assert len(portal.queue_lines()) == 1
    kinds = {portal.world.chat(dialog).kind for dialog in portal.visible_dialogs()}
    assert kinds >= {"chat", "private", "lines", "open", "channel", "copilot", "sonetGroup"}
    assert len(set(portal.changed_dialogs()) - set(portal.visible_dialogs())) >= 2  # tasks


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_decides_everything(seed):
    one, same, other = (Portal(seed=number).populate() for number in (seed, seed, seed + 10))
    assert one.webhook == same.webhook != other.webhook
    assert one.visible_dialogs() == same.visible_dialogs() != other.visible_dialogs()
    assert one.message_texts(one.showcase) == same.message_texts(same.showcase)


def test_tiny_worlds_can_be_populated():
    for dialogs in range(4):
        assert len(Portal().populate(dialogs=dialogs, messages=0, unread=0).visible_dialogs()) == dialogs


def test_time_goes_on_from_one_event_loop_to_the_next():
    portal = Portal(epoch=datetime.fromisoformat("2026-01-01T00:00:00+01:00"))

    async def wait(seconds):
        portal.clock.now()
        await anyio.sleep(seconds)
        return portal.clock.iso(portal.clock.now())

    assert run(wait, 60, on="trio") == "2026-01-01T00:01:00+01:00"
    assert run(wait, 60) == "2026-01-01T00:02:00+01:00"
    assert portal.clock.iso(portal.clock.now()) == "2026-01-01T00:02:00+01:00"


def test_a_clock_can_be_given():
    ticks = [100.0]
    portal = Portal(clock=lambda: ticks[0])
    portal.clock.now()
    ticks[0] += 90
    assert portal.clock.elapsed() == 90
    with pytest.raises(ValueError):
        Portal(epoch=datetime(2026, 1, 1))  # noqa: DTZ001


def test_histories_end_at_the_dialogs_last_activity_and_leave_the_order():
    portal = Portal().populate(dialogs=20)
    order = portal.visible_dialogs()
    for dialog in order:
        portal.add_history(dialog, 3)
    assert portal.visible_dialogs() == order
    for dialog in order:
        chat = portal.world.chat(dialog)
        assert list(chat.dates) == sorted(chat.dates)
        assert chat.dates[-1] == portal.me.rows.main(portal.me.seat(chat)).date


def test_moving_a_world():
    portal = Portal()
    chat = portal.add_chat("Old name", members=[portal.add_user()])
    portal.rename_chat(chat, "New name")
    first = portal.post(chat, "theirs")
    assert portal.visible_dialogs(unread_only=True) == [chat]
    assert portal.read(chat, first) == 0
    portal.post(chat, "mine", portal.user_id)
    assert portal.visible_dialogs(unread_only=True) == []
    assert portal.found_chats("NEW NAME") == [int(chat.removeprefix("chat"))]
    portal.leave(chat)
    assert portal.found_chats("New name") == []
    with pytest.raises(KeyError):
        portal.post("chat5")


def test_rows_can_be_placed_by_index_and_date():
    portal = Portal()
    portal.add_dropped_row(at=3)
    names = [portal.add_chat(str(number)) for number in range(3)]
    portal.double(names[0])
    portal.double(names[0], at=datetime.fromisoformat("2030-01-01T00:00:00+00:00"))
    portal.add_dropped_row(at=datetime.fromisoformat("2031-01-01T00:00:00+00:00"))
    portal.add_dropped_row()
    rows = [row.chat and row.chat.dialog_id for row in portal.me.rows.ordered()]
    assert rows[:2] == [None, names[0]]
    assert rows[-1] == names[0]
    assert rows.count(None) == 3
    assert portal.visible_dialogs()[0] == names[0]
