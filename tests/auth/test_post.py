"""What became of a request that got no answer: how far it came, why it ended, and what to change."""

import asyncio
import errno
import itertools
import socket
import ssl

import anyio
import httpcore
import httpx
import pytest

from bitrix_im import BitrixIM, Limits, MemoryTokenStore, OAuth, Retry, Tokens, TransportError, UnexpectedResponse

URL = "https://acme.bitrix24.test/rest/1/s3cr3t-of-the-hook/"
PROXY = "http://user:passw0rd@10.1.2.3:3128"


def chain(*errors):
    """The last of the errors, each raised from the one before."""
    for cause, error in itertools.pairwise(errors):
        error.__cause__ = cause
    return errors[-1]


def untrusted():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


def handshake(reason):
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


FAILURES = {
    "refused": (OSError(errno.ECONNREFUSED, "no"), "connect", 3, "cannot connect to acme.bitrix24.test"),
    "name": (socket.gaierror(socket.EAI_NONAME, "?"), "connect", 1, "nobody knows the name acme.bitrix24.test"),
    "name server": (socket.gaierror(socket.EAI_AGAIN, "?"), "connect", 3, "nobody knows the name"),
    "certificate": (untrusted(), "tls", 1, "certificate of acme.bitrix24.test is not trusted .self-signed certificate"),
    "no TLS": (handshake("WRONG_VERSION_NUMBER"), "tls", 1, "does not speak TLS"),
    "old TLS": (handshake("UNSUPPORTED_PROTOCOL"), "tls", 1, "TLS version"),
}


class Failing(httpx.AsyncBaseTransport):
    """A transport that fails as httpx does, with httpcore's words about how far it came."""

    def __init__(self, error, events=()):
        self.error, self.events, self.requests = error, events, 0

    async def handle_async_request(self, request):
        self.requests += 1
        for event, info in self.events:
            await request.extensions["trace"](event, info)
        if self.error is None:
            await anyio.sleep_forever()
        raise self.error


CONNECTING = ("connection.connect_tcp.started", {"host": "acme.bitrix24.test"})
TO_PROXY = ("connection.connect_tcp.started", {"host": "10.1.2.3"})
TLS = ("connection.start_tls.started", {})
TUNNEL = ("http11.send_request_headers.started", {"request": httpcore.Request("CONNECT", "https://x/")})
SENT = ("http11.send_request_headers.started", {"request": httpcore.Request("POST", "https://x/")})


async def outcome(transport, method="im.chat.add", **options):
    """What a write comes to, with three attempts."""
    async with httpx.AsyncClient(transport=transport) as http:
        retry = Retry(attempts=3, max_delay=0.01)
        im = BitrixIM(URL, http=http, retry=retry, limits=Limits.unlimited(), **options)
        with pytest.raises(TransportError) as caught:
            await im.call(method)
        await im.aclose()
    assert "s3cr3t" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("cause", "phase", "attempts", "said"), FAILURES.values(), ids=FAILURES)
async def test_the_cause_is_told_and_what_waiting_cannot_mend_is_tried_once(cause, phase, attempts, said):
    error = chain(cause, httpcore.ConnectError("?"), httpx.ConnectError("?"))
    failure = await outcome(Failing(error, [CONNECTING]))
    assert (failure.sent, failure.phase, failure.attempts) == (False, phase, attempts)
    assert failure.is_final is (attempts == 1)
    assert said.split(" .")[0] in str(failure)
    assert failure.__cause__ is None or isinstance(failure.__cause__, OSError)


@pytest.mark.parametrize(
    ("events", "phase", "sent", "said"),
    [
        ([CONNECTING], "connect", False, "cannot connect to acme.bitrix24.test within 2 s"),
        ([CONNECTING, TLS], "tls", False, "the TLS handshake with acme.bitrix24.test did not end"),
        ([TO_PROXY], "connect", False, "cannot connect to the proxy"),
        ([TO_PROXY, TUNNEL], "tls", False, "the TLS handshake"),
        ([TO_PROXY, TUNNEL, TLS, SENT], "answer", True, "no answer from acme.bitrix24.test within 2 s"),
        ([CONNECTING, TLS, SENT], "answer", True, "no answer from acme.bitrix24.test within 2 s"),
        ([], "answer", True, "no answer"),
    ],
)
async def test_what_took_too_long_is_told_by_its_phase(events, phase, sent, said):
    transport = Failing(None, events)
    failure = await outcome(transport, timeout=2)
    assert (failure.phase, failure.sent) == (phase, sent)
    assert transport.requests == (1 if sent else 3)  # a write: only what was not sent is made again
    assert said in str(failure)


@pytest.mark.parametrize(
    ("error", "events", "sent", "phase"),
    [
        (httpx.ConnectTimeout("?"), [CONNECTING], False, "connect"),
        (httpx.PoolTimeout("?"), [], False, "pool"),
        (httpx.ReadTimeout("?"), [CONNECTING, TLS, SENT], True, "answer"),
        (httpx.ReadError("?"), [CONNECTING, TLS, SENT], True, "answer"),
        (httpx.ReadError("?"), [CONNECTING, TLS], False, "tls"),
        (httpx.RemoteProtocolError("?"), [], True, "answer"),
    ],
)
async def test_httpx_own_errors_keep_their_phase(error, events, sent, phase):
    failure = await outcome(Failing(error, events))
    assert (failure.sent, failure.phase) == (sent, phase)


@pytest.mark.parametrize(
    ("error", "sent", "phase", "said"),
    [
        (httpx.LocalProtocolError("Illegal header value b's3cr3t-of-the-hook'"), False, "set-up", "cannot write"),
        (httpx.TooManyRedirects("s3cr3t-of-the-hook"), True, "answer", "redirects"),
    ],
)
async def test_what_another_try_cannot_mend_is_tried_once(error, sent, phase, said):
    transport = Failing(error, [CONNECTING, TLS, SENT])
    failure = await outcome(transport, method="im.user.get")
    assert (failure.sent, failure.phase, failure.is_final, transport.requests) == (sent, phase, True, 1)
    assert said in str(failure)


async def test_a_body_that_cannot_be_decoded_is_an_answer():
    transport = Failing(httpx.DecodingError("s3cr3t-of-the-hook"), [CONNECTING, TLS, SENT])
    with pytest.raises(UnexpectedResponse, match="im.chat.add: expected an answer that can be unpacked") as caught:
        await outcome(transport)
    assert transport.requests == 1  # a write that was answered
    assert caught.value.__context__ is None
    assert "s3cr3t" not in str(caught.value)


async def test_an_auth_server_s_body_that_cannot_be_decoded_is_a_bad_minute():
    tokens, store = [0], MemoryTokenStore()

    def serve(request):
        if request.url.host == "acme.bitrix24.test":
            if b"NEW" in request.headers["Authorization"].encode():
                return httpx.Response(200, json={"result": 1})
            return httpx.Response(401, json={"error": "expired_token"})
        tokens[0] += 1
        if tokens[0] == 1:
            raise httpx.DecodingError("s3cr3t")
        return httpx.Response(200, json={"access_token": "NEW", "refresh_token": "REF2"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as http:
        oauth = OAuth("https://acme.bitrix24.test/rest/", Tokens("OLD", "REF1"), "app", "s3cr3t", store=store)
        async with BitrixIM(oauth, http=http, retry=Retry(max_delay=0.01)) as im:
            assert (await im.call("im.chat.add")).result == 1
    assert tokens == [2]


@pytest.mark.parametrize(
    ("error", "events", "attempts"),
    [
        (httpx.ProxyError("407 Proxy Authentication Required"), [TO_PROXY, TUNNEL], 1),
        (httpx.ProxyError("502 Bad Gateway"), [TO_PROXY, TUNNEL], 3),
        (chain(OSError(errno.ECONNREFUSED, "10.1.2.3"), httpx.ConnectError("10.1.2.3")), [TO_PROXY], 1),
        (chain(socket.gaierror(-2, "10.1.2.3"), httpx.ConnectError("10.1.2.3")), [TO_PROXY], 1),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_a_proxy_is_blamed_by_its_variable_and_never_by_its_value(monkeypatch, error, events, attempts, name):
    for other in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, PROXY)
    failure = await outcome(Failing(error, events))
    assert (failure.sent, failure.attempts) == (False, attempts)
    assert f"that {name} names" in str(failure)
    for part in ("10.1.2.3", "passw0rd"):
        assert part not in str(failure) + repr(failure.__cause__)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/passw0rd.pem"),
        ("HTTPS_PROXY", "gopher://user:passw0rd@10.1.2.3"),
        ("ALL_PROXY", "http://user:passw0rd@10.1.2.3:port"),
    ],
)
async def test_an_environment_that_no_client_can_be_made_of_is_named(monkeypatch, name, value):
    for other in ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    async with BitrixIM(URL) as im:
        with pytest.raises(TransportError, match=name) as caught:
            await im.call("profile")
    assert (caught.value.sent, caught.value.attempts, caught.value.phase) == (False, 1, "set-up")
    for part in ("passw0rd", "10.1.2.3", "nowhere"):
        assert part not in str(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)


async def test_an_error_of_the_callers_own_transport_comes_as_it_is_but_without_frames_that_show_the_request():
    error = KeyError("authorization")
    async with httpx.AsyncClient(transport=Failing(error)) as http:
        im = BitrixIM(URL, http=http)
        with pytest.raises(KeyError) as caught:
            await im.call("profile")
        await im.aclose()
    assert caught.value is error
    assert "test_post.py" in error.__notes__[0]
    frame, names = error.__traceback__, []
    while frame is not None:
        names.append(frame.tb_frame.f_code.co_filename)
        frame = frame.tb_next
    assert not [name for name in names if "httpx" in name]


async def test_no_cookie_is_kept_and_none_is_sent():
    seen = []

    def portal(request):
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, json={"result": 1}, headers={"set-cookie": "PHPSESSID=abc; Path=/"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(portal), cookies={"mine": "1"}) as http:
        async with BitrixIM(URL, http=http) as im:
            await im.call("profile")
            await im.call("profile")
        assert http.cookies["mine"] == "1"  # the caller's own stay
    assert seen == [None, None]


def test_a_client_of_our_own_has_a_jar_that_takes_nothing():
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 12\r\n\r\n{"result":1}')
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, BitrixIM(f"http://127.0.0.1:{port}/rest/1/s3cr3t/") as im:
            assert (await im.call("profile")).result == 1
            assert not im._session._sender._client("x").cookies.jar

    asyncio.run(main())


async def test_a_token_that_does_not_arrive_in_the_header_goes_in_the_body_from_then_on():
    bodies = []

    async def portal(request):
        await anyio.sleep(0.1)
        bodies.append((request.headers.get("authorization"), request.content))
        if b'"auth":"TOKEN\\"TOKEN"' in request.content:
            return httpx.Response(200, json={"result": 1})
        return httpx.Response(401, json={"error": "NO_AUTH_FOUND"})

    app = OAuth("https://crm.test/rest/", Tokens('TOKEN"TOKEN', "REF1"), "app.1", "SECRETSECRET")
    http = httpx.AsyncClient(transport=httpx.MockTransport(portal))
    async with http, BitrixIM(app, http=http, limits=Limits.unlimited()) as im:
        async with anyio.create_task_group() as tasks:
            for method in ("im.chat.add", "profile", "im.user.get"):
                tasks.start_soon(im.call, method)
        refused = len(bodies) - 3
        assert refused <= 3
        await im.call("im.chat.add", {"TITLE": "x"})
        await im.call("profile")
    assert len(bodies) == refused + 5
    assert bodies[-2:] == [(None, b'{"auth":"TOKEN\\"TOKEN","TITLE":"x"}'), (None, b'{"auth":"TOKEN\\"TOKEN"}')]


async def test_a_token_that_arrives_nowhere_is_told_after_two_requests():
    requests = []

    def portal(request):
        requests.append(request)
        return httpx.Response(401, json={"error": "NO_AUTH_FOUND"})

    app = OAuth("https://crm.test/rest/", Tokens("TOKENTOKEN", "REF1"), "app.1", "S" * 9, store=MemoryTokenStore())
    async with httpx.AsyncClient(transport=httpx.MockTransport(portal)) as http, BitrixIM(app, http=http) as im:
        with pytest.raises(Exception, match="NO_AUTH_FOUND"):
            await im.call("profile")
    assert len(requests) == 2


async def test_a_front_end_that_asks_for_a_wait_gets_it_for_any_call_and_at_no_cost():
    sent = []

    def portal(request):
        sent.append(anyio.current_time())
        busy = httpx.Response(429, content=b"<html>429</html>", headers={"retry-after": "7"})
        return busy if len(sent) == 1 else httpx.Response(200, json={"result": 1})

    http = httpx.AsyncClient(transport=httpx.MockTransport(portal))
    async with http, BitrixIM(URL, http=http, retry=Retry(attempts=1)) as im:
        assert (await im.call("im.chat.add")).result == 1
    assert 7 <= sent[1] - sent[0] < 9
