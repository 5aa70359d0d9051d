"""Tokens in a real Redis server: kept, encrypted, locked; and what is told when that cannot be."""

import logging
import pickle
import traceback

import anyio
import pytest
from cryptography.fernet import Fernet

from bitrix_im import AuthError, BitrixIM, OAuth, RedisTokenStore, Tokens, TransportError
from bitrix_im.testing import Portal

pytestmark = pytest.mark.redis
OLD, NEW = Tokens("OLD-ACCESS", "OLD-REFRESH"), Tokens("NEW-ACCESS", "NEW-REFRESH", member_id="m1")
KEY = Fernet.generate_key()


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """In real time: threads that ask a server wake no virtual clock."""
    return request.param


@pytest.fixture
def store(redis_server):
    return RedisTokenStore(redis_server.url)


def everything(server):
    """All that the server holds, as text."""
    with server.client() as client:
        return {
            key: client.hgetall(key) if client.type(key) == "hash" else client.type(key) for key in client.scan_iter()
        }


async def test_a_pair_is_found_again_by_another_process(redis_server, store):
    assert await store.load() is None
    await store.save(OLD)
    await store.save(NEW)
    assert await RedisTokenStore(redis_server.url).load() == NEW
    assert await RedisTokenStore(redis_server.url, "another:portal").load() is None


async def test_with_a_key_nothing_can_be_read_in_the_server(redis_server):
    store = RedisTokenStore(redis_server.url, encryption=KEY)
    await store.save(NEW)
    assert await RedisTokenStore(redis_server.url, encryption=KEY.decode()).load() == NEW
    assert "ACCESS" not in str(everything(redis_server))
    assert "REFRESH" not in str(everything(redis_server))


async def test_a_pair_saved_without_encryption_is_encrypted_when_it_is_saved_next(redis_server, store):
    await store.save(OLD)
    careful = RedisTokenStore(redis_server.url, encryption=KEY)
    assert await careful.load() == OLD
    await careful.save(NEW)
    assert "ACCESS" not in str(everything(redis_server))


@pytest.mark.parametrize(
    ("reader", "says"), [(Fernet.generate_key(), "another key"), (None, "encryption=KEY")], ids=["other", "none"]
)
async def test_a_wrong_key_is_one_clear_error_that_shows_neither_keys_nor_tokens(redis_server, reader, says):
    await RedisTokenStore(redis_server.url, encryption=KEY).save(NEW)
    with redis_server.client() as client:
        written = client.hget("bitrix-im:tokens", "value")
    with pytest.raises(ValueError, match=says) as caught:
        await RedisTokenStore(redis_server.url, encryption=reader).load()
    for frame, _ in traceback.walk_tb(caught.value.__traceback__):
        if "bitrix_im" in frame.f_code.co_filename:
            assert written not in repr(frame.f_locals)
            assert (reader or KEY).decode() not in repr(frame.f_locals)


async def test_something_else_under_the_key_is_told(redis_server, store):
    with redis_server.client() as client:
        client.hset("bitrix-im:tokens", "value", '{"a": 1}')
    with pytest.raises(ValueError, match="got something else"):
        await store.load()
    with redis_server.client() as client:
        client.set("a:text", "x")
    with pytest.raises(TransportError, match="a:text of redis://127.0.0.1"):
        await RedisTokenStore(redis_server.url, "a:text").load()


async def test_a_server_that_is_away_is_a_transport_error_without_the_password(redis_server):
    store = RedisTokenStore("redis://someone:SECRETWORD@127.0.0.1:1/0")
    with pytest.raises(TransportError, match="does not answer") as caught:
        await store.load()
    assert not caught.value.sent
    assert "SECRETWORD" not in f"{caught.value} {store!r}"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"url": "http://cache"}, "expected the URL of a Redis server"),
        ({"url": "redis://cache", "encryption": "SHORTKEY"}, "Fernet.generate_key"),
    ],
)
def test_bad_arguments_are_told_without_showing_them(arguments, says):
    with pytest.raises(ValueError, match=says) as caught:
        RedisTokenStore(**arguments)
    for frame, _ in traceback.walk_tb(caught.value.__traceback__):
        if "bitrix_im" in frame.f_code.co_filename:
            assert "SHORTKEY" not in repr(frame.f_locals)


async def test_the_lock_is_held_by_one_at_a_time(redis_server):
    inside, most = 0, 0

    async def work():
        nonlocal inside, most
        async with RedisTokenStore(redis_server.url).lock():
            inside += 1
            most = max(most, inside)
            await anyio.sleep(0.02)
            inside -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(work)
    assert most == 1


def let_the_lock_run_out(server):
    with server.client() as client:
        client.hset("bitrix-im:tokens", "until", 1)


async def test_who_was_held_up_past_its_lock_does_not_overwrite_what_came_after(redis_server, caplog):
    slow, quick = RedisTokenStore(redis_server.url), RedisTokenStore(redis_server.url)
    async with slow.lock():
        let_the_lock_run_out(redis_server)
        async with quick.lock():
            await quick.save(NEW)
        await slow.save(OLD)
        assert await slow.load() == NEW
    assert "another process has refreshed" in caplog.text


async def test_who_was_held_up_while_the_next_one_got_nothing_saves_its_pair(redis_server):
    slow, quick = RedisTokenStore(redis_server.url), RedisTokenStore(redis_server.url)
    async with slow.lock():
        let_the_lock_run_out(redis_server)
        async with quick.lock():
            pass
        await slow.save(NEW)
    assert await quick.load() == NEW


async def test_a_pair_saved_by_hand_always_counts(store):
    async with store.lock():
        await store.save(OLD)
    await store.save(NEW)
    assert await store.load() == NEW


async def test_a_process_that_died_while_it_refreshed_is_named(redis_server, caplog):
    dead = RedisTokenStore(redis_server.url)
    await dead.lock().__aenter__()
    let_the_lock_run_out(redis_server)
    with caplog.at_level(logging.WARNING):
        async with RedisTokenStore(redis_server.url).lock():
            pass
        assert "must be installed, or authorized, again" in caplog.text
        caplog.clear()
        async with RedisTokenStore(redis_server.url).lock():
            pass
    assert caplog.text == ""


async def test_a_lock_that_cannot_be_given_back_fails_nobody(redis_server, store, caplog):
    try:
        async with store.lock():
            redis_server.stop()
    finally:
        redis_server.start()
    assert "its lock ends by itself" in caplog.text


@pytest.fixture
def portal():
    found = Portal(seed=3, limited=False)
    found.oauth_app("app.1", "the client secret")
    return found


@pytest.fixture
def given(portal):
    """What the installation gave."""
    return portal.oauth.issue("app.1")


def client(portal, given, redis_server, http):
    store = RedisTokenStore(redis_server.url, encryption=KEY)
    tokens = Tokens(given["access_token"], given["refresh_token"])
    who = OAuth(f"https://{portal.host}/rest/", tokens, "app.1", "the client secret", store=store)
    return BitrixIM(who, http=http)


async def test_clients_of_two_processes_refresh_once_and_go_on(redis_server, portal, given):
    async with (
        portal.http() as http,
        client(portal, given, redis_server, http) as one,
        client(portal, given, redis_server, http) as other,
    ):
        for _ in range(5):
            portal.expire_tokens()
            async with anyio.create_task_group() as tasks:
                for im in (one, other):
                    tasks.start_soon(im.users.get, 1)
    assert portal.refreshes == 5


@pytest.mark.parametrize("had_answered", [True, False], ids=["after the answer", "before it"])
async def test_a_death_in_the_middle_of_a_refresh_is_survived_unless_the_answer_died_too(
    redis_server, portal, given, had_answered, caplog
):
    await RedisTokenStore(redis_server.url).lock().__aenter__()  # by a process that is killed now
    if had_answered:
        portal.oauth.grant(
            {
                "grant_type": "refresh_token",
                "client_id": "app.1",
                "client_secret": "the client secret",
                "refresh_token": given["refresh_token"],
            }
        )
    let_the_lock_run_out(redis_server)
    portal.expire_tokens()
    async with portal.http() as http, client(portal, given, redis_server, http) as im:
        if had_answered:
            with pytest.raises(AuthError, match="invalid_grant"):
                await im.users.get(1)
        else:
            await im.users.get(1)
    assert "if invalid_grant follows, the new pair was lost" in caplog.text


async def test_calls_go_on_while_the_server_is_away_and_the_access_token_is_good(redis_server, portal, given):
    async with portal.http() as http, client(portal, given, redis_server, http) as im:
        await im.users.get(1)
        redis_server.stop()
        try:
            await im.users.get(1)
        finally:
            redis_server.start()
        portal.expire_tokens()
        await im.users.get(1)
    assert portal.refreshes == 1


def test_without_redis_py_the_line_to_type_is_told(monkeypatch):
    monkeypatch.setattr("bitrix_im.redis_link.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'bitrix-im\[redis\]'"):
        RedisTokenStore("redis://cache")


def test_without_cryptography_the_line_to_type_is_told(monkeypatch):
    monkeypatch.setattr("bitrix_im.auth.redis_store.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'bitrix-im\[redis\]'"):
        RedisTokenStore("redis://cache", encryption=KEY)


def test_it_is_not_pickled(store):
    with pytest.raises(TypeError, match="holds secrets"):
        pickle.dumps(store)
