"""What is made again, and what is not: the verdict by "did it run?", and a session that keeps to it."""

import itertools

import anyio
import httpx
import pytest

from bitrix_im import (
    AccessError,
    ApiError,
    AuthError,
    BitrixError,
    BitrixIM,
    Call,
    InvalidParameter,
    Limits,
    OperationTimeLimit,
    OverloadLimit,
    QueryLimitExceeded,
    Retry,
    ServerError,
    TransportError,
    UnexpectedResponse,
)
from bitrix_im.errors import CODES, DuplicateMessage, PortalGone, api_error
from bitrix_im.session.retry import Verdict, verdict
from bitrix_im.testing import Fault, Portal, Quirks

from ..helpers import connected

READ = Call("im.recent.list")
WRITE = Call("im.message.add", {"MESSAGE": "x"})
KEYED = Call("im.message.add", {"MESSAGE": "x"}, repeatable=True)
READS = Call("batch", {"cmd": {"a": "im.recent.list?LIMIT=5", "b": "im.user.get"}})
MIXED = Call("batch", {"cmd": {"a": "im.recent.list", "b": "im.message.add?MESSAGE=x"}})
CALLS = {"read": READ, "write": WRITE, "keyed": KEYED, "reads": READS, "mixed": MIXED}
SAFE = {"read", "keyed", "reads"}

REFUSED = {"query_limit_exceeded"}
AT_RESET = {"operation_time_limit"}
UNKNOWN_OUTCOME = {
    "connection_error",
    "internal_server_error",
    "error_unexpected_answer",
    "message_duplicated_by_uuid",
    "sending_failed",
}


@pytest.mark.parametrize("who", CALLS)
@pytest.mark.parametrize("code", [*sorted(CODES), "SOMETHING_NEW", ""])
def test_every_code_has_its_verdict(code, who):
    expected = Verdict.GIVE_UP
    if code in REFUSED:
        expected = Verdict.AGAIN
    elif code in AT_RESET:
        expected = Verdict.AT_RESET
    elif code in UNKNOWN_OUTCOME and who in SAFE:
        expected = Verdict.AGAIN
    for spelling in (code.upper(), code.lower()):
        assert verdict(api_error(spelling, status=400), CALLS[who]) is expected


@pytest.mark.parametrize("who", CALLS)
@pytest.mark.parametrize(
    ("error", "did_not_run"),
    [
        (TransportError("cannot connect", sent=False), True),
        (TransportError("reset, or a read timeout"), False),
        (UnexpectedResponse("garbage"), False),
        (api_error("", "HTML", status=500), False),
        (api_error("", "HTML", status=502), False),
        (api_error("", "HTML", status=504), False),
    ],
    ids=["connect", "reset", "garbage", "500", "502", "504"],
)
def test_what_has_no_code_has_its_verdict_as_well(error, did_not_run, who):
    expected = Verdict.AGAIN if did_not_run or who in SAFE else Verdict.GIVE_UP
    assert verdict(error, CALLS[who]) is expected


@pytest.mark.parametrize("who", CALLS)
def test_a_code_that_nobody_knows_leaves_it_to_the_status(who):
    expected = Verdict.AGAIN if who in SAFE else Verdict.GIVE_UP
    for code in ("SOMETHING_NEW", ""):
        assert verdict(api_error(code, status=500), CALLS[who]) is expected
        assert verdict(api_error(code, status=429), CALLS[who]) is Verdict.AGAIN
    assert verdict(api_error("ACCESS_DENIED", status=500), CALLS[who]) is Verdict.GIVE_UP
    assert verdict(TransportError("a certificate", sent=False, is_final=True), CALLS[who]) is Verdict.GIVE_UP
    assert verdict(PortalGone("", "moved", 302), CALLS[who]) is Verdict.GIVE_UP


def test_a_call_can_say_for_itself_whether_it_may_be_repeated():
    error = UnexpectedResponse("garbage")
    assert verdict(error, Call("im.recent.list", repeatable=False)) is Verdict.GIVE_UP
    assert verdict(error, Call("im.chat.add", repeatable=True)) is Verdict.AGAIN


# The same, seen from the portal

RECOVERS = [fault for fault in Fault if fault.harmless and fault is not Fault.EXPIRED_TOKEN]
STOPS = {
    Fault.OVERLOAD_503: OverloadLimit,
    Fault.OVERLOAD_401: OverloadLimit,
    Fault.ACCESS_DENIED: AccessError,
    Fault.PORTAL_DELETED: PortalGone,
    Fault.RENAMED: PortalGone,
    Fault.TOO_LARGE: ApiError,
    Fault.EXPIRED_TOKEN: AuthError,
}
AMBIGUOUS = [fault for fault in Fault if fault not in RECOVERS and fault not in STOPS]


@pytest.mark.parametrize("fault", [*RECOVERS, *AMBIGUOUS])
async def test_a_read_gets_over_what_passes(fault):
    portal = Portal(seed=1)
    portal.faults.next(fault, count=2)
    async with connected(portal) as im:
        assert (await im.call("im.counters.get")).result
    assert (portal.requests, im.stats.requests, im.stats.retries) == (3, 3, 2)


@pytest.mark.parametrize("fault", RECOVERS)
async def test_a_write_is_repeated_where_it_certainly_did_not_run(fault):
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    portal.faults.next(fault)
    async with connected(portal) as im:
        await im.call("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "once"})
    assert portal.message_texts(chat) == ["once"]
    assert portal.requests == 2


@pytest.mark.parametrize("fault", AMBIGUOUS)
async def test_a_write_is_not_repeated_where_it_may_have_run(fault):
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    portal.faults.next(fault)
    async with connected(portal) as im:
        with pytest.raises((ServerError, TransportError, UnexpectedResponse)) as caught:
            await im.call("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "once"})
    assert caught.value.attempts == 1
    assert portal.requests == 1
    assert len(portal.message_texts(chat)) == fault.executes


@pytest.mark.parametrize(("fault", "error"), STOPS.items())
async def test_what_will_not_pass_costs_one_request(fault, error):
    portal = Portal(seed=1)
    portal.faults.next(fault, count=99)
    async with connected(portal) as im:
        with pytest.raises(error):
            await im.recent.list().collect()
    assert portal.requests == 1
    assert portal.strangers == []


@pytest.mark.parametrize("fault", [Fault.OVERLOAD_503, Fault.OVERLOAD_401])
async def test_a_blocked_portal_gets_one_request_for_a_whole_batch(fault):
    portal = Portal(seed=1, burst=1, rate=1)
    portal.faults.next(fault, count=99)
    errors = []
    limits = Limits(rate=1, burst=1)  # so that they wait for each other
    async with portal.http() as http, BitrixIM(portal.webhook, http=http, limits=limits) as im:

        async def ask():
            with pytest.raises(OverloadLimit) as caught:
                await im.call("server.time")
            errors.append(caught.value)

        async with anyio.create_task_group() as group:
            for _ in range(40):
                group.start_soon(ask)
    assert portal.requests == 1
    assert len({id(error) for error in errors}) == 40  # each has one of its own to raise


async def test_a_redirect_tells_the_new_host_and_nothing_else():
    portal = Portal(seed=1)
    portal.faults.next(Fault.RENAMED, count=99)
    async with portal.http(follow_redirects=True) as http, BitrixIM(portal.webhook, http=http) as im:
        with pytest.raises(PortalGone, match=rf"moved to renamed\.{portal.host}: use its new address") as caught:
            await im.call("server.time")
    assert portal.secret not in str(caught.value)
    assert (portal.requests, portal.strangers) == (1, [])


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("im.search.chat.list", {"FIND": "a"}, InvalidParameter),
        ("im.dialog.messages.get", {"DIALOG_ID": "chat404"}, ApiError),
        ("im.nothing", {}, ApiError),
    ],
)
async def test_an_error_with_status_200_is_that_error(method, params, error):
    portal = Portal(seed=1, quirks=Quirks(errors_as_200=True))
    async with connected(portal) as im:
        with pytest.raises(error) as caught:
            await im.call(method, params)
    assert caught.value.status == 200
    assert portal.requests == 1


async def test_a_query_limit_with_status_200_is_waited_out():
    portal = Portal(seed=1, quirks=Quirks(errors_as_200=True))
    portal.faults.next(Fault.QUERY_LIMIT)
    async with connected(portal) as im:
        await im.call("server.time")
    assert im.stats.limit_hits == 1


@pytest.mark.parametrize("fault", [Fault.HTML_502, Fault.CONNECT_ERROR, Fault.EMPTY_BODY])
async def test_giving_up_tells_how_often_and_how_long(fault):
    portal = Portal(seed=1)
    portal.faults.next(fault, count=99)
    async with connected(portal, retry=Retry(attempts=3)) as im:
        began = anyio.current_time()
        with pytest.raises(BitrixError, match=r"\(tried 3 times in \d+\.\d s\)") as caught:
            await im.call("server.time")
        assert caught.value.attempts == portal.requests == 3
        assert caught.value.elapsed == pytest.approx(anyio.current_time() - began)


async def test_patience_is_measured_by_the_clock_whatever_the_attempts():
    portal = Portal(seed=1)
    portal.faults.next(Fault.STALL_BEFORE, count=99)
    async with connected(portal, timeout=10, retry=Retry(attempts=99, max_elapsed=45)) as im:
        with pytest.raises(TransportError, match="no answer") as caught:
            await im.call("server.time")
    assert 2 <= caught.value.attempts == portal.requests <= 5
    assert caught.value.elapsed <= 45 + 10  # a try that has begun may end
    assert portal.log[-1].at <= 45


async def test_no_single_wait_is_longer_than_max_delay():
    portal = Portal(seed=1)
    portal.faults.next(Fault.HTML_502, count=30)
    async with connected(portal, retry=Retry(attempts=31, max_delay=2)) as im:
        await im.call("server.time")
    times = [exchange.at for exchange in portal.log]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 2


async def test_bad_luck_of_one_task_does_not_count_against_another():
    portal = Portal(seed=1, limited=False)
    portal.faults.method("im.user.get", Fault.HTML_502)
    tried = {}

    async with connected(portal, retry=Retry(attempts=3)) as im:

        async def unlucky(name):
            with pytest.raises(ServerError) as caught:
                await im.call("im.user.get", {"ID": 1})
            tried[name] = caught.value.attempts

        async def lucky(name):
            for _ in range(5):
                await im.call("im.counters.get")
                await anyio.sleep(0.1)
            tried[name] = 0

        async with anyio.create_task_group() as group:
            for number in range(4):
                group.start_soon(unlucky, f"unlucky {number}")
                group.start_soon(lucky, f"lucky {number}")
    assert tried == {f"unlucky {n}": 3 for n in range(4)} | {f"lucky {n}": 0 for n in range(4)}


async def test_a_connection_that_cannot_be_opened_is_tried_again_for_any_method():
    calls = []

    def answer(request):
        calls.append(request)
        if len(calls) < 3:
            raise httpx.ConnectTimeout("", request=request)
        return httpx.Response(200, json={"result": 7})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        im = BitrixIM("https://portal.bitrix24.test/rest/1/abcdef/", http=http)
        assert await im.messages.send(5, "x", system=True) == 7
    assert len(calls) == 3


def test_limits_that_refuse_are_told_apart():
    assert isinstance(api_error("query_limit_exceeded"), QueryLimitExceeded)
    assert isinstance(api_error("Operation_Time_Limit"), OperationTimeLimit)
    assert isinstance(api_error("MESSAGE_DUPLICATED_BY_UUID"), DuplicateMessage)
