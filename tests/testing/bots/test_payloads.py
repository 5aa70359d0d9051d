"""The portal's answers to bots, and what it tells them, beside the official examples: those names and types."""

import base64
import json
import re

import pytest

from bitrix_im.testing import Portal, Quirks
from bitrix_im.testing.rest.registry import METHODS

from ..rest.test_payloads import PAYLOADS, TESTS, disagreements
from .conftest import Caller

pytestmark = pytest.mark.anyio
ROWS = re.findall(
    r"^\| `?(imbot\.[\w.]+)`? \|", (TESTS.parent / "docs" / "methods.md").read_text("utf-8"), re.MULTILINE
)
EVENTS = sorted((PAYLOADS / "events").glob("ONIMBOTV2*.json"))
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
PLAIN = Quirks(user_shapes=False, bot_empty_chats=False)
# What the facts call "null or …", or is drawn as {} where PHP sends [] (docs/portal.md#bot-events).
LOOSE = {"backgroundId", "uuidMap", "data", "context", "unreadId", "lastId", "date", "lastActivityDate", "public"}


class Office:
    """A portal with a supervisor's chat, a person in it, and what the calls of all methods need."""

    def __init__(self):
        self.portal = Portal(seed=5, limited=False, quirks=PLAIN)
        self.ann = self.portal.person("Ann Lee")
        self.bob = self.portal.person("Bob Ray")

    async def open(self, http):
        self.bot = Caller(self.portal, http)
        await self.bot.register(type="supervisor", properties={"name": "Support", "lastName": "Bot", "color": "mint"})
        self.command = (await self.bot("Command.register", fields={"command": "help", "title": {"en": "Help"}}))[
            "command"
        ]
        made = await self.bot("Chat.add", fields={"title": "Help", "userIds": [self.ann.id]})
        self.chat = made["chat"]["dialogId"]
        self.said = [self.ann.write(self.chat, text) for text in ("one", "two", "three")]
        self.asked = self.ann.write(self.chat, "/help me")
        self.own = (await self.bot("Chat.Message.send", dialogId=self.chat, fields={"message": "mine"}))["id"]
        content = base64.b64encode(b"%PDF").decode()
        file = await self.bot("File.upload", dialogId=self.chat, fields={"name": "a.pdf", "content": content})
        self.file = file["file"]["id"]
        self.ann.write(self.chat, "unread")
        second = {"code": "second", "properties": {"name": "Second"}, "botToken": self.bot.token}
        await self.bot("Bot.register", fields=second)

    def calls(self):
        """A good call of every method."""
        chat, bob = {"dialogId": self.chat}, self.bob.id
        fields = {"code": "third", "properties": {"name": "Third"}, "botToken": "another"}
        return {
            "Bot.get": {},
            "Bot.list": {},
            "Bot.register": {"fields": fields},
            "Bot.unregister": {},
            "Bot.update": {"fields": {"isHidden": True, "properties": {"name": "New", "avatar": PICTURE}}},
            "Chat.InputAction.notify": chat | {"statusMessageCode": "IMBOT_AGENT_ACTION_THINKING", "duration": 30},
            "Chat.Manager.add": chat | {"userIds": [self.ann.id]},
            "Chat.Manager.delete": chat | {"userIds": [self.ann.id]},
            "Chat.Message.Reaction.add": {"messageId": self.asked, "reaction": "fire"},
            "Chat.Message.Reaction.delete": {"messageId": self.said[0], "reaction": "like"},
            "Chat.Message.delete": {"messageId": self.own},
            "Chat.Message.get": {"messageId": self.asked},
            "Chat.Message.getContext": {"messageId": self.said[1], "range": 1},
            "Chat.Message.read": chat,
            "Chat.Message.send": chat | {"fields": {"message": "Hello"}},
            "Chat.Message.update": {"messageId": self.own, "fields": {"message": "changed"}},
            "Chat.TextField.enabled": chat | {"enabled": False},
            "Chat.User.add": chat | {"userIds": [bob]},
            "Chat.User.delete": chat | {"userId": bob},
            "Chat.User.list": chat,
            "Chat.add": {"fields": {"title": "New", "userIds": [bob], "message": "Hello"}},
            "Chat.get": chat,
            "Chat.leave": chat,
            "Chat.setOwner": chat | {"userId": self.ann.id},
            "Chat.update": chat | {"fields": {"title": "Other", "color": "lightBlue"}},
            "Command.answer": chat
            | {"commandId": self.command["id"], "messageId": self.asked, "fields": {"message": "!"}},
            "Command.list": {},
            "Command.register": {"fields": {"command": "pay", "hidden": "Y"}},
            "Command.unregister": {"commandId": self.command["id"]},
            "Command.update": {"commandId": self.command["id"], "fields": {"title": {"de": "Hilfe"}}},
            "Event.get": {},
            "File.download": {"fileId": self.file},
            "File.upload": chat | {"fields": {"name": "b.txt", "content": "aGk=", "message": "see"}},
            "Revision.get": {},
        }


def compared(example, answer):
    """Disagreements but for the loose names."""
    found = dict.fromkeys(disagreements(example, answer))
    return [text for text in found if text.split(" ")[0].rpartition(".")[2].partition("[")[0] not in LOOSE]


def test_every_bot_method_of_the_table_is_there():
    assert len(ROWS) == 34
    assert set(ROWS) <= set(METHODS)


@pytest.mark.parametrize("method", ROWS)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_answer_has_the_names_and_types_of_the_official_example(method):
    office = Office()
    async with office.portal.http() as http:
        await office.open(http)
        await office.bot("Chat.Message.Reaction.add", messageId=office.said[0], reaction="like")
        short = method.removeprefix("imbot.v2.")
        answer = await office.bot(short, **office.calls()[short])
    example = json.loads((PAYLOADS / f"{method}.json").read_text("utf-8"))["result"]
    assert not compared(example, answer)


ERRORS = json.loads((PAYLOADS / "errors-bots.json").read_text("utf-8"))
REFUSED = {name: found[0] for name, found in ERRORS.items() if name.startswith("imbot.")}


def mistakes(portal, ann, here):
    """A call of every method that is refused, by what it is refused with."""
    elsewhere = portal.add_chat("Without it", members=[ann.id])
    foreign, heard = ann.write(elsewhere, "foreign"), ann.write(here, "heard")
    fields = {"title": "x", "message": "x"}
    return {
        "ACCESS_DENIED": {"dialogId": elsewhere, "messageId": foreign, "userIds": [ann.id], "fields": fields},
        "BOT_CODE_REQUIRED": {"fields": {"properties": {"name": "B"}}},
        "BOT_NOT_FOUND": {"botId": 999_999},
        "BOT_TOKEN_NOT_SPECIFIED": {"botToken": ""},
        "BOT_TYPE_NOT_ALLOWED": {"messageId": heard},
        "COMMAND_ANSWER_FAILED": {"commandId": 1, "messageId": heard, "fields": fields},
        "COMMAND_NOT_FOUND": {"commandId": 1, "fields": fields},
        "COMMAND_REQUIRED": {"fields": fields},
        "EMPTY_MESSAGE": {"dialogId": here, "fields": {}},
        "FILE_NOT_FOUND": {"fileId": 1},
        "FILE_TOO_LARGE": {"dialogId": here, "fields": {"name": "a", "content": "QUFB" * 9}},
        "REACTION_NOT_FOUND": {"messageId": heard, "reaction": "nonsense"},
    }


@pytest.mark.parametrize("method", sorted(REFUSED))
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_refusal_is_that_of_the_official_example(portal, bot, ann, method, monkeypatch):
    monkeypatch.setattr("bitrix_im.testing.rest.files.LARGEST", 9)
    here = portal.add_chat("With it", members=[ann.id, bot.id])
    expected = REFUSED[method]
    reply = await bot.reply(method.removeprefix("imbot.v2."), **mistakes(portal, ann, here)[expected["error"]])
    assert reply == expected


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_a_bot_is_told_has_the_names_and_types_of_the_official_example(path):
    example = json.loads(path.read_text("utf-8"))
    example = example.get("data", example)
    office = Office()
    async with office.portal.http() as http:
        await office.open(http)
        office.bob.join(office.portal.add_chat("With a bot", members=[office.bot.id, office.ann.id]))
        office.ann.react(office.own)
        office.ann.follow(office.bot.id, example.get("context") or {"entityId": 1})
        await office.bot("Bot.unregister")
        told = {event["type"]: event["data"] for event in await office.bot.events()}
    assert not compared(example, told[path.stem.partition(".")[0]])
