"""The portal's faults: when they strike, what they answer, and whether the command ran."""

import httpx
import pytest

from bitrix_im.testing import Fault, Portal

pytestmark = pytest.mark.anyio

ANSWERS = [
    (Fault.QUERY_LIMIT, 503, "QUERY_LIMIT_EXCEEDED"),
    (Fault.OPERATION_TIME, 429, "OPERATION_TIME_LIMIT"),
    (Fault.OVERLOAD_503, 503, "OVERLOAD_LIMIT"),
    (Fault.OVERLOAD_401, 401, "OVERLOAD_LIMIT"),
    (Fault.CONNECTION_ERROR, 401, "CONNECTION_ERROR"),
    (Fault.INTERNAL_500, 500, "INTERNAL_SERVER_ERROR"),
    (Fault.INTERNAL_500_AFTER, 500, "INTERNAL_SERVER_ERROR"),
    (Fault.UNEXPECTED_ANSWER, 500, "ERROR_UNEXPECTED_ANSWER"),
    (Fault.EXPIRED_TOKEN, 401, "expired_token"),
    (Fault.ACCESS_DENIED, 403, "ACCESS_DENIED"),
    (Fault.PORTAL_DELETED, 403, "PORTAL_DELETED"),
    (Fault.ERROR_200, 200, "INTERNAL_SERVER_ERROR"),
    (Fault.HTML_500, 500, None),
    (Fault.HTML_502, 502, None),
    (Fault.HTML_502_AFTER, 502, None),
    (Fault.HTML_504, 504, None),
    (Fault.TOO_LARGE, 413, None),
    (Fault.GARBAGE, 200, None),
    (Fault.RENAMED, 302, None),
    (Fault.EMPTY_BODY, 200, None),
    (Fault.TRUNCATED, 200, None),
    (Fault.COMMAND_FAILS, 500, "INTERNAL_SERVER_ERROR"),
    (Fault.COMMAND_FAILS_AFTER, 500, "INTERNAL_SERVER_ERROR"),
    (Fault.COMMAND_REFUSED, 429, "OPERATION_TIME_LIMIT"),
]
CUTS = [
    (Fault.CONNECT_ERROR, httpx.ConnectError),
    (Fault.RESET_BEFORE, httpx.ReadError),
    (Fault.RESET_AFTER, httpx.ReadError),
    (Fault.RESET_MIDWAY, httpx.RemoteProtocolError),
    (Fault.DISCONNECT_AFTER, httpx.RemoteProtocolError),
    (Fault.STALL_BEFORE, httpx.ReadTimeout),
    (Fault.STALL_AFTER, httpx.ReadTimeout),
]


def notes():
    portal = Portal(limited=False)
    return portal, portal.add_chat("Notes")


async def say(http, chat):
    return await http.post("im.message.add", json={"DIALOG_ID": chat, "MESSAGE": "once"})


def test_every_fault_is_tested():
    assert {fault for fault, *_ in [*ANSWERS, *CUTS]} == set(Fault)


@pytest.mark.parametrize(("fault", "status", "error"), ANSWERS)
async def test_a_fault_answers(fault, status, error):
    portal, chat = notes()
    portal.faults.next(fault)
    async with portal.http() as http:
        reply = await say(http, chat)
    assert reply.status_code == status
    if error is None:
        with pytest.raises(ValueError):
            reply.json()
    else:
        assert reply.json()["error"] == error
    exchange = portal.log[-1]
    assert (exchange.fault, exchange.status, exchange.error) == (fault.name, status, error)
    assert exchange.executed is fault.executes
    assert len(portal.message_texts(chat)) == fault.executes


@pytest.mark.parametrize(("fault", "error"), CUTS)
async def test_a_fault_cuts_the_connection(fault, error):
    portal, chat = notes()
    portal.faults.next(fault)
    async with portal.http(timeout=30) as http:
        with pytest.raises(error) as caught:
            await say(http, chat)
        assert caught.value.request.url.host == portal.host
        assert (await http.post("server.time")).status_code == 200
    assert (portal.log[0].fault, portal.log[0].status, portal.log[0].executed) == (fault.name, 0, fault.executes)
    assert len(portal.message_texts(chat)) == fault.executes


async def test_a_renamed_portal_names_another_host_which_nobody_reaches():
    portal, _ = notes()
    portal.faults.next(Fault.RENAMED)
    async with portal.http(follow_redirects=True) as http:
        with pytest.raises(httpx.ConnectError):
            await http.post("server.time")
    assert portal.strangers == [f"renamed.{portal.host}"]


async def test_faults_strike_by_number_by_method_and_by_share():
    portal, _ = notes()
    portal.faults.nth(2, Fault.HTML_502, count=2)
    portal.faults.method("im.revision.get", Fault.HTML_500)
    async with portal.http() as http:
        statuses = [(await http.post("server.time")).status_code for _ in range(4)]
        assert statuses == [200, 502, 502, 200]
        assert (await http.post("im.revision.get")).status_code == 500
        assert (await http.post("batch", json={"cmd": ["server.time", "im.revision.get"]})).status_code == 500
        portal.faults.clear()
        assert (await http.post("im.revision.get")).status_code == 200
        portal.faults.share(0.2, [Fault.HTML_502, Fault.QUERY_LIMIT], seed=1)
        struck = [(await http.post("server.time")).status_code for _ in range(300)]
    assert 40 < struck.count(502) + struck.count(503) < 80
    assert {502, 503} <= set(struck)


async def test_the_next_request_of_a_method_can_be_struck():
    portal, _ = notes()
    portal.faults.next(Fault.HTML_502, method="im.revision.get")
    async with portal.http() as http:
        methods = ("server.time", "im.revision.get", "im.revision.get")
        assert [(await http.post(method)).status_code for method in methods] == [200, 502, 200]
    assert portal.faults.struck == [Fault.HTML_502]


@pytest.mark.parametrize("fault", [Fault.COMMAND_FAILS, Fault.COMMAND_FAILS_AFTER, Fault.COMMAND_REFUSED])
async def test_one_command_of_a_batch_fails_among_good_ones(fault):
    portal, chat = notes()
    portal.faults.next(fault, method="im.message.add")
    cmd = {f"c{number}": "server.time" for number in range(5)} | {"add": f"im.message.add?DIALOG_ID={chat}&MESSAGE=x"}
    async with portal.http() as http:
        reply = await http.post("batch", json={"cmd": cmd})
    result = reply.json()["result"]
    assert (reply.status_code, len(result["result"]), list(result["result_error"])) == (200, 5, ["add"])
    assert len(portal.message_texts(chat)) == fault.executes


async def test_harmless_faults_did_not_run():
    assert not any(fault.executes for fault in Fault if fault.harmless)
