"""A portal with a registered bot, and short ways to call its methods."""

import pytest

from bitrix_im.testing import Portal

TOKEN = "a-token-of-the-bot"


class Caller:
    """Calls the methods of one bot, with its token."""

    def __init__(self, portal, http, token=TOKEN):
        self.portal, self.http, self.token, self.id = portal, http, token, 0

    async def reply(self, method, **params):
        """The whole answer, an error or not."""
        given = {"botId": self.id, "botToken": self.token, **params}
        return (await self.http.post(f"imbot.v2.{method}", json=given)).json()

    async def __call__(self, method, **params):
        reply = await self.reply(method, **params)
        assert "error" not in reply, reply
        return reply["result"]

    async def error(self, method, **params):
        return (await self.reply(method, **params))["error"]

    async def register(self, code="support", **fields):
        given = {"code": code, "properties": {"name": "Support"}, "botToken": self.token, **fields}
        result = await self("Bot.register", fields=given)
        self.id = result["bot"]["id"]
        return result

    async def events(self, **params):
        return (await self("Event.get", **params))["events"]

    async def told(self, **params):
        """What the bot was told, but for its coming into chats: type without ONIMBOTV2, and data."""
        found = [(event["type"].removeprefix("ONIMBOTV2"), event["data"]) for event in await self.events(**params)]
        return [(kind, data) for kind, data in found if kind != "JOINCHAT"]


@pytest.fixture
def portal():
    return Portal(seed=7, limited=False)


@pytest.fixture
async def bot(portal):
    async with portal.http() as http:
        caller = Caller(portal, http)
        await caller.register()
        yield caller


@pytest.fixture
def ann(portal):
    return portal.person("Ann Lee")
