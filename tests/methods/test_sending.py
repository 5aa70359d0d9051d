"""Sending: each message once, whatever happens to its request or the answer."""

import re

import anyio
import pytest

from bitrix_im import (
    AccessError,
    DuplicateMessage,
    Limits,
    Retry,
    ServerError,
    TransportError,
    UnexpectedResponse,
)
from bitrix_im.testing import Fault, Portal

from ..helpers import connected

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
KINDS = [
    Fault.QUERY_LIMIT,
    Fault.HTML_502_AFTER,
    Fault.INTERNAL_500_AFTER,
    Fault.TRUNCATED,
    Fault.EMPTY_BODY,
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.STALL_AFTER,
]


def notes(**options):
    portal = Portal(seed=1, **options)
    return portal, portal.add_chat("Notes")


async def test_a_message_is_sent_with_all_that_belongs_to_it():
    portal, chat = notes()
    attach = [{"MESSAGE": "attached"}]
    keyboard = {"BUTTONS": [{"TEXT": "OK", "LINK": "https://example.test/?a=1&b=2"}]}
    async with connected(portal) as im:
        first = await im.messages.send(chat, "Привет + hello & <b> 😀")
        second = await im.messages.send(chat, "", attach=attach, keyboard=keyboard, reply_to=first, url_preview=False)
    params = portal.log[-1].params
    assert portal.message_texts(chat)[0] == "Привет + hello & <b> 😀"
    assert second > first
    assert (params["ATTACH"], params["KEYBOARD"], params["REPLY_ID"]) == (attach, keyboard, str(first))
    assert params["URL_PREVIEW"] == "N"
    assert "SYSTEM" not in params


async def test_every_message_has_a_key_of_its_own():
    portal, chat = notes()
    async with connected(portal) as im:
        sent = [await im.messages.send(chat, "same") for _ in range(3)]
    keys = [exchange.params["TEMPLATE_ID"] for exchange in portal.log]
    assert len(set(sent)) == len(set(keys)) == 3
    assert all(UUID4.fullmatch(key) for key in keys)


async def test_a_message_with_a_key_is_there_once_however_often_it_is_sent():
    portal, chat = notes()
    async with connected(portal) as im:
        first = await im.messages.send(chat, "paid", key="order 42 paid")
        again = await im.messages.send(chat, "paid", key="order 42 paid")
        other = await im.messages.send(chat, "paid", key="order 43 paid")
        await im.messages.send(chat, "x", key="11111111-2222-4333-8444-55555555ABCD")
    assert first == again != other
    keys = [exchange.params["TEMPLATE_ID"] for exchange in portal.log]
    assert all(UUID4.fullmatch(key) for key in keys)
    assert keys[-1] == "11111111-2222-4333-8444-55555555abcd"


@pytest.mark.parametrize("options", [{"key": ""}, {"key": 5}, {"key": "x", "system": True}])
async def test_an_impossible_key_is_refused(options):
    portal, chat = notes()
    async with connected(portal) as im:
        with pytest.raises(ValueError, match="expected"):
            await im.messages.send(chat, "x", **options)
    assert portal.requests == 0


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.executes])
async def test_a_repeat_after_a_lost_answer_gives_the_same_message(fault):
    portal, chat = notes()
    portal.faults.next(fault, count=3)
    async with connected(portal, timeout=10) as im:
        sent = await im.messages.send(chat, "once")
    assert portal.message_texts(chat) == ["once"]
    assert portal.visible_messages(chat) == [sent]
    assert portal.requests == 4


@pytest.mark.grid(every=3)
@pytest.mark.parametrize("every", [1, 2])
async def test_160_messages_under_8_kinds_of_fault_are_there_once(every):
    portal, chat = notes(rate=5, burst=50)
    portal.processing_time = {"im.message.add": 0.05}
    for number, fault in enumerate(KINDS * 5):
        portal.faults.nth(1 + number * every, fault)
    sent = {}
    async with connected(portal, timeout=20, limits=Limits(rate=5), retry=Retry(attempts=30)) as im:

        async def send(number):
            await anyio.sleep(number * 0.01)
            sent[number] = await im.messages.send(chat, f"message {number}")

        async with anyio.create_task_group() as group:
            for number in range(160):
                group.start_soon(send, number)
    assert sorted(portal.message_texts(chat)) == sorted(f"message {number}" for number in range(160))
    assert sorted(sent.values()) == portal.visible_messages(chat)
    assert len(set(portal.faults.struck)) == 8


async def test_160_messages_one_by_one_under_every_kind_of_fault():
    portal, chat = notes(limited=False)
    portal.faults.share(0.4, KINDS, seed=5)
    async with connected(portal, timeout=20, limits=Limits.unlimited(), retry=Retry(attempts=30)) as im:
        for number in range(160):
            await im.messages.send(chat, f"message {number}")
    assert portal.message_texts(chat) == [f"message {number}" for number in range(160)]
    assert set(portal.faults.struck) == set(KINDS)


@pytest.mark.parametrize("pending", [0.1, 3, 12, 25])
async def test_a_message_that_is_still_being_sent_is_waited_for(pending):
    portal, chat = notes()
    portal.world.pending_seconds = pending
    portal.faults.next(Fault.RESET_AFTER)
    async with connected(portal) as im:
        sent = await im.messages.send(chat, "once")
    assert portal.visible_messages(chat) == [sent]
    assert {exchange.error for exchange in portal.log[1:-1]} <= {"MESSAGE_DUPLICATED_BY_UUID"}


async def test_a_message_that_is_being_sent_for_ever_is_an_error_in_the_end():
    portal, chat = notes()
    portal.world.pending_seconds = 1e6
    portal.faults.next(Fault.RESET_AFTER)
    async with connected(portal) as im:
        with pytest.raises(DuplicateMessage, match=r"tried \d+ times"):
            await im.messages.send(chat, "once")
    assert portal.message_texts(chat) == ["once"]


@pytest.mark.parametrize("fault", [Fault.QUERY_LIMIT, Fault.CONNECT_ERROR, Fault.OPERATION_TIME])
async def test_a_system_message_is_repeated_where_it_was_not_sent(fault):
    portal, chat = notes()
    portal.faults.next(fault, count=2)
    async with connected(portal) as im:
        await im.messages.send(chat, "once", system=True)
    assert portal.message_texts(chat) == ["once"]
    assert portal.log[-1].params["SYSTEM"] == "Y"
    assert "TEMPLATE_ID" not in portal.log[-1].params


@pytest.mark.parametrize("fault", [*KINDS[1:], Fault.GARBAGE, Fault.HTML_504, Fault.CONNECTION_ERROR])
async def test_a_system_message_is_not_repeated_where_it_may_have_been_sent(fault):
    portal, chat = notes()
    portal.faults.next(fault)
    async with connected(portal, timeout=10) as im:
        with pytest.raises((ServerError, TransportError, UnexpectedResponse)):
            await im.messages.send(chat, "once", system=True)
    assert portal.requests == 1
    assert len(portal.message_texts(chat)) == fault.executes


async def test_a_chat_that_one_is_not_in_is_an_access_error():
    portal, chat = notes()
    portal.leave(chat)
    async with connected(portal) as im:
        with pytest.raises(AccessError):
            await im.messages.send(chat, "x")
    assert portal.requests == 1


async def test_messages_that_wait_share_requests_and_are_there_once_all_the_same():
    portal, chat = notes(rate=2, burst=5)
    portal.faults.nth(4, Fault.HTML_502_AFTER)
    portal.faults.nth(6, Fault.RESET_AFTER)
    async with connected(portal, limits=Limits(rate=2, burst=5)) as im, anyio.create_task_group() as group:
        for number in range(100):
            group.start_soon(im.messages.send, chat, f"message {number}")
    assert sorted(portal.message_texts(chat)) == sorted(f"message {number}" for number in range(100))
    assert portal.refusals == 0
    assert portal.requests < 30
