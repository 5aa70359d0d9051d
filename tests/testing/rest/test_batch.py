"""The portal's batch: query strings, references, PHP arrays, what fails alone and what sinks all."""

from datetime import datetime
from urllib.parse import quote

import pytest

from bitrix_im.testing import Portal

pytestmark = pytest.mark.anyio


async def batch(portal, cmd, **params):
    async with portal.http() as http:
        return await http.post("batch", json={"cmd": cmd, **params})


def history(count=200):
    portal = Portal(seed=1)
    chat = portal.add_chat("History", members=[portal.add_user()])
    return portal, chat, portal.add_history(chat, count)


async def test_each_command_has_its_own_outcome_and_time():
    portal, chat, _ = history(5)
    reply = await batch(
        portal,
        {
            "good": f"im.dialog.get?DIALOG_ID={chat}",
            "bad": "im.dialog.get",
            "what": "im.nothing",
            "find": "im.recent.list",
        },
    )
    result = reply.json()["result"]
    assert set(result["result"]) == {"good", "find"}
    assert result["result_error"]["bad"]["error"] == "DIALOG_ID_EMPTY"
    assert result["result_error"]["what"]["error"] == "ERROR_METHOD_NOT_FOUND"
    assert set(result["result_time"]) == {"good", "find"}
    assert (result["result_total"], result["result_next"]) == ({"find": -1}, [])
    assert (portal.requests, portal.commands) == (1, 3)


async def test_maps_are_lists_or_objects_or_empty_lists_by_their_keys():
    portal = Portal()
    for cmd, kind in (
        (["server.time", "server.time"], list),
        ({"0": "server.time", "1": "server.time"}, list),
        ({"1": "server.time"}, dict),
        ({"a": "server.time"}, dict),
        (["im.nothing", "server.time"], dict),
        ({}, list),
    ):
        assert isinstance((await batch(portal, cmd)).json()["result"]["result"], kind)


async def test_a_reference_takes_a_value_from_an_earlier_result():
    portal, chat, made = history()
    link = quote("$result[p0][messages][49][id]")
    cmd = {
        "p0": f"im.dialog.messages.get?DIALOG_ID={chat}&LIMIT=50&LAST_ID=0",
        "p1": f"im.dialog.messages.get?DIALOG_ID={chat}&LIMIT=50&LAST_ID={link}",
    }
    pages = (await batch(portal, cmd)).json()["result"]["result"]
    assert [message["id"] for name in ("p0", "p1") for message in pages[name]["messages"]] == made[:-101:-1]


async def test_a_reference_can_stand_inside_a_text_or_name_a_total():
    portal = Portal(epoch=datetime.fromisoformat("2026-03-04T10:00:00+03:00"))
    portal.add_chat("Another")
    chat = portal.add_chat("Notes")
    cmd = {
        "time": "server.time",
        "list": "im.recent.list?LIMIT=1",
        "say": f"im.message.add?DIALOG_ID={chat}&MESSAGE={quote('at $RESULT[time], next $next[list]! $total $error')}",
    }
    await batch(portal, cmd)
    assert portal.message_texts(chat) == ["at 2026-03-04T10:00:00+03:00 next 1 $total $error"]


async def test_a_missing_link_takes_the_whole_request_down():
    portal, chat, _ = history(20)
    link = quote("$result[p0][messages][49][id]")
    cmd = {
        "p0": f"im.dialog.messages.get?DIALOG_ID={chat}&LIMIT=50&LAST_ID=0",
        "p1": f"im.dialog.messages.get?DIALOG_ID={chat}&LIMIT=50&LAST_ID={link}",
    }
    reply = await batch(portal, cmd)
    assert reply.status_code == 500
    assert (portal.log[-1].error, portal.log[-1].executed) == ("TypeError", True)


async def test_more_than_fifty_commands_are_refused_one_by_one():
    portal = Portal()
    result = (await batch(portal, {f"c{number}": "server.time" for number in range(53)})).json()["result"]
    assert len(result["result"]) == 50
    assert list(result["result_error"]) == ["c50", "c51", "c52"]
    assert result["result_error"]["c50"]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"


async def test_halt_stops_at_the_first_error():
    portal = Portal()
    cmd = {"a": "server.time", "b": "im.dialog.get", "c": "server.time"}
    result = (await batch(portal, cmd, halt=1)).json()["result"]
    assert (set(result["result"]), set(result["result_error"])) == ({"a"}, {"b"})
    assert set((await batch(portal, cmd, halt=0)).json()["result"]["result"]) == {"a", "c"}


async def test_a_batch_in_a_batch_is_not_allowed():
    result = (await batch(Portal(), {"a": "batch?cmd[b]=server.time"})).json()["result"]
    assert result["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


async def test_what_is_not_encoded_is_lost():
    portal = Portal()
    chat = portal.add_chat("Notes")
    await batch(portal, [f"im.message.add?DIALOG_ID={chat}&MESSAGE=1+1#2&3", {"no": "string"}])
    await batch(portal, [f"im.message.add?DIALOG_ID={chat}&MESSAGE={quote('1+1#2&3')}"])
    assert portal.message_texts(chat) == ["1 1", "1+1#2&3"]


async def test_commands_come_in_a_form_as_well():
    portal = Portal()
    async with portal.http() as http:
        reply = await http.post("batch", data={"cmd[a]": "server.time", "halt": "0"})
        assert list(reply.json()["result"]["result"]) == ["a"]
        reply = await http.post("batch", json={"cmd": "server.time"})
        assert reply.json()["result"]["result"] == []


async def test_a_safe_link_hits_or_costs_only_its_own_command():
    portal, chat, made = history(120)
    cmd = {"p0": f"im.dialog.messages.get?DIALOG_ID={chat}&LIMIT=50&LAST_ID=0"}
    for number in range(1, 5):
        link = quote(f"$result[p{number - 1}][messages][49][id]\n")
        cmd[f"p{number}"] = f"im.dialog.messages.get?DIALOG_ID={chat}&LIMIT=50&LAST_ID={link}"
    result = (await batch(portal, cmd)).json()["result"]
    pages = [[message["id"] for message in page["messages"]] for page in result["result"].values()]
    assert [number for page in pages for number in page] == made[::-1]
    assert {key: error["error"] for key, error in result["result_error"].items()} == {
        "p3": "LAST_ID_STRING",
        "p4": "LAST_ID_STRING",
    }


async def test_inside_a_text_a_reference_to_an_array_or_to_nothing_changes_nothing():
    portal = Portal()
    chat = portal.add_chat("Notes")
    texts = ["see $result[chat][mute_list] here", "see $result[gone][x] here", "id $result[chat][id] here"]
    cmd = {"chat": f"im.dialog.get?DIALOG_ID={chat}"} | {
        f"say{number}": f"im.message.add?DIALOG_ID={chat}&MESSAGE={quote(text)}" for number, text in enumerate(texts)
    }
    assert (await batch(portal, cmd)).json()["result"]["result_error"] == []
    assert portal.message_texts(chat) == [*texts[:2], f"id {chat.removeprefix('chat')} here"]


async def test_a_whole_value_keeps_its_type_and_an_array_for_a_message_is_no_text():
    portal = Portal()
    chat = portal.add_chat("Notes", members=[portal.add_user()])
    cmd = {
        "chat": f"im.dialog.get?DIALOG_ID={chat}",
        "users": f"im.user.list.get?ID={quote('$result[chat][permissions]')}",
        "say": f"im.message.add?DIALOG_ID={chat}&MESSAGE={quote('$result[chat]')}",
    }
    result = (await batch(portal, cmd)).json()["result"]
    assert result["result"]["users"] == []
    assert result["result_error"]["say"]["error"] == "MESSAGE_EMPTY"


async def test_a_null_result_is_there_as_null():
    result = (await batch(Portal(), {"a": "im.chat.get?ENTITY_TYPE=CRM&ENTITY_ID=1"})).json()["result"]
    assert (result["result"], result["result_error"], set(result["result_time"])) == ({"a": None}, [], {"a"})
