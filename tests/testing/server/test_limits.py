"""The portal's limits: a bucket that drains in steps, operating time in baskets, 60 s of processing."""

import anyio
import pytest

from bitrix_im.testing import Portal

pytestmark = pytest.mark.anyio


async def burst(http, count):
    """How many of *count* requests at once were let in."""
    replies = [await http.post("server.time") for _ in range(count)]
    return sum(reply.status_code == 200 for reply in replies)


async def test_the_bucket_drains_in_whole_steps():
    portal = Portal(rate=2.0, burst=5)
    async with portal.http() as http:
        assert await burst(http, 8) == 5
        await anyio.sleep(0.99)
        assert await burst(http, 3) == 0
        await anyio.sleep(0.02)
        assert await burst(http, 3) == 2
        await anyio.sleep(60)
        assert await burst(http, 8) == 5
    assert portal.refusals == 10


async def test_a_refused_request_is_not_executed():
    portal = Portal(burst=1)
    async with portal.http() as http:
        await http.post("server.time")
        reply = await http.post("server.time")
    assert (reply.status_code, reply.json()["error"]) == (503, "QUERY_LIMIT_EXCEEDED")
    assert (portal.commands, portal.log[-1].executed) == (1, False)


async def test_a_batch_counts_as_one_request():
    portal = Portal(burst=2)
    async with portal.http() as http:
        for _ in range(2):
            reply = await http.post("batch", json={"cmd": ["server.time"] * 50})
            assert len(reply.json()["result"]["result"]) == 50


async def test_addresses_have_buckets_of_their_own():
    portal = Portal(burst=3)
    async with portal.http() as one, portal.http(source="10.0.0.2") as other:
        assert (await burst(one, 4), await burst(other, 4)) == (3, 3)
        await anyio.sleep(100)
        portal.fill_bucket()
        assert await burst(one, 1) == 0


async def test_the_bucket_can_be_off():
    async with Portal(burst=1, limited=False).http() as http:
        assert await burst(http, 20) == 20


async def test_operating_time_blocks_a_method_until_its_baskets_expire():
    portal = Portal(operating=2.0, window=600.0, limited=False)
    portal.operating_cost["im.revision.get"] = 0.75
    async with portal.http() as http:
        times = [(await http.post("im.revision.get")).json()["time"] for _ in range(3)]
        assert [time["operating"] for time in times] == [0.75, 1.5, 2.25]  # the call that passes the limit still runs
        reply = await http.post("im.revision.get")
        assert (reply.status_code, reply.json()["error"]) == (429, "OPERATION_TIME_LIMIT")
        assert await burst(http, 1) == 1  # other methods go on
        await anyio.sleep(times[-1]["operating_reset_at"] - portal.clock.now())
        assert (await http.post("im.revision.get")).json()["time"]["operating"] == 0.75
    assert portal.refusals == 1


async def test_baskets_expire_one_by_one():
    portal = Portal(operating=100.0, window=600.0)
    portal.operating_cost["server.time"] = 1.0
    spent = []
    async with portal.http() as http:
        for _ in range(15):
            spent.append((await http.post("server.time")).json()["time"]["operating"])
            await anyio.sleep(61)
    assert spent == [*range(1, 11), 10.0, 10.0, 10.0, 10.0, 10.0]


async def test_commands_of_a_batch_are_charged_to_their_methods():
    portal = Portal(operating=1.0)
    portal.operating_cost["im.revision.get"] = 0.6
    async with portal.http() as http:
        cmd = {"a": "im.revision.get", "b": "im.revision.get", "c": "im.revision.get", "d": "server.time"}
        result = (await http.post("batch", json={"cmd": cmd})).json()["result"]
    assert set(result["result"]) == {"a", "b", "d"}
    assert result["result_error"]["c"]["error"] == "OPERATION_TIME_LIMIT"
    assert result["result_time"]["b"]["operating"] == 1.2


async def test_processing_takes_time():
    portal = Portal()
    portal.processing_time = {"server.time": 3.0}
    async with portal.http(timeout=75) as http:
        started = anyio.current_time()
        cmd = {"a": "server.time", "b": "im.revision.get", "c": "server.time"}
        times = (await http.post("batch", json={"cmd": cmd})).json()["result"]["result_time"]
        assert anyio.current_time() - started == pytest.approx(6.0)
    assert [round(time["duration"]) for time in times.values()] == [3, 0, 3]


async def test_processing_of_more_than_a_minute_is_cut():
    portal = Portal()
    portal.processing_time = lambda method, params: 25.0
    async with portal.http(timeout=75) as http:
        started = anyio.current_time()
        reply = await http.post("batch", json={"cmd": ["server.time"] * 4})
        assert (reply.status_code, anyio.current_time() - started) == (504, pytest.approx(60.0))
        assert reply.headers["content-type"].startswith("text/html")
    assert portal.commands == 3  # what was running when the front end gave up ran on


async def test_a_client_can_lose_patience():
    import httpx

    portal = Portal()
    portal.processing_time = 10.0
    async with portal.http(timeout=5) as http:
        with pytest.raises(httpx.ReadTimeout) as caught:
            await http.post("server.time")
    assert str(caught.value.request.url).endswith("server.time")


async def test_a_batch_itself_is_never_charged():
    portal = Portal(operating=1.0)
    portal.operating_cost["batch"] = 1.5
    async with portal.http() as http:
        replies = [await http.post("batch", json={"cmd": ["server.time"]}) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200] * 3
    assert "operating" not in replies[-1].json()["time"]


async def test_a_webhooks_batched_calls_have_a_budget_apart_which_all_webhooks_share():
    portal = Portal(operating=1.0)
    portal.operating_cost["im.revision.get"] = 0.8
    cmd = {"a": "im.revision.get"}
    async with portal.http() as http, portal.http(base_url=portal.webhook_of(portal.world.colleague)) as other:
        assert (await http.post("im.revision.get")).json()["time"]["operating"] == 0.8
        batched = (await http.post("batch", json={"cmd": cmd})).json()["result"]["result_time"]["a"]
        shared = (await other.post("batch", json={"cmd": cmd})).json()["result"]["result_time"]["a"]
        assert (batched["operating"], shared["operating"]) == (0.8, 1.6)
        assert (await other.post("im.revision.get")).json()["time"]["operating"] == 0.8


async def test_an_application_has_one_budget_for_both():
    portal = Portal()
    portal.operating_cost["im.revision.get"] = 0.8
    async with portal.http(base_url=f"https://{portal.host}/rest/") as http:
        http.headers["Authorization"] = f"Bearer {portal.issue_tokens()['access_token']}"
        await http.post("im.revision.get")
        times = (await http.post("batch", json={"cmd": {"a": "im.revision.get"}})).json()["result"]["result_time"]
    assert times["a"]["operating"] == 1.6


async def test_short_calls_are_free_and_a_call_is_refused_above_the_limit_not_at_it():
    portal = Portal(operating=1.0)
    portal.operating_cost.update({"im.revision.get": 0.5, "im.user.get": 0.1})
    async with portal.http() as http:
        statuses = [(await http.post("im.revision.get")).status_code for _ in range(4)]
        free = [(await http.post("im.user.get")).json()["time"]["operating"] for _ in range(20)]
    assert statuses == [200, 200, 200, 429]
    assert set(free) == {0}
