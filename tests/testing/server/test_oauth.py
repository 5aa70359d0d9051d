"""The portal's OAuth: tokens that expire, refresh tokens that are spent, errors that look like successes."""

import time

import anyio
import httpx
import pytest

from bitrix_im.testing import Fault, Portal, Quirks

pytestmark = pytest.mark.anyio
ENDPOINT = "https://oauth.bitrix.info/oauth/token/"


def application():
    portal = Portal()
    portal.oauth_app("app.1", "client secret")
    return portal, portal.issue_tokens()


def form(tokens, **changes):
    return {
        "grant_type": "refresh_token",
        "client_id": "app.1",
        "client_secret": "client secret",
        "refresh_token": tokens["refresh_token"],
    } | changes


async def ask(portal, http, token, **body):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    reply = await http.post(f"https://{portal.host}/rest/server.time", json=body, headers=headers)
    return reply.status_code, reply.json().get("error")


async def test_a_bearer_token_wins_over_the_body():
    portal, tokens = application()
    async with portal.http() as http:
        assert await ask(portal, http, tokens["access_token"], auth="wrong") == (200, None)
        assert await ask(portal, http, "wrong", auth=tokens["access_token"]) == (401, "invalid_token")
        assert await ask(portal, http, None, auth=tokens["access_token"]) == (200, None)
    assert portal.log[-1].params == {}


async def test_tokens_expire_with_time_or_on_demand():
    portal, tokens = application()
    async with portal.http() as http:
        assert await ask(portal, http, tokens["access_token"]) == (200, None)
        await anyio.sleep(3601)
        assert await ask(portal, http, tokens["access_token"]) == (401, "expired_token")
        fresh = portal.issue_tokens()["access_token"]
        assert await ask(portal, http, fresh) == (200, None)
        portal.expire_tokens()
        assert await ask(portal, http, fresh) == (401, "expired_token")


async def test_a_refresh_spends_the_old_refresh_token():
    portal, tokens = application()
    portal.expire_tokens()
    async with portal.http() as http:
        fresh = (await http.post(ENDPOINT, data=form(tokens))).json()
        assert await ask(portal, http, fresh["access_token"]) == (200, None)
        again = await http.post(ENDPOINT, data=form(tokens))
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert (await http.post(ENDPOINT, data=form(fresh))).status_code == 200
    assert fresh["client_endpoint"] == f"https://{portal.host}/rest/"
    assert fresh["expires_in"] == 3600
    assert portal.refreshes == 2


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "app.2"}, 200, "wrong_client"),
        ({"client_secret": "guess"}, 400, "invalid_client"),
        ({"refresh_token": "guess"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"grant_type": "password", "client_id": "app.2"}, 200, "wrong_client"),  # the client is looked at first
        ({"refresh_token": "", "client_secret": "guess"}, 400, "invalid_client"),
        ({"refresh_token": ""}, 400, "invalid_request"),
    ],
)
async def test_refreshing_fails_in_its_own_ways(changes, status, error):
    portal, tokens = application()
    async with portal.http() as http:
        reply = await http.post(ENDPOINT, data=form(tokens, **changes))
    assert (reply.status_code, reply.json()["error"], portal.refreshes) == (status, error, 0)
    assert portal.oauth.attempts == 1


async def test_the_authorization_server_can_fail():
    portal, tokens = application()
    async with portal.http() as http:
        portal.oauth.failing = ("PAYMENT_REQUIRED", 401)
        assert (await http.post(ENDPOINT, data=form(tokens))).json()["error"] == "PAYMENT_REQUIRED"
        portal.oauth.failing = None
        portal.faults.next(Fault.RESET_BEFORE, method="oauth.token")
        with pytest.raises(httpx.ReadError):
            await http.post(ENDPOINT, data=form(tokens))
        portal.faults.next(Fault.HTML_502, method="oauth.token")
        assert (await http.post(ENDPOINT, data=form(tokens))).status_code == 502
        portal.faults.next(Fault.TRUNCATED, method="oauth.token")
        assert (await http.post(ENDPOINT, data=form(tokens))).status_code == 200
    assert portal.refreshes == 1
    portal.oauth.revoke()
    async with portal.http() as http:
        assert (await http.post(ENDPOINT, data=form(tokens))).json()["error"] == "invalid_grant"


async def test_an_expired_token_fault_really_expires_the_token():
    portal, tokens = application()
    portal.faults.next(Fault.EXPIRED_TOKEN)
    async with portal.http() as http:
        for _ in range(2):
            assert await ask(portal, http, tokens["access_token"]) == (401, "expired_token")


async def test_applications_spend_operating_time_of_their_own():
    portal, tokens = application()
    portal.operating_cost["server.time"] = 1000
    async with portal.http() as http:
        assert await ask(portal, http, tokens["access_token"]) == (200, None)
        assert await ask(portal, http, tokens["access_token"]) == (429, "OPERATION_TIME_LIMIT")
        assert (await http.post("server.time")).status_code == 200


async def test_the_answer_can_send_calls_elsewhere():
    portal, tokens = application()
    portal.oauth.client_endpoint = "https://moved.bitrix24.test/rest/"
    async with portal.http() as http:
        fresh = (await http.post(ENDPOINT, data=form(tokens))).json()
        headers = {"Authorization": f"Bearer {fresh['access_token']}"}
        assert (await http.post(fresh["client_endpoint"] + "server.time", headers=headers)).status_code == 200


async def test_a_code_is_exchanged_for_the_first_pair_once_and_soon():
    portal, _ = application()
    person = portal.add_user("Ann Lee")
    code = portal.authorization_code(user_id=person)
    wanted = {"grant_type": "authorization_code", "client_id": "app.1", "client_secret": "client secret", "code": code}
    async with portal.http() as http:
        tokens = (await http.post(ENDPOINT, data=wanted)).json()
        assert tokens["user_id"] == person
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        me = await http.post(f"https://{portal.host}/rest/im.user.get", headers=headers)
        assert me.json()["result"]["id"] == person
        assert (await http.post(ENDPOINT, data=wanted)).json()["error"] == "invalid_grant"
        late = wanted | {"code": portal.authorization_code()}
        await anyio.sleep(31)
        assert (await http.post(ENDPOINT, data=late)).json()["error"] == "invalid_grant"


def test_tokens_are_young_by_the_real_clock():
    portal, tokens = application()
    assert 3500 < tokens["expires"] - time.time() <= 3601
    assert abs(portal.clock.now() - time.time()) < 60


async def test_a_web_server_can_strip_the_authorization_header():
    portal = Portal(quirks=Quirks(authorization_stripped=True))
    token = portal.issue_tokens()["access_token"]
    async with portal.http() as http:
        assert await ask(portal, http, token) == (401, "NO_AUTH_FOUND")
        assert await ask(portal, http, token, auth=token) == (200, None)
