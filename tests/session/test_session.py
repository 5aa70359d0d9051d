"""im.call: what goes out, what comes back, and the wait in between."""

import itertools

import anyio
import httpx
import pytest

from bitrix_im import (
    ApiError,
    BitrixIM,
    Limits,
    MethodNotFound,
    PortalGone,
    QueryLimitExceeded,
    Retry,
    TransportError,
    UnexpectedResponse,
    Webhook,
)
from bitrix_im.testing import Fault, Portal

from ..helpers import connected


async def test_any_method_can_be_called_raw():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        reply = await im.call("im.counters.get")
        assert reply.result["TYPE"]["ALL"] == 0
        assert reply.time.date_start.tzinfo is not None
        assert reply.total is None
        with pytest.raises(MethodNotFound, match=r"im\.nothing: ERROR_METHOD_NOT_FOUND"):
            await im.call("im.nothing")


async def test_stats_count_requests():
    async with connected(Portal(seed=1)) as im:
        assert im.stats.requests == 0
        await im.call("server.time")
        assert (im.stats.requests, im.stats.commands, im.stats.retries) == (1, 1, 0)


async def test_a_refused_request_is_made_again():
    portal = Portal(seed=1)
    portal.faults.next(Fault.QUERY_LIMIT, count=3)
    async with connected(portal) as im:
        assert (await im.call("server.time")).result
    assert im.stats.retries == 3
    assert im.stats.limit_hits == 3


async def test_giving_up_tells_how_often_and_how_long_it_was_tried():
    portal = Portal(seed=1)
    portal.faults.next(Fault.EMPTY_BODY, count=99)
    async with connected(portal, retry=Retry(attempts=4)) as im:
        with pytest.raises(UnexpectedResponse, match="tried 4 times in") as caught:
            await im.call("server.time")
    assert caught.value.attempts == 4
    assert caught.value.elapsed > 0
    assert portal.requests == 4


async def test_what_a_limit_refuses_costs_no_attempt():
    portal = Portal(seed=1)
    portal.faults.next(Fault.QUERY_LIMIT, count=30)
    async with connected(portal, retry=Retry(attempts=1)) as im:
        await im.call("server.time")
    assert portal.requests == 31


@pytest.mark.parametrize(("headers", "seconds"), [({}, 6), ({"retry-after": "0"}, 6), ({"retry-after": "7"}, 60)])
async def test_a_web_server_in_front_that_refuses_now_and_then_costs_half_a_second_each_time(headers, seconds):
    requests = itertools.count()

    async def answer(request):
        if next(requests) % 2:
            return httpx.Response(200, json={"result": 1})
        return httpx.Response(429, content=b"<html>429 Too Many Requests</html>", headers=headers)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        im = BitrixIM("https://portal.bitrix24.test/rest/1/abcdef/", http=http)
        began = anyio.current_time()
        for _ in range(8):
            await im.call("im.chat.add")  # it did not run, so it is made again although it is no read
        elapsed = anyio.current_time() - began
        await im.aclose()
    assert 8 * float(headers.get("retry-after", 0.5)) <= elapsed <= seconds


async def test_a_short_patience_ends_by_the_clock():
    portal = Portal(seed=1)
    portal.faults.next(Fault.QUERY_LIMIT, count=99)
    async with connected(portal, retry=Retry(attempts=99, max_elapsed=20)) as im:
        with pytest.raises(QueryLimitExceeded) as caught:
            await im.call("server.time")
    assert caught.value.elapsed <= 20


async def test_a_silent_portal_is_given_up_after_the_timeout():
    portal = Portal(seed=1)
    portal.faults.next(Fault.STALL_BEFORE, count=99)
    async with connected(portal) as im:
        with pytest.raises(TransportError, match="no answer from .* within 5 s"):
            await im.with_options(timeout=5, retry=Retry(attempts=1)).call("server.time")


async def test_options_share_the_session():
    async with connected(Portal(seed=1)) as im:
        await im.with_options(timeout=5).call("server.time")
        assert im.stats.requests == 1


async def test_a_redirect_is_not_followed():
    portal = Portal(seed=1)
    portal.faults.next(Fault.RENAMED)
    async with connected(portal) as im:
        with pytest.raises(PortalGone, match="has moved to"):
            await im.call("server.time")
    assert portal.requests == 1
    assert portal.strangers == []


async def test_garbage_is_an_unexpected_response():
    portal = Portal(seed=1)
    portal.faults.next(Fault.GARBAGE, count=99)
    async with connected(portal, retry=Retry(attempts=1)) as im:
        with pytest.raises(UnexpectedResponse, match="HTML"):
            await im.call("server.time")


async def test_a_wrong_webhook_is_an_auth_error():
    portal = Portal(seed=1)
    async with portal.http() as http, BitrixIM(f"https://{portal.host}/rest/1/wrong/", http=http) as im:
        with pytest.raises(ApiError, match="INVALID_CREDENTIALS"):
            await im.call("server.time")


async def test_use_after_close_raises():
    portal = Portal(seed=1)
    async with portal.http() as http:
        im = BitrixIM(portal.webhook, http=http)
        await im.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await im.call("server.time")
        assert not http.is_closed  # the caller's own stays open


async def test_a_client_of_its_own_is_closed():
    portal = Portal(seed=1)
    im = BitrixIM(portal.webhook)
    http = im._session._sender._client("x")
    await im.aclose()
    assert http.is_closed


async def test_no_network_is_a_transport_error():
    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
        im = BitrixIM("https://portal.bitrix24.test/rest/1/abcdef/", http=http, retry=Retry(attempts=1))
        with pytest.raises(TransportError, match=r"cannot connect to portal\.bitrix24\.test") as caught:
            await im.call("server.time")
    assert not caught.value.sent


def refuse(request):
    raise httpx.ConnectError("refused", request=request)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.bitrix24.com/rest/1/secret/",
        "ftp://acme.bitrix24.com/rest/1/secret/",
        "http://acme.bitrix24.com/rest/1/secret/",
        "https://acme.bitrix24.com/",
        "https://acme.bitrix24.com/rest/1/",
        "https://acme.bitrix24.com/rest/x/secret/",
        "https://acme.bitrix24.com/rest/1/secret/im.recent.list",
        "https://acme.bitrix24.com/rest/1/secret/?auth=1",
        "https://user:secret@acme.bitrix24.com/rest/1/secret/",
        "https://[::1/rest/1/secret/",
        "https://acme.bitrix24.com:port/rest/1/secret/",
    ],
)
def test_what_is_no_webhook_is_refused_without_being_shown(url):
    with pytest.raises(ValueError, match="expected a webhook URL") as caught:
        BitrixIM(url)
    assert "secret" not in str(caught.value).replace("SECRET", "").replace("the secret would", "")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://acme.bitrix24.com/rest/1/secret/", "acme.bitrix24.com"),
        ("https://acme.bitrix24.com/rest/1/secret", "acme.bitrix24.com"),
        ("https://intranet.example:8443/portal/rest/17/secret/", "intranet.example:8443"),
        ("http://127.0.0.1:8080/rest/1/secret/", "127.0.0.1:8080"),
        ("http://localhost/rest/1/secret/", "localhost"),
        ("http://[::1]:80/rest/1/secret/", "[::1]:80"),
    ],
)
def test_a_webhook_shows_all_but_its_secret(url, host):
    webhook = Webhook(url)
    assert webhook.host == host
    assert webhook.url("im.x") == url.rstrip("/") + "/im.x"
    assert "secret" not in repr(webhook) + repr(BitrixIM(webhook))


async def test_a_burst_and_what_comes_after_it_is_never_refused():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        for _ in range(70):
            await im.call("server.time")
    assert portal.refusals == 0
    assert im.stats.waited > 0


def test_limits_of_the_contract():
    assert Limits() == Limits(rate=2.0, burst=50, operating=480.0, window=600.0)
    assert Retry() == Retry(attempts=8, max_delay=30.0, max_elapsed=600.0)
