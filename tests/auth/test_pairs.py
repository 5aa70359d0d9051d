"""Which pair of tokens counts: rules without a clock or a store, and a keeper that keeps to them."""

from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from bitrix_im import AuthError, MemoryTokenStore, QueryLimitExceeded, Retry, Tokens, TransportError
from bitrix_im.auth.pairs import Pairs
from bitrix_im.testing import Fault

from .test_oauth import Recorder, application, installed, many

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def pair(name, hour=None):
    return Tokens(f"access-{name}", f"refresh-{name}", hour and NOON + timedelta(hours=hour))


@pytest.mark.parametrize(
    ("ours", "stored", "is_adopted"),
    [
        (pair("a"), None, False),
        (pair("a"), pair("a"), False),
        (pair("a"), pair("b"), True),
        (pair("a", 1), pair("b"), True),
        (pair("a"), pair("b", 1), True),
        (pair("a", 1), pair("b", 2), True),
        (pair("a", 1), pair("b", 1), True),
        (pair("a", 2), pair("b", 1), False),
    ],
)
def test_the_newer_pair_is_used(ours, stored, is_adopted):
    pairs = Pairs(ours)
    assert pairs.adopt(stored) is is_adopted
    assert pairs.current == (stored if is_adopted else ours)


def test_a_pair_that_was_spent_or_refused_is_never_used_again():
    pairs = Pairs(pair("a"))
    pairs.exchanged(pair("a"), pair("b"))
    assert not pairs.adopt(pair("a"))  # still in a store that could not save
    pairs.refused(pair("c"))
    assert not pairs.adopt(pair("c"))
    assert pairs.candidates() == [pair("b")]
    assert "access" not in repr(pairs)


def test_a_refresh_token_that_an_auth_server_gives_again_is_not_spent():
    pairs, fresh = Pairs(pair("a")), Tokens("access-new", "refresh-a")
    pairs.exchanged(pair("a"), fresh)
    assert pairs.candidates() == [fresh]


def test_every_other_pair_that_is_known_may_still_be_good():
    pairs = Pairs(pair("given", 2))
    assert not pairs.adopt(pair("stored", 1))
    assert pairs.candidates() == [pair("given", 2), pair("stored", 1)]
    pairs.refused(pair("given", 2))
    pairs.exchanged(pair("stored", 1), pair("fresh", 3))
    assert pairs.candidates() == [pair("fresh", 3)]


# The same, with a portal


async def test_a_store_with_a_stale_pair_does_not_lock_the_application_out():
    portal, tokens = application()
    portal.expire_tokens()
    store = Recorder(Tokens("stale-access", "stale-refresh"))
    async with installed(portal, tokens, store) as im:
        assert (await im.call("server.time")).result
    assert (portal.refreshes, portal.oauth.attempts) == (1, 2)
    assert len(store.saved) == 1


async def test_where_no_pair_is_good_the_grant_is_told_to_be_gone():
    portal, tokens = application()
    portal.expire_tokens()
    bad = Tokens("x-access", "x-refresh", client_endpoint=tokens.client_endpoint, member_id=tokens.member_id)
    async with installed(portal, bad, Recorder(Tokens("stale-access", "stale-refresh"))) as im:
        for attempts in (2, 3):  # what was refused once is not tried again, but for the pair in use
            with pytest.raises(AuthError, match="invalid_grant"):
                await im.call("server.time")
            assert portal.oauth.attempts == attempts


async def test_a_save_that_hangs_is_given_up_and_made_good_later():
    portal, tokens = application()
    portal.expire_tokens()
    store = Recorder(portal=portal, slowness=1e9)
    async with installed(portal, tokens, store) as im:
        with anyio.fail_after(15):
            assert not [result for result in await many(im, 10) if isinstance(result, Exception)]
        assert (store.saved, portal.oauth.attempts) == ([], 1)
        store.slowness = 0
        await anyio.sleep(60)
        assert (await im.call("server.time")).result
        assert len(store.saved) == 1
        await im.call("server.time")
    assert len(store.saved) == 1
    assert portal.oauth.attempts == 1


@pytest.mark.grid(every=2)
async def test_a_store_that_stays_broken_is_asked_less_and_less_and_fails_no_other_call():
    portal, tokens = application()
    portal.expire_tokens()
    store = Recorder(portal=portal, slowness=0)
    store.fail = 10**9
    async with installed(portal, tokens, store) as im:
        with pytest.raises(OSError, match="No space"):
            await im.call("server.time")
        for _ in range(600):
            await im.call("server.time")
            await anyio.sleep(1)
        assert 10 <= 10**9 - store.fail <= 20
        store.fail = 0
    assert len(store.saved) == 1  # when it was closed


async def test_an_older_pair_in_a_store_that_could_not_save_never_comes_back():
    portal, tokens = application()
    store = Recorder(tokens, portal=portal, slowness=0)
    async with installed(portal, tokens, store) as im:
        for _ in range(3):
            portal.expire_tokens()
            store.fail = 2
            with pytest.raises(OSError, match="No space"):
                await im.call("server.time")
            assert (await im.call("server.time")).result
            assert await MemoryTokenStore.load(store) == tokens
    assert (portal.refreshes, portal.oauth.attempts) == (3, 3)


async def test_closing_waits_for_a_refresh_and_for_its_pair_to_be_saved():
    portal, tokens = application()
    portal.expire_tokens()
    store = Recorder(portal=portal, slowness=3)
    async with portal.http(), anyio.create_task_group() as tasks, installed(portal, tokens, store) as im:
        scope = anyio.CancelScope()

        async def ask():
            with scope, suppress(RuntimeError):  # cancelled, or closed before the call could go on
                await im.call("server.time")

        tasks.start_soon(ask)
        await anyio.sleep(1)
        scope.cancel()
        await im.aclose()
        assert len(store.saved) == 1


async def test_a_store_that_does_not_answer_is_told_and_the_next_call_tries_anew():
    portal, tokens = application()

    class Silent(Recorder):
        is_silent = True

        async def load(self):
            if self.is_silent:
                await anyio.sleep_forever()
            return await super().load()

    store = Silent(tokens)
    async with installed(portal, tokens, store) as im:
        with anyio.fail_after(300), pytest.raises(TransportError, match="the token store did not answer") as caught:
            await im.call("im.chat.add", {"TITLE": "x"})
        assert not caught.value.sent
        store.is_silent = False
        assert (await im.call("server.time")).result


class Locked(Recorder):
    """A store with a lock, and a note of who held it when."""

    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        self.mutex = anyio.Lock()
        self.fails = False

    @asynccontextmanager
    async def lock(self):
        if self.fails:
            raise OSError(37, "No locks available")
        async with self.mutex:
            yield

    async def save(self, tokens):
        assert self.mutex.locked() or self.fails
        await super().save(tokens)


@pytest.mark.parametrize("fails", [False, True])
async def test_clients_with_a_lock_make_one_refresh_between_them(fails):
    portal, tokens = application()
    store = Locked(tokens, slowness=0.3)
    store.fails = fails
    async with installed(portal, tokens, store) as one, installed(portal, tokens, store) as other:
        for _ in range(4):
            portal.expire_tokens()
            results = []

            async def ask(im, results=results):
                results += await many(im, 5)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask, one)
                tasks.start_soon(ask, other)
            assert not [result for result in results if isinstance(result, Exception)]
    assert portal.refreshes == 4
    assert portal.oauth.attempts == 4 if not fails else 4 <= portal.oauth.attempts <= 8


async def test_clients_that_share_a_store_in_memory_make_one_refresh_between_them():
    portal, tokens = application()
    store = MemoryTokenStore(tokens)
    async with installed(portal, tokens, store) as one, installed(portal, tokens, store) as other:
        for _ in range(3):
            portal.expire_tokens()
            async with anyio.create_task_group() as tasks:
                for im in (one, other):
                    tasks.start_soon(many, im, 5)
    assert portal.oauth.attempts == portal.refreshes == 3


async def test_calls_are_held_while_another_process_refreshes():
    portal, tokens = application()
    store, answers = Locked(tokens, slowness=0), []
    async with installed(portal, tokens, store) as im, anyio.create_task_group() as tasks:
        portal.expire_tokens()

        async def ask():
            answers.append(await im.call("server.time"))

        async with store.mutex:
            for _ in range(10):
                tasks.start_soon(ask)
                await anyio.sleep(1)
            assert portal.requests == 1  # the others would be refused as well
            with anyio.move_on_after(1) as impatient:
                await im.call("server.time")
            assert impatient.cancelled_caught
            with pytest.raises(QueryLimitExceeded, match="refresh of the tokens has not ended") as caught:
                await im.with_options(retry=Retry(max_elapsed=5)).call("server.time")
            assert caught.value.attempts == 0
    assert len(answers) == 10
    assert portal.oauth.attempts == 1


async def test_calls_are_held_no_longer_when_who_began_the_refresh_gives_up():
    portal, tokens = application()
    store, answers = Locked(tokens, slowness=0), []
    async with installed(portal, tokens, store) as im, anyio.create_task_group() as tasks:
        portal.expire_tokens()

        async def ask():
            answers.append(await im.call("server.time"))

        async with store.mutex:
            with anyio.move_on_after(2):
                await im.call("server.time")
            tasks.start_soon(ask)
            await anyio.sleep(1)
        with anyio.fail_after(5):
            while not answers:
                await anyio.sleep(0.1)
    assert portal.oauth.attempts == 1


async def test_a_lock_that_nobody_gives_back_holds_a_refresh_up_for_a_minute_at_most():
    portal, tokens = application()
    portal.expire_tokens()
    store = Locked(tokens, slowness=0)
    async with store.mutex, installed(portal, tokens, store) as im:
        with anyio.fail_after(61):
            assert (await im.call("server.time")).result


async def test_a_bad_minute_of_the_auth_server_costs_no_call():
    portal, tokens = application()
    portal.expire_tokens()
    portal.faults.next(Fault.HTML_502, count=2, method="oauth.token")
    async with installed(portal, tokens, Recorder(tokens)) as im:
        assert not [result for result in await many(im, 5) if isinstance(result, Exception)]
    assert portal.refreshes == 1
