"""The portal's users: statuses, read marks, and what needs no scope."""

import pytest

from .calling import World

pytestmark = pytest.mark.anyio


async def test_what_needs_no_scope():
    world = World()
    assert (await world.call("profile"))["result"]["ID"] == "1"
    assert (await world.call("user.current", world.ann.id))["result"]["NAME"] == "Ann"
    assert "im" in (await world.call("scope"))["result"]
    assert "im.recent.list" in (await world.call("methods"))["result"]
    assert (await world.call("method.get", name="IM.RECENT.LIST"))["result"] == {
        "isExisting": True,
        "isAvailable": True,
    }
    assert (await world.call("app.info"))["result"]["LICENSE"]
    assert (await world.call("feature.get", CODE="x"))["result"] == {"value": "Y"}


async def test_a_status_is_seen_by_others():
    world = World()
    assert (await world.call("im.user.status.get"))["result"] == "online"
    await world.call("im.user.status.set", STATUS="dnd")
    assert await world.errors("im.user.status.set", {"STATUS": "asleep"}) == ["STATUS_ERROR"]
    await world.call("im.user.status.idle.start", AGO=10)
    seen = (await world.call("im.user.get", world.ann.id, ID=1))["result"]
    assert seen["status"] == "dnd"
    assert seen["idle"] == world.portal.clock.iso(world.portal.clock.seconds() - 600)
    await world.call("im.user.status.idle.end")
    assert (await world.call("im.user.get"))["result"]["idle"] is False


async def test_reading_goes_back_and_everywhere():
    world = World()
    made = world.portal.add_history(world.chat, 10)
    await world.call("im.dialog.unread", DIALOG_ID=world.chat, MESSAGE_ID=made[7])
    assert (await world.call("im.dialog.get", DIALOG_ID=world.chat))["result"]["counter"] == 3
    world.ann.write(1, "hi")
    await world.call("im.dialog.read.all")
    assert (await world.call("im.counters.get"))["result"]["TYPE"]["ALL"] == 0
