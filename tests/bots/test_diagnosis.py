"""Why no events arrive: the rules as a table, and the same against the embedded portal."""

import anyio
import pytest

from bitrix_im import AuthError, BitrixIM, OAuth, Tokens
from bitrix_im.bots import BotToken
from bitrix_im.bots.diagnosis import REFUSALS, Facts, diagnose
from bitrix_im.models import BotInfo
from bitrix_im.testing import Fault, Portal, Quirks

from ..helpers import connected

TOKEN = BotToken("a-bots-secret-token")
HOOK = "https://bots.example.com/hook"


def bot(mode="fetch", kind="supervisor"):
    return BotInfo(id=7, code="support", type=kind, event_mode=mode)


def facts(**told):
    return Facts(**{"code": "support", "scopes": ["im", "imbot"], "revision": 36, "bot": bot(), "waiting": 1, **told})


def names(findings, *, certain=True):
    return [finding.name for finding in findings if finding.is_certain is certain]


@pytest.mark.parametrize(
    ("told", "causes"),
    [
        ({}, []),
        ({"scopes": ["im"], "bot": None}, ["scope"]),
        ({"code": None, "scopes": ["imbot"], "bot": None}, ["scope"]),
        ({"code": None, "bot": None}, []),
        ({"revision": 0, "bot": None}, ["revision"]),
        ({"revision": 0, "code": None, "bot": None}, ["revision"]),
        ({"is_installed": False}, ["installation"]),
        ({"is_installed": True}, []),
        ({"bot": None, "refusal": "BOT_NOT_FOUND"}, ["bot"]),
        ({"bot": None, "refusal": "BOT_TOKEN_NOT_SPECIFIED"}, ["token"]),
        ({"bot": None, "refusal": "CLIENT_ID_NOT_SPECIFIED"}, ["token"]),
        ({"refusal": "BOT_OWNERSHIP_ERROR"}, ["ownership"]),
        ({"refusal": "USER_NOT_SUBSCRIBED"}, ["subscription"]),
        ({"refusal": "SCOPE_ERROR"}, ["scope"]),
        ({"bot": bot(mode="")}, ["ownership"]),
        ({"bot": bot("webhook")}, ["mode"]),
        ({"webhook_url": HOOK}, ["mode"]),
        ({"bot": bot("webhook"), "webhook_url": HOOK}, []),
        ({"bot": bot("webhook"), "webhook_url": "bots.example.com/hook"}, ["url"]),
        ({"bot": bot("webhook"), "webhook_url": "http://[bad/hook"}, ["url"]),
        ({"bot": bot("webhook"), "webhook_url": "https://localhost:8000/hook"}, ["url"]),
        ({"bot": bot("webhook"), "webhook_url": "https://127.0.0.1/hook"}, ["url"]),
        ({"waiting": 3, "confirmed": 2}, ["consumer"]),
        ({"waiting": 3, "oldest": 61.0}, ["unread"]),
        ({"waiting": 3, "types": ["ONIMBOTV2MESSAGEADD", "ONIMV2MESSAGEADD"]}, []),
        ({"waiting": 3, "types": ["ONIMBOTMESSAGEADD"]}, ["api"]),
        ({"waiting": 3, "types": ["ONIMV2MESSAGEADD", "ONIMCOMMANDADD"], "oldest": 61.0}, ["api", "unread"]),
        ({"waiting": 3, "oldest": 59.0}, []),
        ({"waiting": 0}, []),
    ],
)
def test_each_cause_is_named_by_what_the_portal_told(told, causes):
    assert names(diagnose(facts(**told))) == causes


@pytest.mark.parametrize(
    ("told", "hints"),
    [
        ({"bot": bot(kind="bot")}, ["type"]),
        ({"bot": bot(kind="openline")}, ["type"]),
        ({"bot": bot(kind="personal")}, []),
        ({"bot": bot("webhook"), "webhook_url": HOOK}, ["url"]),
        ({"bot": bot("webhook"), "webhook_url": "https://192.168.0.4/hook"}, ["url"]),
        ({"waiting": 0}, ["consumer"]),
        ({"waiting": 0, "code": None, "bot": None, "is_looked_into": False}, ["subscription"]),
    ],
)
def test_what_may_be_meant_so_is_a_hint_and_no_cause(told, hints):
    found = diagnose(facts(**told))
    assert (names(found, certain=False), names(found)) == (hints, [])


def test_certain_causes_come_first_and_each_says_what_to_do():
    found = diagnose(facts(bot=bot("webhook", "bot")))
    assert [finding.name for finding in found] == ["mode", "type"]
    for refusal in REFUSALS:
        (finding,) = diagnose(facts(bot=None, waiting=None, refusal=refusal))
        assert finding.advice
        assert not f"{finding.text}{finding.advice}".endswith(".")
        assert str(finding).startswith(f"{finding.name}: ")


async def support(im, **options):
    return await im.bots.ensure("support", token=TOKEN, name="Support", **options)


async def found(im, code="support", token=TOKEN, **options):
    return names(await im.bots.diagnose(code, token=token, **options))


async def test_a_bot_that_hears_has_no_cause_and_nothing_is_confirmed_or_written():
    portal = Portal(seed=1)
    ann = portal.person("Ann")
    async with connected(portal) as im:
        bot = await support(im)
        ann.write(bot.id, "Hello")
        before = len(portal.log)
        assert await found(im) == []
        called = {exchange.method for exchange in portal.log[before:]}
        assert called == {
            "scope", "imbot.v2.revision.get", "app.info", "imbot.v2.bot.get", "imbot.v2.event.get", "server.time",
        }  # fmt: skip
        async with bot.events() as events:
            assert (await events.__anext__()).dialog_id == str(ann.id)


async def test_the_bot_the_token_and_the_owner_are_told_apart():
    async with connected(Portal(seed=1)) as im:
        assert await found(im) == ["bot"]
        await support(im)
        assert await found(im, token=None) == ["token"]
        assert await found(im, token=BotToken.generate()) == ["ownership"]


async def test_a_mode_that_is_not_the_one_meant():
    async with connected(Portal(seed=1)) as im:
        bot = await support(im)
        assert await found(im, webhook_url=HOOK) == ["mode"]
        await bot.update(mode="webhook", webhook_url=HOOK)
        assert await found(im) == ["mode"]
        assert await found(im, webhook_url=HOOK) == []


async def test_a_scope_that_is_missing():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        await support(im)
        portal.scopes = ["imbot"]
        assert await found(im, code=None, token=None) == ["scope"]
        assert await found(im, with_user_events=True) == ["scope"]
        assert await found(im) == []
        portal.scopes = ["im"]
        assert await found(im) == ["scope"]


async def test_old_portals():
    async with connected(Portal(seed=1, quirks=Quirks(bots=False, events=False))) as im:
        assert await found(im) == ["revision"]
        assert await found(im, code=None, token=None) == ["revision"]


async def test_a_user_who_did_not_subscribe():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        await support(im)
        assert await found(im, with_user_events=True) == ["subscription"]
        (hint,) = await im.bots.diagnose()
        assert (hint.name, hint.is_certain) == ("subscription", False)
        async with im.events():
            pass
        assert await found(im, with_user_events=True) == []


async def test_an_installation_that_was_never_finished():
    portal = Portal(seed=1)
    portal.oauth_app("app.1", "app-secret", installed=False)
    issued = portal.issue_tokens(client_id="app.1")
    tokens = Tokens(issued["access_token"], issued["refresh_token"])
    auth = OAuth(f"https://{portal.host}/rest/", tokens, "app.1", "app-secret")
    async with portal.http() as http, BitrixIM(auth, http=http) as im:
        await im.bots.ensure("support", token=None, name="Support")
        assert await found(im, token=None) == ["installation"]
        portal.oauth_app("app.1", "app-secret")
        assert await found(im, token=None) == []


async def test_events_that_nobody_confirms_and_somebody_who_does():
    portal = Portal(seed=1)
    ann = portal.person("Ann")
    async with connected(portal) as im:
        bot = await support(im)
        ann.write(bot.id, "Hello")
        await anyio.sleep(120)
        assert await found(im) == ["unread"]

        async def another() -> None:
            await anyio.sleep(3)
            async with bot.events() as events:
                async for _ in events:
                    pass

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(another)
            assert await found(im, wait=30) == ["consumer"]
            tasks.cancel_scope.cancel()


async def test_a_bot_that_the_old_api_registered_is_told_by_the_form_of_its_events():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        bot = await support(im)
        old = {"PARAMS": {"MESSAGE": "Hello", "DIALOG_ID": "101"}}
        portal.feed.bot_queue(bot.id).add("ONIMBOTMESSAGEADD", old, portal.clock.now())
        (finding,) = (one for one in await im.bots.diagnose("support", token=TOKEN) if one.is_certain)
    assert finding.name == "api"
    assert "ONIMBOTMESSAGEADD" in finding.text
    assert "imbot.unregister" in finding.advice


async def test_what_keeps_it_from_asking_is_raised_without_the_token():
    portal = Portal(seed=1)
    async with connected(portal) as im:
        await support(im)
        portal.faults.next(Fault.ACCESS_DENIED)
        with pytest.raises(Exception) as raised:
            await found(im)
        assert TOKEN.reveal() not in f"{raised.value!r}{raised.value}"
    wrong = portal.webhook.replace(portal.secret, "wr0ngs3cret")
    async with portal.http() as http, BitrixIM(wrong, http=http) as im:
        with pytest.raises(AuthError):
            await found(im)
