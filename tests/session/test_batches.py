"""What one caller sends and gets stays his own, whoever shares the request."""

import contextlib

import anyio
import httpx
import pytest

from bitrix_im import (
    BitrixIM,
    Call,
    Limits,
    MemoryTokenStore,
    OAuth,
    PortalGone,
    Retry,
    ServerError,
    Tokens,
    TransportError,
    UnexpectedResponse,
)
from bitrix_im.testing import Fault, Portal

from ..helpers import connected, message_ids
from ..virtual_time import backend

TIGHT = Limits(rate=1, burst=1)


def tight():
    return Portal(seed=1, rate=1, burst=1)


@pytest.mark.parametrize(
    "text",
    [
        "hi $result[u0c0][messages][0][text]",
        "price is $total now",
        "$time flies",
        "$result[u0c0]",
        "$next $error",
    ],
)
async def test_a_text_is_sent_as_it_is_however_many_calls_wait(text):
    portal = tight()
    secret, public = portal.add_chat("Secret"), portal.add_chat("Public")
    portal.post(secret, "SALARY 100k")
    async with connected(portal, limits=TIGHT) as im, anyio.create_task_group() as tasks:
        tasks.start_soon(im.call, "server.time")
        tasks.start_soon(im.messages.history(secret).collect)
        tasks.start_soon(im.messages.send, public, text)
        tasks.start_soon(im.call, "im.counters.get")
    assert portal.message_texts(public) == [text]


async def test_a_search_for_words_of_batches_finds_the_same_in_company():
    portal = tight()
    name = portal.add_chat("$result[x] budget")
    for number in range(120):
        portal.add_chat(f"$result[x] budget {number}")
    async with connected(portal, limits=TIGHT) as im, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(im.call, "server.time")
        found = await im.search.chats("$result[x] budget").collect()
    assert name in [chat.dialog_id for chat in found]
    assert len(found) == 121


async def test_nobody_waits_longer_than_his_own_timeout():
    portal = tight()
    portal.faults.next(Fault.STALL_AFTER, method="batch")
    waited = {}
    async with connected(portal, limits=TIGHT) as im:
        quick = im.with_options(timeout=5, retry=Retry(attempts=1))

        async def ask(client, name):
            before = anyio.current_time()
            with contextlib.suppress(TransportError):
                await client.call("server.time")
            waited[name] = anyio.current_time() - before

        async with anyio.create_task_group() as tasks:
            for number in range(4):
                tasks.start_soon(ask, im, number)
            tasks.start_soon(ask, quick, "quick")
    assert waited["quick"] < 12


async def test_one_attempt_is_one_in_a_batch_too():
    portal = tight()
    portal.faults.next(Fault.STALL_BEFORE, count=99)
    failures = []
    async with connected(portal, limits=TIGHT, timeout=8, retry=Retry(attempts=1, max_elapsed=10)) as im:

        async def ask():
            with pytest.raises(TransportError) as caught:
                await im.call("server.time")
            failures.append(caught.value)

        async with anyio.create_task_group() as tasks:
            for _ in range(13):
                tasks.start_soon(ask)
    assert max(error.elapsed for error in failures) < 10 + 8
    assert {error.attempts for error in failures} == {1}


async def test_a_token_store_that_cannot_save_fails_those_who_waited_for_it_and_nobody_else():
    portal = tight()
    portal.oauth_app("app", "client-secret")
    given = portal.issue_tokens()
    portal.expire_tokens()

    class Broken(MemoryTokenStore):
        saves = 0

        async def save(self, tokens):
            Broken.saves += 1
            raise OSError("disk full")

    tokens = Tokens(given["access_token"], given["refresh_token"])
    where = f"https://{portal.host}"
    oauth = OAuth(f"{where}/rest/", tokens, "app", "client-secret", store=Broken(), server=f"{where}/oauth/token/")
    failures, replies = [], []
    async with portal.http() as http, BitrixIM(oauth, http=http, limits=TIGHT) as im:

        async def ask():
            try:
                replies.append(await im.call("server.time"))
            except OSError as error:
                assert str(error) == "disk full"  # noqa: PT017 - the others succeed
                failures.append(error)

        async with anyio.create_task_group() as tasks:
            for _ in range(40):
                tasks.start_soon(ask)
    assert failures
    assert len(failures) + len(replies) == 40
    assert portal.refreshes == 1


@pytest.mark.parametrize("garbage", ["--5", "²", "9" * 5000, "inf", [], {}])
async def test_one_strange_number_sinks_nobody(garbage):
    async def answer(request):
        result = {"result": {"u0c0": 1}, "result_error": [], "result_total": {"u0c0": garbage}}
        return httpx.Response(
            200, json={"result": result, "total": garbage, "next": garbage, "time": {"start": garbage}}
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        im = BitrixIM("https://portal.bitrix24.test/rest/1/abcdef/", http=http)
        reply = await im.call("server.time")
        assert reply.total is None
        assert (await im.batch({"u0c0": Call("server.time")}))["u0c0"].result == 1


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(302, headers={"location": "https://[x/rest/"}), PortalGone),
        (httpx.Response(200, content=b'{"result":' + b"[" * 100_000), UnexpectedResponse),
    ],
)
async def test_garbage_is_one_of_our_errors(response, kind):
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda request: response)) as http:
        im = BitrixIM("https://portal.bitrix24.test/rest/1/abcdef/", http=http, retry=Retry(attempts=1))
        with pytest.raises(kind):
            await im.call("server.time")


async def test_a_batch_takes_any_number_of_calls_and_answers_each():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        calls = {f"call {number}": Call("server.time") for number in range(120)} | {"wrong": Call("im.nothing")}
        outcomes = await im.batch(calls)
        assert outcomes.keys() == calls.keys()
        assert portal.requests == 3
        halted = await im.batch({"wrong": Call("im.nothing"), "behind": Call("server.time")}, halt=True)
        assert list(halted) == ["wrong"]
        linked = await im.batch({"chat": Call("server.time"), "again": Call("im.user.get", {"ID": "$result[chat][0]"})})
        assert set(linked) == {"chat", "again"}


async def test_a_batch_that_cannot_work_is_refused_before_a_request():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        with pytest.raises(TypeError, match="names of a batch"):
            await im.batch({0: Call("server.time")})
        calls = {str(number): Call("server.time") for number in range(51)}
        with pytest.raises(ValueError, match="not among the same 50"):
            await im.batch({**calls, "x": Call("im.user.get", {"ID": "$result[0]"})})
    assert portal.requests == 0


async def test_a_batch_that_breaks_half_way_tells_what_was_done():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    portal.faults.nth(2, Fault.INTERNAL_500)
    writes = {f"w{number}": Call("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "x"}) for number in range(60)}
    async with connected(portal) as im:
        with pytest.raises(ServerError) as caught:
            await im.batch(writes)
    assert len(caught.value.outcomes) == 50 == len(portal.visible_messages(chat))


async def test_a_method_may_be_named_with_json():
    portal = tight()
    async with connected(portal, limits=TIGHT) as im, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(im.call, "server.time.json")


async def test_a_walk_cut_by_a_limit_goes_on_in_windows():
    portal = Portal(seed=1)
    dialog = portal.add_chat("Long")
    portal.add_history(dialog, 5_000)
    async with connected(portal) as im:
        (page,) = [page async for page in im.messages.history(dialog).limit(20).pages()]
        rest = await im.messages.history(dialog).resume(page.cursor).collect()
    assert message_ids(page.items) + message_ids(rest) == portal.visible_messages(dialog)[::-1]
    assert portal.requests <= 10


@pytest.mark.slow
@pytest.mark.parametrize("anyio_backend", [backend("asyncio")])
@pytest.mark.parametrize("kind", ["write", "batch", "system"])
async def test_a_call_that_travels_alone_does_not_wait_for_an_export(kind):
    portal = Portal(seed=1, rate=5, burst=5)
    dialogs = [portal.add_chat(f"Long {number}") for number in range(30)]
    for dialog in dialogs:
        portal.add_history(dialog, 1_000)
    chat, waits = portal.add_chat("Notes"), []
    async with connected(portal, limits=Limits(rate=5, burst=5)) as im:
        calls = {
            "write": lambda: im.call("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "x"}),
            "batch": lambda: im.batch({"a": Call("server.time"), "b": Call("server.time")}),
            "system": lambda: im.messages.send(chat, "x", system=True),
        }

        async def ask():
            for _ in range(7):
                await anyio.sleep(0.31)
                before = anyio.current_time()
                await calls[kind]()
                waits.append(anyio.current_time() - before)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            for dialog in dialogs:
                tasks.start_soon(im.messages.history(dialog).collect)
    assert max(waits) <= 2 / (5 * 0.85) + 0.01
