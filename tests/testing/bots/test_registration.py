"""Registering bots: who owns them, which codes and tokens there are, what an update changes."""

import base64

import pytest

from bitrix_im.testing import Portal, Quirks

from .conftest import TOKEN, Caller

pytestmark = pytest.mark.anyio
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def oauth(portal, client_id, **options):
    """An HTTP client of an application."""
    portal.oauth_app(client_id, "secret", **options)
    bearer = f"Bearer {portal.issue_tokens(client_id=client_id)['access_token']}"
    return portal.http(base_url=f"https://{portal.host}/rest/", headers={"Authorization": bearer})


def application(portal, http):
    return Caller(portal, http, token=None)


async def test_registering_twice_is_one_bot_and_changes_nothing(bot):
    first = await bot("Bot.get")
    again = await bot.register(
        properties={"name": "Other"}, isHidden=True, eventMode="webhook", webhookUrl="https://x.test"
    )
    assert again == first
    assert (again["bot"]["eventMode"], again["users"][0]["name"]) == ("fetch", "Support")
    assert again["users"][0]["bot"] is True


async def test_a_code_is_unique_in_the_portal_not_per_owner(portal, bot):
    other = Caller(portal, bot.http, token="another-token")
    fields = {"code": "support", "properties": {"name": "Mine"}}
    assert await other.error("Bot.register", fields=fields | {"botToken": other.token}) == "BOT_CODE_ALREADY_TAKEN"
    async with oauth(portal, "app.1") as http:
        assert await application(portal, http).error("Bot.register", fields=fields) == "BOT_CODE_ALREADY_TAKEN"


async def test_an_application_owns_its_bots_without_a_token(portal, bot):
    async with oauth(portal, "app.1") as http, oauth(portal, "app.2") as elsewhere:
        mine, theirs = application(portal, http), application(portal, elsewhere)
        await mine.register("assistant")
        assert (await mine("Bot.get"))["bot"]["eventMode"] == "fetch"
        theirs.id = mine.id
        for method in ("Bot.update", "Bot.unregister", "Command.list", "Event.get"):
            assert await theirs.error(method, fields={"isHidden": True}) == "BOT_OWNERSHIP_ERROR"
        brief = (await theirs("Bot.get", code="assistant"))["bot"]
        assert "eventMode" not in brief
        assert "countChat" not in brief
        assert (await theirs("Bot.list"))["bots"] == []
        assert [one["code"] for one in (await mine("Bot.list"))["bots"]] == ["assistant"]
        assert await mine.error("Bot.update", fields={"botToken": "new"}) == "BOT_TOKEN_ROTATION_FAILED"


async def test_the_token_decides_whichever_user_calls(portal, bot, ann):
    async with portal.http(base_url=portal.webhook_of(ann.id)) as http:
        assert (await http.post("imbot.v2.Bot.get", json={"botId": bot.id, "botToken": TOKEN})).json()["result"]
        assert (await http.post("imbot.v2.Bot.get", json={"botId": bot.id, "CLIENT_ID": TOKEN})).json()["result"]
    assert await bot.error("Event.get", botToken="") == "BOT_TOKEN_NOT_SPECIFIED"
    assert await bot.error("Event.get", botToken="wrong") == "BOT_OWNERSHIP_ERROR"
    assert await bot.error("Event.get", botId=None) == "BOT_ID_REQUIRED"
    assert await bot.error("Event.get", botId=999_999) == "BOT_NOT_FOUND"
    assert (await bot("Revision.get", botToken=None))["rest"] == 36


async def test_a_token_of_more_than_40_characters_is_refused(portal):
    fields = {"code": "b", "properties": {"name": "B"}}
    async with portal.http() as http:
        caller = Caller(portal, http)
        assert await caller.error("Bot.register", fields=fields | {"botToken": "x" * 41}) == "BOT_TOKEN_INVALID_LENGTH"
        await caller("Bot.register", fields=fields | {"botToken": "x" * 40})
        assert await caller.error("Bot.register", botToken=None, fields=fields) == "BOT_TOKEN_NOT_SPECIFIED"
    older = Portal(limited=False, quirks=Quirks(bot_revision=33))
    async with older.http() as http:
        caller = Caller(older, http)
        await caller("Bot.register", fields=fields | {"botToken": "x" * 64})
        assert await caller.error("Bot.register", botToken=None, fields=fields) == "CLIENT_ID_NOT_SPECIFIED"


async def test_a_rotated_token_is_dead_at_once(portal, bot):
    await bot("Bot.update", fields={"botToken": "fresh"})
    assert await bot.error("Event.get") == "BOT_OWNERSHIP_ERROR"
    bot.token = "fresh"
    assert await bot.events() == []
    assert await bot.error("Bot.update", fields={"botToken": "x" * 41}) == "BOT_TOKEN_INVALID_LENGTH"
    await Caller(portal, bot.http, "taken").register("other")
    assert await bot.error("Bot.update", fields={"botToken": "taken"}) == "BOT_TOKEN_ROTATION_FAILED"
    assert await bot.events() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": ""}, "BOT_CODE_REQUIRED"),
        ({"properties": {"lastName": "B"}}, "BOT_PROPERTIES_REQUIRED"),
        ({"type": "human"}, "BOT_INVALID_TYPE"),
        ({"eventMode": "push"}, "BOT_INVALID_EVENT_MODE"),
        ({"eventMode": "webhook"}, "BOT_WEBHOOK_URL_REQUIRED"),
        ({"eventMode": "webhook", "webhookUrl": "somewhere"}, "BOT_INVALID_CALLBACK"),
        ({"properties": {"name": "B", "avatar": "bm8="}}, "BOT_AVATAR_INCORRECT_TYPE"),
    ],
)
async def test_what_is_wrong_is_told(portal, fields, code):
    good = {"code": "b", "properties": {"name": "B"}, "botToken": TOKEN}
    async with portal.http() as http:
        assert await Caller(portal, http).error("Bot.register", fields=good | fields) == code


async def test_an_owner_has_at_most_100_bots(bot):
    for number in range(99):
        await bot.register(f"bot{number}")
    fields = {"code": "one too many", "properties": {"name": "B"}, "botToken": TOKEN}
    assert await bot.error("Bot.register", fields=fields) == "BOT_LIMIT_EXCEEDED"
    page = await bot("Bot.list", limit=30, offset=60)
    assert (len(page["bots"]), page["hasNextPage"]) == (30, True)
    assert (await bot("Bot.list", offset=60))["hasNextPage"] is False
    assert (await bot("Bot.list", filter={"type": "personal"}))["bots"] == []


async def test_an_update_changes_what_is_given_but_never_the_type(bot):
    properties = {"name": "Helper", "workPosition": "Aid", "color": "lightBlue", "gender": "F", "avatar": PICTURE}
    fields = {
        "type": "personal",
        "isHidden": "Y",
        "isReactionsEnabled": 0,
        "backgroundId": "mint",
        "properties": properties,
    }
    shown = await bot("Bot.update", fields=fields)
    one, user = shown["bot"], shown["users"][0]
    assert (one["type"], one["isHidden"], one["isReactionsEnabled"], one["backgroundId"]) == (
        "bot",
        True,
        False,
        "mint",
    )
    assert (user["name"], user["workPosition"], user["color"], user["gender"]) == ("Helper", "Aid", "#4ba5c3", "F")
    assert user["avatar"].endswith(".png")
    shown = await bot("Bot.update", fields={"backgroundId": "nonsense"})
    assert (shown["bot"]["backgroundId"], shown["bot"]["isHidden"], shown["users"][0]["name"]) == (None, True, "Helper")
    shown = await bot("Bot.update", fields={"properties": {"workPosition": "Chief"}})
    assert shown["users"][0]["name"] == ""  # who leaves the name out sends an empty one
    assert await bot.error("Bot.update") == "PARAMS_REQUIRED"


async def test_an_unregistered_bot_is_gone_and_its_code_free(portal, bot):
    await bot("Bot.unregister")
    assert await bot.error("Bot.unregister") == "BOT_NOT_FOUND"
    with pytest.raises(KeyError, match="support"):
        portal.bot("support")
    before = bot.id
    await bot.register()
    assert bot.id != before


async def test_older_portals_and_narrow_scopes_have_no_bots():
    portal = Portal(limited=False, quirks=Quirks(bots=False))
    async with portal.http() as http:
        for method in ("imbot.v2.Bot.register", "imbot.v2.Revision.get", "im.v2.Chat.Bot.sendContext"):
            assert (await http.post(method)).json()["error"] == "ERROR_METHOD_NOT_FOUND"
    portal = Portal(limited=False)
    portal.scopes.remove("imbot")
    async with portal.http() as http:
        assert (await http.post("imbot.v2.Revision.get")).json()["error"] == "insufficient_scope"
        assert (await http.post("im.revision.get")).json()["result"]
        asked = (await http.post("method.get", json={"name": "imbot.v2.Bot.get"})).json()["result"]
        assert asked == {"isExisting": True, "isAvailable": False}
        assert "imbot.v2.Bot.get" not in (await http.post("methods")).json()["result"]
