"""Webhook mode: events as PHP's forms, sent once, to an app or to loopback."""

from urllib.parse import parse_qsl

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bitrix_im.testing import Portal
from bitrix_im.testing.php.forms import build_query
from bitrix_im.testing.php.query import parse_query

from .conftest import TOKEN, Caller

pytestmark = pytest.mark.anyio
URL = "https://bot.test/events"


class Inbox(Starlette):
    """The bot's own server: keeps what comes, and answers as it is told to."""

    def __init__(self, status=200):
        super().__init__(routes=[Route("/events", self.take, methods=["POST"])])
        self.status, self.bodies, self.kinds = status, [], set()

    async def take(self, request):
        self.kinds.add(request.headers["content-type"])
        self.bodies.append((await request.body()).decode())
        return Response(status_code=self.status)

    @property
    def forms(self):
        return [parse_query(body) for body in self.bodies]


async def hooked(portal, http, **fields):
    bot = Caller(portal, http)
    await bot.register(eventMode="webhook", webhookUrl=URL, **fields)
    return bot


async def test_an_event_comes_as_a_form_of_strings_without_nulls_and_empty_arrays(portal, ann):
    inbox = Inbox()
    async with portal.http() as http:
        bot = await hooked(portal, http)
        ann.write(bot.id, "Grüße & <b> = 100%")
        sent = await portal.deliver(to=inbox)
    assert [one.status for one in sent] == [200, 200]
    assert inbox.kinds == {"application/x-www-form-urlencoded"}
    form = inbox.forms[-1]
    assert (form["event"], set(form)) == (
        "ONIMBOTV2MESSAGEADD",
        {"event", "event_handler_id", "data", "ts", "auth"},
    )
    data = form["data"]
    assert data["bot"] == {"id": str(bot.id), "code": "support"}
    assert data["message"]["text"] == "Grüße & <b> = 100%"
    assert (data["message"]["isSystem"], data["user"]["active"], data["user"]["idle"]) == ("0", "1", "0")
    assert not {"forward", "params"} & set(data["message"])
    assert data["chat"]["dialogId"] == str(ann.id)
    assert all(isinstance(value, str) for _, value in parse_qsl(inbox.bodies[-1]))


async def test_a_bot_of_a_token_is_verified_by_that_token_and_an_applications_by_the_applications(portal, ann):
    inbox = Inbox()
    portal.oauth_app("app.1", "secret")
    bearer = f"Bearer {portal.issue_tokens(client_id='app.1')['access_token']}"
    headers, root = {"Authorization": bearer}, f"https://{portal.host}/rest/"
    async with portal.http() as http, portal.http(base_url=root, headers=headers) as application:
        mine = await hooked(portal, http)
        theirs = Caller(portal, application, None)
        await theirs.register("app_bot", eventMode="webhook", webhookUrl=URL)
        ann.write(mine.id, "one")
        ann.write(theirs.id, "two")
        await portal.deliver(to=inbox)
        form, other = inbox.forms[1], inbox.forms[3]
        assert form["auth"]["application_token"] == f"custom{TOKEN}"[:50]
        assert other["auth"]["application_token"] == portal.outbox.application_token("app.1")
        token = other["data"]["bot"]["auth"]["access_token"]
        back = {"Authorization": f"Bearer {token}"}
        call = {"botId": theirs.id, "dialogId": ann.id, "fields": {"message": "back"}}
        reply = await application.post("imbot.v2.Chat.Message.send", json=call, headers=back)
    assert reply.json()["result"]["id"]
    assert portal.bot("app_bot").messages(ann.id) == ["two", "back"]


async def test_what_is_lost_is_lost(portal, ann):
    inbox = Inbox(status=500)
    async with portal.http() as http:
        bot = await hooked(portal, http)
        ann.write(bot.id, "one")
        assert {one.status for one in await portal.deliver(to=inbox)} == {500}
        assert await portal.deliver(to=inbox) == []


async def test_without_an_app_only_loopback_is_reached(portal, ann):
    async with portal.http() as http:
        bot = await hooked(portal, http)
        ann.write(bot.id, "one")
        with pytest.raises(ValueError, match="deliver\\(to=app\\)"):
            await portal.deliver()
        assert portal.outbox.waiting  # still there, for deliver(to=app)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_server_on_loopback_is_reached_or_the_event_is_lost(portal, ann):
    other = Portal(seed=9, limited=False)  # any server does
    async with portal.http() as http:
        with other.serving() as url:
            bot = Caller(portal, http)
            await bot.register(eventMode="webhook", webhookUrl=f"{url}server.time")
            ann.write(bot.id, "heard")
            assert {one.status for one in await portal.deliver()} == {200}
        ann.write(bot.id, "nobody is there")
        assert [one.status for one in await portal.deliver()] == [None]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_served_portal_calls_bots_on_loopback_by_itself_and_says_whom_it_cannot_call(portal, caplog):
    seen = []
    inbox = Portal(seed=9, limited=False)  # any server does
    inbox.before_command = lambda method, params: seen.append(params["EVENT"])
    with inbox.serving() as url, portal.serving(deliver=True) as webhook:
        async with httpx.AsyncClient(base_url=webhook) as http:
            near, far = Caller(portal, http), Caller(portal, http)
            await near.register("near", eventMode="webhook", webhookUrl=f"{url}server.time")
            await far.register("far", eventMode="webhook", webhookUrl=URL)
            for bot in (near, far):
                await http.post("im.message.add", json={"DIALOG_ID": bot.id, "MESSAGE": "Hello"})
            with anyio.fail_after(10):
                while len(seen) < 2 or "no loopback" not in caplog.text or portal.outbox.waiting:
                    await anyio.sleep(0.01)
    assert seen == ["ONIMBOTV2JOINCHAT", "ONIMBOTV2MESSAGEADD"]
    assert f"{URL} is no loopback address" in caplog.text


async def test_of_several_commands_in_one_text_only_the_first_arrives(portal, ann):
    inbox = Inbox()
    async with portal.http() as http:
        bot = await hooked(portal, http)
        for name in ("help", "pay"):
            await bot("Command.register", fields={"command": name, "hidden": True})
        ann.write(bot.id, "/help\n/pay")
        await portal.deliver(to=inbox)
    events = [(form["event"], form["data"].get("command", {}).get("command")) for form in inbox.forms]
    assert events == [("ONIMBOTV2JOINCHAT", None), ("ONIMBOTV2COMMANDADD", "/help")]
    assert inbox.forms[-1]["data"]["chat"]["dialogId"] == str(ann.id)  # only fetched ones lack it


async def test_switching_to_webhooks_without_an_address_is_accepted_and_loses_everything(portal, bot, ann):
    await bot("Bot.update", fields={"eventMode": "webhook"})
    ann.write(bot.id, "lost")
    assert portal.outbox.waiting == []
    assert await bot.events() == []


async def test_the_last_event_is_sent_as_well(portal):
    inbox = Inbox()
    async with portal.http() as http:
        bot = await hooked(portal, http)
        await bot("Bot.unregister")
        await portal.deliver(to=inbox)
    assert [form["event"] for form in inbox.forms] == ["ONIMBOTV2DELETE"]


async def test_an_application_that_was_not_installed_to_the_end_hears_nothing(portal, ann):
    portal.oauth_app("app.1", "secret", installed=False)
    bearer = f"Bearer {portal.issue_tokens(client_id='app.1')['access_token']}"
    async with portal.http(base_url=f"https://{portal.host}/rest/", headers={"Authorization": bearer}) as http:
        bot = Caller(portal, http, None)
        await bot.register()
        ann.write(bot.id, "unheard")
        assert await bot.events() == []
        assert (await http.post("app.info")).json()["result"]["INSTALLED"] is False
        portal.oauth_app("app.1", "secret")
        assert (await http.post("app.info")).json()["result"]["INSTALLED"] is True
        ann.write(bot.id, "heard")
        assert [data["message"]["text"] for _, data in await bot.told()] == ["heard"]


def test_a_query_is_built_as_php_builds_it():
    array = {"a": True, "b": False, "c": None, "d": [], "e": {}, "f": [1, {"g": "x y"}], "h": 1.0, "i": "ä&="}
    assert build_query(array) == "a=1&b=0&f%5B0%5D=1&f%5B1%5D%5Bg%5D=x+y&h=1&i=%C3%A4%26%3D"
    assert parse_query(build_query(array)) == {"a": "1", "b": "0", "f": {0: "1", 1: {"g": "x y"}}, "h": "1", "i": "ä&="}
