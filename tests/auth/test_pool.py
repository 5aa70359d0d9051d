"""A pool of connections stays whole, whatever moment its requests are given up at."""

import anyio
import httpcore
import httpx
import pytest

from bitrix_im import BitrixIM, Limits, Retry
from bitrix_im.errors import TransportError

ANSWER = [b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n", b'{"result":1}']


def pooled(connections=1):
    """An httpx client with that many connections, to a server that answers each of them once."""
    http = httpx.AsyncClient(limits=httpx.Limits(max_connections=connections))
    vars(http._transport)["_pool"]._network_backend = httpcore.AsyncMockBackend(ANSWER)
    return http


def client(http):
    return BitrixIM(
        "https://portal.bitrix24.test/rest/1/abcdef/",
        http=http,
        limits=Limits.unlimited(),
        retry=Retry(attempts=1),
        timeout=5,
    )


@pytest.mark.grid(every=7)
@pytest.mark.parametrize("steps", range(12))
@pytest.mark.parametrize("connections", [1, 2])
async def test_a_call_that_is_given_up_at_any_step_leaves_its_connection_to_the_next(steps, connections):
    async with pooled(connections) as http, client(http) as im:
        for _ in range(connections):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(im.call, "profile")
                for _ in range(steps):
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
        for _ in range(3):
            assert (await im.call("profile")).result == 1


async def test_a_connection_in_use_by_others_is_left_alone():
    async with (
        pooled(2) as http,
        client(http) as im,
        http.stream("GET", "https://portal.bitrix24.test/elsewhere") as response,
    ):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(im.call, "profile")
            for _ in range(5):
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        assert (await response.aread()) == ANSWER[1]


async def test_a_transport_that_has_no_pool_is_none_of_our_business():
    async def silence(request):
        await anyio.sleep_forever()

    async with httpx.AsyncClient(transport=httpx.MockTransport(silence)) as http, client(http) as im:
        with pytest.raises(TransportError, match="within 5 s"):
            await im.call("profile")
