"""OAuth: one refresh for everybody, saved before it is used, and calls that go where the tokens belong."""

import asyncio
import json
import os
import stat
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx
import pytest

from bitrix_im import (
    AuthError,
    BitrixIM,
    ExpiredToken,
    JSONFileTokenStore,
    Limits,
    MemoryTokenStore,
    OAuth,
    Retry,
    Tokens,
    TokenStore,
    TransportError,
)
from bitrix_im.auth.oauth import SERVER, endpoint_of, read_refresh
from bitrix_im.testing import Fault, Portal

from .. import virtual_time

ENDPOINT = "https://acme.bitrix24.test/rest/"


def tokens_of(answer, **changes):
    known = {name: answer[name] for name in ("access_token", "refresh_token", "client_endpoint", "member_id")}
    return Tokens(**{**known, **changes})


def application(**options):
    """A portal with an application, and what the application knows."""
    portal = Portal(seed=1, **{"limited": False, **options})
    portal.oauth_app("app.1", "the client secret")
    return portal, tokens_of(portal.issue_tokens())


def oauth(portal, tokens, store=None, **options):
    return OAuth(f"https://{portal.host}/rest/", tokens, "app.1", "the client secret", store=store, **options)


@asynccontextmanager
async def installed(portal, tokens, store=None, **options):
    async with portal.http() as http, BitrixIM(oauth(portal, tokens, store), http=http, **options) as im:
        yield im


async def many(im, count=40):
    """As many calls at once; their results, errors included."""
    results = []

    async def ask():
        try:
            results.append(await im.call("server.time"))
        except Exception as error:  # noqa: BLE001 - what it is, the test says
            results.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(ask)
    return results


class Recorder(MemoryTokenStore):
    """A store that notes what happens to it, and fails on demand. It has no lock, as other processes' may have none."""

    lock: Any = None

    def __init__(self, tokens=None, portal=None, slowness=0.5):
        super().__init__(tokens)
        self.slowness = slowness
        self.portal = portal
        self.loads, self.saved, self.fail = 0, [], 0

    async def load(self):
        self.loads += 1
        await anyio.sleep(0.01)
        return await super().load()

    async def save(self, tokens):
        await anyio.sleep(self.slowness)
        if self.fail:
            self.fail -= 1
            raise OSError(28, "No space left on device")
        self.saved.append((tokens, self.portal.requests if self.portal else 0))
        await super().save(tokens)


async def test_calls_carry_the_token_in_a_header_and_nowhere_else():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={"result": 1})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        im = BitrixIM(OAuth(ENDPOINT, Tokens("access", "refresh"), "app.1", "secret"), http=http)
        await im.call("im.user.get", {"ID": 1})
    assert str(seen[0].url) == ENDPOINT + "im.user.get"
    assert seen[0].headers["authorization"] == "Bearer access"
    assert b"access" not in seen[0].content


@pytest.mark.parametrize("limits", [Limits(), Limits(rate=2, burst=5)])
async def test_40_calls_on_an_expired_token_make_one_refresh(limits):
    portal, tokens = application()
    portal.processing_time = 0.1
    portal.expire_tokens()
    store = Recorder(portal=portal)
    async with installed(portal, tokens, store, limits=limits) as im:
        results = await many(im)
    assert not [result for result in results if isinstance(result, Exception)]
    assert (portal.refreshes, portal.oauth.attempts, im.stats.refreshes, len(store.saved)) == (1, 1, 1, 1)
    assert portal.commands == 40


async def test_an_invalid_token_is_refreshed_as_well():
    portal, tokens = application()
    async with installed(portal, tokens_of(vars_of(tokens), access_token="nobody-knows-this")) as im:
        assert (await im.call("server.time")).result
    assert portal.refreshes == 1


def vars_of(tokens):
    return {name: getattr(tokens, name) for name in ("access_token", "refresh_token", "client_endpoint", "member_id")}


async def test_a_new_pair_is_saved_before_it_is_used():
    portal, tokens = application()
    portal.expire_tokens()
    store = Recorder(portal=portal)
    async with installed(portal, tokens, store) as im:
        await im.call("server.time")
    ((saved, requests),) = store.saved
    assert requests == 1  # the one that was refused; the replay came after
    assert portal.requests == 2
    assert saved.access_token != tokens.access_token
    assert saved.refresh_token != tokens.refresh_token
    assert (saved.client_endpoint, saved.member_id) == (tokens.client_endpoint, tokens.member_id)
    assert timedelta(minutes=59) < saved.expires_at - datetime.now(UTC) <= timedelta(hours=1)


async def test_a_day_of_calls_refreshes_when_it_must_and_only_then():
    portal, tokens = application()
    async with installed(portal, tokens, MemoryTokenStore()) as im:
        for _ in range(48):
            await im.call("server.time")
            await anyio.sleep(1800)
    assert 20 <= portal.refreshes <= 24
    assert portal.requests == 48 + portal.refreshes


async def test_a_failing_refresh_wakes_everybody_with_the_same_error_and_the_next_call_tries_anew():
    portal, tokens = application()
    portal.expire_tokens()
    portal.oauth.failing = ("PAYMENT_REQUIRED", 401)
    async with installed(portal, tokens, Recorder(tokens)) as im:
        results = await many(im, 10)
        assert {(type(error), error.code) for error in results} == {(AuthError, "PAYMENT_REQUIRED")}
        assert len({id(error) for error in results}) == len(results)
        assert portal.oauth.attempts == 1
        portal.oauth.failing = None
        assert (await im.call("server.time")).result
    assert portal.oauth.attempts == 2


async def test_a_store_that_cannot_save_fails_everybody_and_loses_no_tokens():
    portal, tokens = application()
    portal.expire_tokens()
    store = Recorder(portal=portal)
    store.fail = 1
    async with installed(portal, tokens, store) as im:
        results = await many(im, 10)
        assert {type(error) for error in results} == {OSError}
        assert portal.oauth.attempts == 1
        assert (await im.call("server.time")).result  # the refresh token is spent: the pair in hand must not be lost
    assert portal.oauth.attempts == 1
    assert len(store.saved) == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [("wrong_client", 200), ("invalid_client", 400), ("invalid_grant", 400), ("NOT_INSTALLED", 400), ("new_code", 403)],
)
async def test_errors_of_the_auth_server_are_auth_errors(code, status):
    portal, tokens = application()
    portal.expire_tokens()
    portal.oauth.failing = (code, status)
    async with installed(portal, tokens) as im:
        with pytest.raises(AuthError, match=f"the token refresh: {code}") as caught:
            await im.call("server.time")
    assert caught.value.status == status
    assert not isinstance(caught.value, ExpiredToken)
    assert portal.oauth.attempts == 1


async def test_a_wrong_client_with_status_200_is_an_auth_error():
    portal, tokens = application()
    portal.expire_tokens()
    who = OAuth(f"https://{portal.host}/rest/", tokens, "app.2", "the client secret")
    async with portal.http() as http, BitrixIM(who, http=http) as im:
        with pytest.raises(AuthError, match=r"wrong_client.*\[HTTP 200\]"):
            await im.call("server.time")


@pytest.mark.parametrize("fault", [Fault.CONNECT_ERROR, Fault.RESET_BEFORE, Fault.STALL_BEFORE])
async def test_an_auth_server_out_of_reach_is_tried_again_even_for_a_write(fault):
    portal, tokens = application()
    chat = portal.add_chat("Notes")
    portal.expire_tokens()
    portal.faults.next(fault, count=2, method="oauth.token")
    async with installed(portal, tokens) as im:
        await im.messages.send(chat, "once", system=True)  # it did not run: its token was refused
    assert portal.message_texts(chat) == ["once"]
    assert portal.refreshes == 1


async def test_a_garbled_answer_of_the_auth_server_is_an_error_that_shows_nothing():
    portal, tokens = application()
    portal.expire_tokens()
    portal.faults.next(Fault.TRUNCATED, method="oauth.token")
    async with installed(portal, tokens, retry=Retry(attempts=1)) as im:
        with pytest.raises(TransportError, match="the token refresh: expected JSON"):
            await im.call("server.time")


async def test_a_call_is_replayed_once_and_not_for_ever():
    portal, tokens = application()
    portal.faults.method("server.time", Fault.EXPIRED_TOKEN)  # a portal that accepts no token at all
    async with installed(portal, tokens) as im:
        with pytest.raises(ExpiredToken):
            await im.call("server.time")
    assert portal.requests == 2
    assert portal.refreshes == 1


async def test_the_store_is_read_before_the_first_call_and_its_pair_wins():
    portal, tokens = application()
    newer = tokens_of(portal.issue_tokens())
    portal.oauth.expire(tokens.access_token)
    store = Recorder(newer)
    async with installed(portal, tokens, store) as im:
        await many(im, 10)
    assert store.loads == 1
    assert portal.refreshes == 0


async def test_what_another_process_refreshed_is_noticed_before_refreshing():
    portal, tokens = application()
    store = Recorder(tokens)
    async with installed(portal, tokens, store) as im:
        await im.call("server.time")
        portal.expire_tokens()
        await MemoryTokenStore.save(store, tokens_of(portal.issue_tokens()))
        assert not [result for result in await many(im) if isinstance(result, Exception)]
    assert portal.oauth.attempts == 0
    assert im.stats.refreshes == 0


async def test_what_another_process_refreshed_may_have_run_out_as_well():
    portal, tokens = application()
    store = Recorder(tokens)
    async with installed(portal, tokens, store) as im:
        await im.call("server.time")
        await MemoryTokenStore.save(store, tokens_of(portal.issue_tokens()))
        portal.expire_tokens()
        assert not [result for result in await many(im) if isinstance(result, Exception)]
    assert portal.oauth.attempts == 1


async def test_two_processes_that_refresh_at_the_same_time_both_go_on():
    portal, tokens = application()
    store = Recorder(tokens, slowness=0)
    async with installed(portal, tokens, store) as one, installed(portal, tokens, store) as other:
        await one.call("server.time")
        await other.call("server.time")
        portal.expire_tokens()
        results = []
        async with anyio.create_task_group() as group:
            for im in (one, other):
                group.start_soon(collect, im, results)
    assert len(results) == 10
    assert not [result for result in results if isinstance(result, Exception)]
    assert (portal.refreshes, portal.oauth.attempts) == (1, 2)


async def collect(im, results):
    results += await many(im, 5)


async def test_a_cancelled_caller_does_not_lose_the_new_pair():
    portal, tokens = application()
    portal.expire_tokens()
    store = Recorder(portal=portal)
    async with installed(portal, tokens, store) as im:
        with anyio.move_on_after(0.1):
            await im.call("server.time")
        await anyio.sleep(1)
        assert len(store.saved) == 1  # begun before he gave up, and finished
        assert (await im.call("server.time")).result
    assert portal.oauth.attempts == 1


async def test_a_caller_s_deadline_is_kept_while_the_auth_server_takes_its_time():
    portal, tokens = application()
    portal.expire_tokens()
    portal.faults.next(Fault.STALL_BEFORE, method="oauth.token")
    async with installed(portal, tokens) as im:
        before = anyio.current_time()
        with pytest.raises(TimeoutError), anyio.fail_after(4):
            await im.call("server.time")
        assert anyio.current_time() - before == pytest.approx(4)
        await im.call("server.time")  # the refresh went on, and whoever comes next waits for it, or begins another
        assert portal.refreshes == 1


async def test_the_others_go_on_when_the_one_that_refreshes_is_cancelled():
    portal, tokens = application()
    portal.expire_tokens()
    results = []
    async with installed(portal, tokens, Recorder(portal=portal)) as im, anyio.create_task_group() as group:
        with anyio.move_on_after(0.2):
            group.start_soon(lambda: collect(im, results))
            await im.call("server.time")
    assert not [result for result in results if isinstance(result, Exception)]
    assert portal.oauth.attempts == 1


async def test_calls_go_where_the_auth_server_says():
    portal, tokens = application()
    portal.oauth.client_endpoint = "https://renamed.bitrix24.test/rest/"
    portal.expire_tokens()
    async with installed(portal, tokens) as im:
        await im.call("server.time")
        assert "renamed.bitrix24.test" in repr(im)
    assert portal.strangers == []


@pytest.mark.parametrize(
    ("named", "member", "adopted"),
    [
        ("https://acme.bitrix24.test/rest/", None, True),
        ("https://acme.bitrix24.test/rest/v2/", None, True),
        ("http://acme.bitrix24.test/rest/", "m", False),
        ("http://127.0.0.1:8000/rest/", "m", True),
        ("http://127.0.0.1:8000/rest/", None, False),
        ("https://renamed.bitrix24.test/rest/", "m", True),
        ("https://renamed.bitrix24.test/rest/", "another", False),
        ("https://evil.test/rest/", None, False),
        ("https://acme.bitrix24.test@evil.test/rest/", None, False),
        ("https://acme.bitrix24.test:port/rest/", "m", False),
        ("https://[acme/rest/", "m", False),
        ("ftp://acme.bitrix24.test/rest/", "m", False),
        ("", "m", False),
    ],
)
def test_only_a_safe_address_of_the_same_portal_is_adopted(named, member, adopted):
    who = OAuth(ENDPOINT, Tokens("access", "refresh", member_id="m"), "app.1", "secret")
    told = Tokens("new access", "new refresh", client_endpoint=named, member_id=member)
    assert endpoint_of(who, told) == (named if adopted else ENDPOINT)


@pytest.mark.parametrize("lifetime", [None, "3600", 1e300, float("nan"), {}, []])
def test_a_strange_lifetime_costs_no_tokens(lifetime):
    answer = {"access_token": "a" * 40, "refresh_token": "r" * 40, "expires_in": lifetime}
    fresh = read_refresh(200, json.dumps(answer).encode(), Tokens("old", "older"), datetime.now(UTC), "auth.test")
    assert (fresh.access_token, fresh.expires_at) == ("a" * 40, None)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "text",
        {},
        {"access_token": "a"},
        {"access_token": "", "refresh_token": "r"},
        {"access_token": "a", "refresh_token": 5},
        {"access_token": "a\nb", "refresh_token": "r"},
    ],
)
def test_an_answer_without_a_pair_is_a_bad_minute_of_the_auth_server(answer):
    outcome = read_refresh(200, json.dumps(answer).encode(), Tokens("old", "older"), datetime.now(UTC), "auth.test")
    assert isinstance(outcome, TransportError)
    assert "expected access_token and refresh_token from auth.test" in str(outcome)
    assert (outcome.sent, outcome.phase, outcome.is_final) == (False, "refresh", False)


VERDICTS = [
    ("invalid_grant", 400), ("invalid_grant", 500), ("wrong_client", 200), ("invalid_client", 401),
    ("PAYMENT_REQUIRED", 402),
    ("NOT_INSTALLED", 503), ("PORTAL_DELETED", 500), ("invalid_request", 400), ("new_code", 400), ("new_code", 200),
    ("unauthorized_client", 403), ("PAYMENT_REQUIRED", 503), ("wrong_client", 502), ("insufficient_scope", 403),
]  # fmt: skip
BAD_MINUTES = [
    (b"", 200), (b"", 502), (b"<html>", 200), (b"<html>", 404), (b"[" * 100_000, 200), (b"null", 200), (b"{}", 503),
    (b'{"error": "new_code"}', 500), (b'{"error": "new_code"}', 429), (b'{"error": "slow_down"}', 400), (b"x", 302),
    (b'{"error": "temporarily_unavailable"}', 400), (b'{"error": "QUERY_LIMIT_EXCEEDED"}', 200),
    (b'{"error": "ERROR_CORE"}', 500), (b'{"error": "ERROR_CORE"}', 400), (b'{"error": "insufficient_scope"}', 502),
    (b'{"error": "invalid_request"}', 500), (b'{"error": "ACCESS_DENIED"}', 429), (b'{"error": "ERROR_OAUTH"}', 503),
    (b'{"error": "INTERNAL_SERVER_ERROR"}', 200), (b'{"access_token": "a", "refresh_token": "b"}', 503),
]  # fmt: skip


PAIR_SAID = b'"access_token": "a", "refresh_token": "r"'


@pytest.mark.parametrize(
    "begin", [b"", b'"expires": 1, ', b'"domain": "x.test", "scope": "im", ', b'"member_id": "m", ']
)
@pytest.mark.parametrize(
    "before",
    [b"\xef\xbb\xbf", b"<br />\n<b>Warning</b>: x in <b>y</b> on line <b>3</b><br />\n", b"\nNotice: x on line 3\n"],
)
def test_what_is_printed_around_a_new_pair_does_not_cost_it(before, begin):
    content = before + b"{" + begin + PAIR_SAID + b"}"
    fresh = read_refresh(200, content, Tokens("old", "older"), datetime.now(UTC), "auth.test")
    assert fresh.refresh_token == "r"


@pytest.mark.parametrize(("code", "status"), VERDICTS)
def test_only_a_verdict_on_the_grant_is_an_auth_error(code, status):
    outcome = read_refresh(status, json.dumps({"error": code}).encode(), PAIR, datetime.now(UTC), "auth.test")
    assert isinstance(outcome, AuthError)
    assert (outcome.code, outcome.status) == (code, status)


@pytest.mark.parametrize(("content", "status"), BAD_MINUTES)
def test_a_bad_minute_of_the_auth_server_says_nothing_of_the_grant(content, status):
    outcome = read_refresh(status, content, PAIR, datetime.now(UTC), "auth.test")
    assert isinstance(outcome, TransportError)
    assert not outcome.sent
    assert not outcome.is_final


# The file


def in_real_time(backend, function):
    """Threads that read files wake no virtual clock."""
    return anyio.run(function, backend=backend)


PAIR = Tokens("access", "refresh", datetime(2026, 3, 4, tzinfo=UTC), ENDPOINT, "m")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_file_keeps_a_pair_for_its_owner_only(tmp_path, backend):
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    before = os.umask(0)
    try:

        async def main():
            assert await store.load() is None
            await store.save(PAIR)
            assert await store.load() == PAIR
            await store.save(Tokens("other", "pair"))
            assert await store.load() == Tokens("other", "pair")

        in_real_time(backend, main)
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["tokens.json"]
    assert isinstance(store, TokenStore)


def test_a_file_that_others_could_read_is_closed_with_the_next_pair(tmp_path):
    store = JSONFileTokenStore(str(tmp_path / "tokens.json"))
    store.path.write_text("{}")
    store.path.chmod(0o644)
    in_real_time("asyncio", lambda: store.save(PAIR))
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    in_real_time("asyncio", lambda: store.save(PAIR))

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        in_real_time("asyncio", lambda: store.save(Tokens("new", "pair")))
    assert in_real_time("asyncio", store.load) == PAIR
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.grid(every=5)
@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"access_token": "s3cr3t-in-a-file"}',
        b'"s3cr3t-in-a-file"',
        b'{"access_token": "s3cr3t-in-a-file\xff',
        b'{"access_token": "s3cr3t-in-a-file", "refresh_token": "\\n"}',
        json.dumps({"access_token": "s3cr3t-in-a-file", "refresh_token": "r", "expires_at": "soon"}).encode(),
    ],
)
def test_a_damaged_file_is_told_and_not_shown(tmp_path, content):
    store = JSONFileTokenStore(tmp_path / "tokens.json")
    store.path.write_bytes(content)
    with pytest.raises(ValueError, match="expected tokens saved by JSONFileTokenStore") as caught:
        in_real_time("asyncio", store.load)
    assert type(caught.value) is ValueError
    assert caught.value.__context__ is None
    assert "s3cr3t" not in str(caught.value)


def test_a_file_carries_tokens_from_one_process_to_the_next(tmp_path):
    portal, tokens = application()
    portal.expire_tokens()

    async def main():
        async with installed(portal, tokens, JSONFileTokenStore(tmp_path / "tokens.json")) as im:
            await im.call("server.time")

    in_real_time("asyncio", main)
    in_real_time("trio", main)
    assert portal.refreshes == 1


# What cannot be


@pytest.mark.parametrize(
    "change",
    [
        {"client_endpoint": "http://acme.bitrix24.test/rest/"},
        {"client_endpoint": "acme.bitrix24.test/rest/"},
        {"client_endpoint": "https://acme.bitrix24.test/rest/1/s3cr3t/"},
        {"client_endpoint": "https://me:s3cr3t@acme.bitrix24.test/rest/"},
        {"client_endpoint": "https://:s3cr3t@acme.bitrix24.test/rest/"},
        {"client_endpoint": "https://acme.bitrix24.test/rest/?auth=s3cr3t"},
        {"client_endpoint": "https://acme.bitrix24.test:s3cr3t/rest/"},
        {"server": "http://oauth.bitrix.info/oauth/token/"},
        {"tokens": {"access_token": "s3cr3t", "refresh_token": "s3cr3t"}},
        {"tokens": "s3cr3t"},
    ],
)
def test_an_application_that_cannot_be_is_refused_without_being_shown(change):
    given = {"client_endpoint": ENDPOINT, "tokens": PAIR, "client_id": "app.1", "client_secret": "s3cr3t", **change}
    with pytest.raises((ValueError, TypeError), match="^expected ") as caught:
        OAuth(**given)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("token", ["", " s3cr3t", "s3cr3t\n", "s3cr3té", None, 5, b"s3cr3t"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token):
    for pair in ((token, "refresh"), ("access", token)):
        with pytest.raises(ValueError, match="^expected (access|refresh)_token to be") as caught:
            Tokens(*pair)
        assert "s3cr3t" not in str(caught.value)


async def test_the_auth_server_is_verified_even_where_the_portal_is_this_machine():
    im = BitrixIM(OAuth("http://127.0.0.1:8000/rest/", PAIR, "app.1", "secret"))
    client: Any = im._session._sender._client("x")
    context = client._transport._pool._ssl_context
    assert context.check_hostname
    await im.aclose()
    assert SERVER.startswith("https://")


async def test_an_answer_that_never_comes_is_not_waited_for_longer_than_the_timeout_allows():
    portal, tokens = application()
    portal.expire_tokens()
    portal.faults.next(Fault.STALL_AFTER, count=99, method="oauth.token")
    async with installed(portal, tokens, retry=Retry(attempts=1)) as im:
        began = anyio.current_time()
        with pytest.raises(TransportError, match="the token refresh: no answer"):
            await im.call("server.time")
        assert anyio.current_time() - began == pytest.approx(30, abs=1)


def test_asyncio_s_own_cancellation_loses_no_tokens():
    portal = Portal()
    portal.oauth_app("app", "client-secret")
    given = portal.issue_tokens()

    async def answer_takes_a_second(response):
        if "/oauth/" in response.request.url.path:
            await anyio.sleep(1)

    async def main():
        where = f"https://{portal.host}"
        tokens = Tokens(given["access_token"], given["refresh_token"])
        oauth = OAuth(f"{where}/rest/", tokens, "app", "client-secret", server=f"{where}/oauth/token/")
        hooks = {"response": [answer_takes_a_second]}
        async with portal.http(event_hooks=hooks) as http, BitrixIM(oauth, http=http) as im:
            portal.expire_tokens()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(im.call("server.time"), 0.5)
            assert (await im.call("server.time")).result
        assert portal.refreshes == 1

    virtual_time.run(main)
