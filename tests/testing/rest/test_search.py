"""The portal's searches for people and departments, with the defects of their ``next``."""

import pytest

from .calling import World

pytestmark = pytest.mark.anyio


def crowd():
    world = World()
    for number in range(30):
        world.portal.add_user(f"Zed {number}", extranet=number % 3 == 0 or number < 6)
    return world


async def test_extranet_users_go_after_limit_so_next_lags():
    world = crowd()
    first = await world.call("im.search.user.list", FIND="zed", LIMIT=5)
    assert (first["result"], first["total"], first["next"]) == ([], 30, 0)  # it stands still
    seen = {}
    for offset in range(0, 30, 5):
        page = await world.call("im.search.user.list", FIND="zed", LIMIT=5, OFFSET=offset)
        seen |= dict(page["result"] or {})
    wanted = [user.id for user in world.portal.world.users.values() if user.first_name == "Zed" and not user.extranet]
    assert list(map(int, seen)) == wanted
    assert await world.errors("im.search.user.list", {"FIND": "z"}) == ["FIND_SHORT"]


async def test_next_of_departments_is_constant():
    world = World()
    pages = [
        await world.call("im.search.department.list", FIND="Company", LIMIT=3, OFFSET=start) for start in (0, 3, 6)
    ]
    assert [page["next"] for page in pages] == [3, 3, 3]
    assert sum(len(page["result"]) for page in pages) == pages[0]["total"] == 8


async def test_colleagues_page_and_are_for_intranet_users():
    world = crowd()
    seen, offset = [], 0
    while True:
        page = await world.call("im.department.colleagues.list", OFFSET=offset, LIMIT=7)
        seen += page["result"]
        offset += 7
        if offset >= page["total"]:
            break
    assert len(seen) == len(set(seen)) == page["total"]
    assert 1 not in seen
    stranger = world.portal.add_user("Eve Out", extranet=True)
    assert (await world.call("im.department.colleagues.list", stranger))["error"] == "ACCESS_ERROR"


async def test_who_is_in_a_dialog_comes_by_offset_or_by_last_id_and_some_go_after_limit():
    world = crowd()
    people = [user.id for user in world.portal.world.users.values() if user.first_name == "Zed"]
    ghost = world.portal.add_user("Gone Away", deleted=True)
    chat = world.portal.add_chat("All", members=[*people, ghost])
    pages = [
        await world.call("im.dialog.users.list", DIALOG_ID=chat, LIMIT=10, OFFSET=start) for start in range(0, 40, 10)
    ]
    assert [page["total"] for page in pages] == [32] * 4
    assert [user["id"] for page in pages for user in page["result"]] == [1, *people]
    seen, last = [], 0
    while page := (await world.call("im.dialog.users.list", DIALOG_ID=chat, LIMIT=4, LAST_ID=last))["result"]:
        seen += [user["id"] for user in page]
        last = seen[-1]
    assert seen == [1, *people]
    inside = await world.call("im.dialog.users.list", DIALOG_ID=chat, LIMIT=4, SKIP_EXTERNAL="Y")
    assert len(inside["result"]) < 4


async def test_what_was_picked_last_comes_first():
    world = World()
    for dialog in (world.chat, str(world.ann.id), world.chat):
        await world.call("im.search.last.add", DIALOG_ID=dialog)
    assert [one["id"] for one in (await world.call("im.search.last.get"))["result"]] == [world.chat, world.ann.id]
    assert [one["id"] for one in (await world.call("im.search.last.get", SKIP_CHAT="Y"))["result"]] == [world.ann.id]
    await world.call("im.search.last.delete", DIALOG_ID=world.chat)
    assert len((await world.call("im.search.last.get"))["result"]) == 1
