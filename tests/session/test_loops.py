"""One client, one event loop: what it says elsewhere, what it leaves behind, and what it refuses when it is made."""

import asyncio
import gc
import threading
import warnings
from random import Random

import anyio
import pytest

from bitrix_im import BitrixIM, Limits, Retry
from bitrix_im.testing import Fault, Portal

from ..helpers import connected
from ..virtual_time import run

WEBHOOK = "https://acme.bitrix24.test/rest/1/abcdef/"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_in_a_second_event_loop_a_client_says_that_it_belongs_to_the_first(backend):
    portal = Portal(seed=1)
    im = BitrixIM(portal.webhook, http=portal.http())

    async def call():
        await im.call("server.time")

    run(call, on=backend)
    with pytest.raises(RuntimeError, match="another event loop.*make one per loop"):
        run(call, on=backend)


@pytest.mark.parametrize("other", ["asyncio", "trio"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_in_another_event_loop_closing_says_where_to_close(backend, other):
    failures = []

    async def use(webhook):
        im = BitrixIM(webhook)
        await im.call("server.time")

        def elsewhere():
            try:
                anyio.run(im.aclose, backend=other)
            except RuntimeError as error:
                failures.append(str(error))

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        await im.call("server.time")  # nothing is broken
        await im.aclose()

    with Portal(seed=1, limited=False).serving() as webhook:
        anyio.run(use, webhook, backend=backend)
    assert len(failures) == 1
    assert "another event loop" in failures[0]
    assert "close it there" in failures[0]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_closed_client_can_be_closed_again_anywhere(backend):
    im = BitrixIM(WEBHOOK, http=Portal(seed=1).http())

    async def use():
        async with im:
            with pytest.raises(Exception, match=r"."):
                await im.call("server.time")

    run(use, on=backend)
    run(im.aclose, on=backend)


def test_a_client_that_made_no_call_can_be_closed_in_any_loop():
    im = BitrixIM(WEBHOOK)
    anyio.run(im.aclose, backend="trio")
    anyio.run(im.aclose, backend="asyncio")


async def test_in_another_thread_a_client_says_so_at_once():
    portal = Portal(seed=1)
    failures = []
    async with connected(portal) as im:
        await im.call("server.time")

        def elsewhere():
            try:
                asyncio.run(im.call("server.time"))
            except RuntimeError as error:
                failures.append(str(error))

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert len(failures) == 1
    assert "another event loop" in failures[0]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_loop_that_ends_with_calls_under_way_ends_without_a_warning(backend):
    portal = Portal(seed=1, rate=1, burst=3)
    portal.processing_time = 30.0
    im = BitrixIM(portal.webhook, http=portal.http())  # neither entered nor closed

    async def leave_early():
        with anyio.move_on_after(1):
            async with anyio.create_task_group() as tasks:
                for _ in range(20):
                    tasks.start_soon(im.call, "im.user.get", {"ID": 1})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(leave_early, on=backend)
        gc.collect()


async def test_a_client_that_is_never_closed_names_itself():
    portal = Portal(seed=1)
    im = BitrixIM(portal.webhook)
    im._session._sender._client("a test")  # the connections that it opens for its first request
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del im
        gc.collect()
    said = [str(warning.message) for warning in caught if issubclass(warning.category, ResourceWarning)]
    assert [
        text for text in said if text.startswith(f"unclosed BitrixIM(Webhook('https://{portal.host}/rest/1/***/'))")
    ]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"timeout": "5"}, TypeError),
        ({"timeout": None}, TypeError),
        ({"timeout": True}, TypeError),
        ({"timeout": 0}, ValueError),
        ({"timeout": float("nan")}, ValueError),
        ({"retry": 3}, TypeError),
        ({"retry": None}, TypeError),
        ({"limits": 2}, TypeError),
        ({"limits": None}, TypeError),
        ({"http": "a proxy"}, TypeError),
    ],
)
def test_options_that_cannot_work_are_refused_where_the_client_is_made(options, kind):
    with pytest.raises(kind, match="expected"):
        BitrixIM(WEBHOOK, **options)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"attempts": 0}, ValueError),
        ({"attempts": 2.5}, TypeError),
        ({"attempts": "3"}, TypeError),
        ({"max_delay": -1}, ValueError),
        ({"max_elapsed": None}, TypeError),
        ({"max_elapsed": float("nan")}, ValueError),
        ({"random": 7}, TypeError),
    ],
)
def test_a_retry_that_cannot_work_is_refused(options, kind):
    with pytest.raises(kind, match=next(iter(options))):
        Retry(**options)


@pytest.mark.parametrize("options", [{"rate": "2"}, {"burst": None}])
def test_limits_are_numbers(options):
    with pytest.raises(TypeError, match="must be a number"):
        Limits(**options)


async def test_with_a_random_of_its_own_a_client_waits_alike_every_time():
    async def waits(seed):
        portal = Portal(seed=1)
        portal.faults.next(Fault.HTML_502, count=5)
        async with connected(portal, retry=Retry(random=Random(seed))) as im:
            await im.call("server.time")
        return [exchange.at - portal.log[0].at for exchange in portal.log]

    first = await waits(7)
    assert await waits(7) == pytest.approx(first)
    assert await waits(8) != pytest.approx(first)


async def test_without_a_number_of_attempts_only_patience_ends_it():
    portal = Portal(seed=1)
    portal.faults.next(Fault.EMPTY_BODY, count=40)
    async with connected(portal, retry=Retry(attempts=None, max_delay=2)) as im:
        await im.call("server.time")
    assert portal.requests == 41


@pytest.mark.parametrize(("repeatable", "requests"), [(None, 1), (True, 2), (False, 1)])
async def test_a_caller_can_say_that_a_repeat_does_no_harm(repeatable, requests):
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    portal.faults.next(Fault.HTML_502)
    async with connected(portal) as im:
        call = {"method": "im.message.add", "params": {"DIALOG_ID": chat, "MESSAGE": "x"}, "repeatable": repeatable}
        if requests == 1:
            with pytest.raises(Exception, match="502"):
                await im.call(**call)
        else:
            await im.call(**call)
    assert portal.requests == requests


async def test_a_key_of_the_caller_s_own_makes_a_repeat_harmless():
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")
    portal.faults.next(Fault.HTML_502_AFTER)
    key = "0c8a2f4e-6f2b-4c1d-9a3e-5b7d9f1c2e4a"
    async with connected(portal) as im:
        await im.call("im.message.add", {"DIALOG_ID": chat, "MESSAGE": "once", "TEMPLATE_ID": key})
    assert portal.message_texts(chat) == ["once"]
    assert portal.requests == 2
