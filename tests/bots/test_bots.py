"""Bots: made sure of by what differs, answering once, and never showing their token."""

import json
import logging
import pickle
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest

from bitrix_im import BotError, UnexpectedResponse
from bitrix_im.bots import Bots, BotToken, CommandCalled, Handlers, MemoryMark, MessageAdded, keyboard, parse_webhook
from bitrix_im.bots.bot import Bot
from bitrix_im.convert import structure
from bitrix_im.events import BotDeleted
from bitrix_im.models import BotAnswer, BotChat, BotList, BotMessage, BotUser, Command, MessageContext, Revision
from bitrix_im.rest.call import Reply

from .fake import FakeBots

TOKEN = BotToken("a-bots-secret-token")
PAYLOADS = Path(__file__).parent.parent / "payloads"


async def ensured(portal, code="support", **options):
    return await Bots(portal).ensure(code, **{"token": TOKEN, "name": "Support", **options})


def example(method):
    return json.loads((PAYLOADS / f"imbot.v2.{method}.json").read_text("utf-8"))["result"]


# --- ensuring ---------------------------------------------------------------------------------------------------------


async def test_a_new_bot_is_registered_with_all_it_shall_be():
    portal = FakeBots()
    bot = await ensured(
        portal,
        hidden=True,
        reactions=False,
        position="Helper",
        color="#ff0000",
        avatar=b"png",
        commands={"help": {"en": "Show help"}, "/pay": None, "say": "Say"},
    )
    assert (bot.id, bot.code) == (456, "support")
    assert portal.methods() == ["Bot.get", "Bot.register", "Command.list", *["Command.register"] * 3]
    fields = portal.log[1][2]["fields"]
    assert fields["botToken"] == TOKEN.reveal()
    assert "botToken" not in portal.log[1][2]
    assert fields["properties"] == {"name": "Support", "workPosition": "Helper", "color": "#ff0000", "avatar": "cG5n"}
    assert [(c["command"], c["title"], c["hidden"]) for c in portal.commands[456]] == [
        ("/help", "Show help", False),
        ("/pay", "", True),
        ("/say", "Say", False),
    ]


async def test_twice_is_no_write():
    portal = FakeBots()
    options: dict[str, Any] = {
        "last_name": "Bot",
        "hidden": True,
        "color": "#ff0000",
        "avatar": b"png",
        "commands": {"help": "Help", "pay": None},
    }
    await ensured(portal, **options)
    before = len(portal.log)
    await ensured(portal, **options)
    await ensured(portal)
    assert set(portal.methods(since=before)) == {"Bot.get", "Command.list"}


async def test_only_what_differs_is_written():
    portal = FakeBots()
    await ensured(
        portal, commands={"help": "Help", "old": "Old", "pay": None}, mode="webhook", webhook_url="https://a.test"
    )
    before = len(portal.log)
    await ensured(portal, name="Helper", reactions=False, commands={"help": "Help me", "pay": None, "new": None})
    written = {method: params for _, method, params in portal.log[before:]}
    fields = written["imbot.v2.Bot.update"]["fields"]
    assert fields == {"properties": {"name": "Helper"}, "isReactionsEnabled": False, "eventMode": "fetch"}
    assert [(c["command"], c["title"]) for c in portal.commands[456]] == [
        ("/help", "Help me"),
        ("/pay", ""),
        ("/new", ""),
    ]
    await ensured(portal, name="Helper", commands={})
    assert portal.commands[456] == []


async def test_what_cannot_be_is_an_error_that_says_what_to_do():
    portal = FakeBots()
    await ensured(portal)
    with pytest.raises(BotError, match="codes are unique in the whole portal") as raised:
        await ensured(portal, token=BotToken("another"))
    assert raised.value.code == "BOT_CODE_ALREADY_TAKEN"
    with pytest.raises(BotError, match="a kind cannot be changed"):
        await ensured(portal, kind="supervisor")
    foreign = await Bots(portal).get("support", token=BotToken("another"))
    with pytest.raises(BotError, match="use the token that it was registered with"):
        await foreign.send("chat5", "x")
    with pytest.raises(BotError, match=r"register it with bots\.ensure"):
        await Bots(portal).get("nobody", token=TOKEN)


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "webhook"},
        {"mode": "push"},
        {"kind": "robot"},
        {"name": ""},
        {"commands": {"two words": "x"}},
        {"commands": {"": "x"}},
        {"commands": {"x": {}}},
        {"avatar": "x"},
    ],
)
async def test_impossible_values_are_refused_before_any_write(options):
    portal = FakeBots()
    with pytest.raises(ValueError, match="expected"):
        await ensured(portal, **options)
    assert set(portal.methods()) <= {"Bot.get"}


async def test_bots_are_listed_each_once():
    portal = FakeBots()
    for number in range(120):
        await ensured(portal, f"bot{number}")
    page = await anext(aiter(Bots(portal).list(token=TOKEN).pages()))
    assert TOKEN.reveal() not in str(page.cursor)
    found = await Bots(portal).list(token=TOKEN).resume(page.cursor).collect()
    assert [bot.code for bot in [*page.items, *found]] == [f"bot{number}" for number in range(120)]
    assert page.items[0].user is not None
    assert page.items[0].user.name == "Support"


async def test_a_token_is_rotated_and_the_bot_goes_on_with_the_new_one():
    portal = FakeBots()
    bot = await ensured(portal)
    new = BotToken.generate()
    await bot.rotate_token(new)
    assert portal.bots[bot.id]["token"] == new.reveal()
    await bot.send("chat5", "x")
    with pytest.raises(BotError):
        await (await Bots(portal).get("support", token=TOKEN)).send("chat5", "x")
    await bot.unregister()
    await bot.unregister()
    assert portal.bots == {}


async def test_the_token_shows_nowhere():
    portal = FakeBots()
    bot = await ensured(portal)
    assert TOKEN.reveal() not in repr(bot) + repr(bot.info) + repr(vars(bot)) + repr(Bots(portal).list(token=TOKEN))
    with pytest.raises(TypeError, match="secret"):
        pickle.dumps(bot)


# --- saying -----------------------------------------------------------------------------------------------------------


async def test_a_message_goes_with_all_that_belongs_to_it():
    portal = FakeBots()
    bot = await ensured(portal)
    row = keyboard.row(keyboard.command("Pay", "pay", "42"))
    one = await bot.send(
        "chat5", "Pay?", keyboard=row, attach=[{"MESSAGE": "x"}], reply_to=7, url_preview=False, key="a"
    )
    assert await bot.send("chat5", "Pay?", key="a") == one
    fields = portal.log[-2][2]["fields"]
    assert fields["keyboard"]["BOT_ID"] == bot.id
    assert fields["keyboard"]["BUTTONS"][0]["COMMAND"] == "pay"
    assert (fields["replyId"], fields["attach"], fields["message"]) == (7, [{"MESSAGE": "x"}], "Pay?")
    assert await bot.send("chat5", forward=[1, 2]) is None
    assert sorted(portal.log[-1][2]["fields"]["forwardIds"].values()) == [1, 2]
    await bot.send("chat5", "x", system=True)
    assert "templateId" not in portal.log[-1][2]["fields"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"text": "x" * 20_001},
        {"text": " "},
        {"text": "x", "system": True, "key": "k"},
        {"text": "x", "forward": [1], "key": "k"},
        {"forward": list(range(1, 102))},
        {"text": "x", "reply_to": "5"},
        {"text": "x", "keyboard": []},
    ],
)
async def test_what_the_portal_would_refuse_or_cut_is_refused(options):
    portal = FakeBots()
    bot = await ensured(portal)
    before = len(portal.log)
    with pytest.raises(ValueError, match="expected"):
        await bot.send("chat5", **options)
    assert len(portal.log) == before


async def test_edits_give_the_keyboard_its_bot_or_take_it_away():
    portal = FakeBots()
    bot = await ensured(portal)
    await bot.edit(5, "changed", keyboard=keyboard.row(keyboard.put("x", "y")))
    assert portal.log[-1][2]["fields"]["keyboard"]["BOT_ID"] == bot.id
    await bot.edit(5, keyboard=False, url_preview=True)
    assert portal.log[-1][2]["fields"] == {"keyboard": "N", "urlPreview": True}
    with pytest.raises(ValueError, match="something to change"):
        await bot.edit(5)


async def test_small_things_go_as_the_portal_wants_them():
    portal = FakeBots()
    bot = await ensured(portal)
    await bot.typing("chat5", "thinking", 30)
    await bot.react(5, "like")
    await bot.unreact(5, "like")
    await bot.delete(5)
    await bot.delete(6, complete=True)
    await bot.set_text_field("chat5", False)
    await bot.chats.add_users("chat5", [1, 2])
    await bot.chats.remove_user("chat5", 2)
    await bot.chats.add_managers("chat5", [1])
    await bot.chats.remove_managers("chat5", [1])
    await bot.chats.set_owner("chat5", 1)
    await bot.chats.update("chat5", title="New")
    await bot.chats.leave("chat5")
    told = [{k: v for k, v in params.items() if k not in ("botId", "botToken")} for _, _, params in portal.log[2:]]
    assert told == [
        {"dialogId": "chat5", "statusMessageCode": "IMBOT_AGENT_ACTION_THINKING", "duration": 30},
        {"messageId": 5, "reaction": "like"},
        {"messageId": 5, "reaction": "like"},
        {"messageId": 5},
        {"messageId": 6, "complete": True},
        {"dialogId": "chat5", "enabled": False},
        {"dialogId": "chat5", "userIds": [1, 2]},
        {"dialogId": "chat5", "userId": 2},
        {"dialogId": "chat5", "userIds": [1]},
        {"dialogId": "chat5", "userIds": [1]},
        {"dialogId": "chat5", "userId": 1},
        {"dialogId": "chat5", "fields": {"title": "New"}},
        {"dialogId": "chat5"},
    ]
    assert all(params["botId"] == bot.id and params["botToken"] == TOKEN.reveal() for _, _, params in portal.log[2:])
    with pytest.raises(ValueError, match="600"):
        await bot.typing("chat5", None, 601)


class Examples:
    """A caller that answers as the documentation does."""

    async def call(self, call):
        return Reply(example(call.method.removeprefix("imbot.v2.")))


async def test_the_documented_answers_are_decoded():
    bots: Any = Bots(Examples())  # type: ignore[arg-type]
    bot = await bots.get("support_bot", token=TOKEN)
    assert (bot.id, bot.info.count_message, bot.info.user.name) == (456, 150, "Support Bot")
    assert [one.code for one in await bots.list(token=TOKEN).collect()] == ["support_bot"]
    assert (await bots.revision()).rest == 33
    assert [(one.name, one.title) for one in await bot.commands()] == [("help", "Show Help")]
    assert (await bot.message(789)).text == "Hello! How are you?"
    context = await bot.context(789)
    assert [message.author.name for message in context.messages] == ["John Smith", "Anna Davis"]
    assert (await bot.read("chat5")).viewed_messages == (785, 786, 789)
    assert (await bot.chats.get("chat5")).name == "Support Chat"
    assert (await bot.chats.create("x", users=[1], owner=2, message="hi", avatar=b"x")).id == 5
    assert [user.name for user in await bot.chats.users("chat5")] == ["John Smith", "Anna Davis"]
    assert await bot.send("chat5", "x") == 789
    assert (await bot.update_command(42, title={"en": "x", "de": None})).id == 42


def test_no_field_of_the_documented_answers_is_unknown():
    kinds: dict[str, Any] = {
        "Bot.get": BotAnswer, "Bot.register": BotAnswer, "Bot.update": BotAnswer, "Bot.list": BotList,
        "Chat.Message.getContext": MessageContext, "Revision.get": Revision,
    }  # fmt: skip
    decoded = [structure(example(method), kind) for method, kind in kinds.items()]
    decoded += [structure(one, BotUser) for one in example("Chat.User.list")]
    decoded += [structure(one, Command) for one in example("Command.list")["commands"]]
    decoded.append(structure(example("Chat.get")["chat"], BotChat))
    decoded.append(structure(example("Chat.Message.get")["message"], BotMessage))
    unknown = {key for one in decoded for key in one.extra}
    assert unknown <= {"lastMessageViews"}, "shown as a text, '{}'"


# --- hearing ----------------------------------------------------------------------------------------------------------


async def test_a_bot_hears_and_answers_once():
    portal = FakeBots()
    bot = await ensured(portal)
    for _ in range(2):
        async with bot.events() as events:
            if not portal.rows[bot.id]:
                portal.write(bot, "hello")
                portal.press(bot, "pay", "42")
            hello = await events.__anext__()
            assert isinstance(hello, MessageAdded)
            assert (hello.text, hello.is_mine, str(hello.listener)) == ("hello", False, f"bot{bot.id}")
            await hello.reply("Hi", keyboard=keyboard.row(keyboard.command("Pay", "pay")))
            events.give_back(hello)
            await anyio.sleep(1)
    assert [message for _, _, message, _ in portal.sent.values()] == ["Hi"]
    assert next(iter(portal.sent.values()))[3]["keyboard"]["BOT_ID"] == bot.id


async def test_a_press_is_answered_where_it_was_pressed():
    portal = FakeBots()
    bot = await ensured(portal)
    async with bot.events() as events:
        portal.press(bot, "pay", "42")
        match await events.__anext__():
            case CommandCalled(name="pay", by="keyboard", user=user) as event:
                assert not event.is_mine
                assert not user.bot
                await event.reply("Paid " + event.params)
            case other:
                pytest.fail(repr(other))
    assert [(dialog, text) for _, dialog, text, _ in portal.sent.values()] == [("chat5", "Paid 42")]


async def test_a_command_from_where_the_bot_is_no_member_is_answered_as_a_command():
    portal = FakeBots()
    portal.closed.add("chat5")
    bot = await ensured(portal)
    async with bot.events() as events:
        portal.press(bot, "pay")
        portal.write(bot, "hello")
        assert await (await events.__anext__()).reply("Paid", reply_to=5) is None
        with pytest.raises(Exception, match="ACCESS_DENIED"):
            await (await events.__anext__()).reply("Hi")
    assert [(command, dialog, fields) for command, _, dialog, fields in portal.answers] == [
        (77, "chat5", {"message": "Paid"})
    ]


async def test_typing_is_shown_while_a_slow_answer_is_made():
    portal = FakeBots()
    bot = await ensured(portal)
    async with bot.events() as events:
        portal.write(bot, "hello")
        event = await events.__anext__()
        async with event.typing(status="thinking"):
            await anyio.sleep(60)
    assert portal.methods().count("Chat.InputAction.notify") == 3


async def test_events_of_a_webhook_are_answered_by_the_bot_that_adopts_them():
    portal = FakeBots()
    bot = await ensured(portal)
    data = json.loads((PAYLOADS / "events" / "ONIMBOTV2MESSAGEADD.json").read_text("utf-8"))
    body = {
        "event": "ONIMBOTV2MESSAGEADD",
        "data": data,
        "ts": 5,
        "auth": {"application_token": TOKEN.application_token},
    }
    for _ in range(2):
        event = bot.adopt(parse_webhook("application/json", json.dumps(body), token=TOKEN))
        await event.reply("Hi")
    assert [text for _, _, text, _ in portal.sent.values()] == ["Hi"]


async def test_a_deleted_bot_ends_its_stream_with_a_clear_error():
    portal = FakeBots()
    bot = await ensured(portal)
    async with bot.events() as events:
        portal.record(bot, "ONIMBOTV2DELETE")
        assert isinstance(await events.__anext__(), BotDeleted)
        before = len(portal.log)
        for _ in range(3):
            with pytest.raises(BotError, match="deleted"):
                await events.__anext__()
        assert len(portal.log) == before
        await bot.unregister()
    async with bot.events() as events:
        with pytest.raises(BotError, match="BOT_NOT_FOUND"):
            await events.__anext__()


async def test_an_idle_bot_spends_few_requests():
    portal = FakeBots()
    bot = await ensured(portal)
    async with bot.events() as events:
        with anyio.move_on_after(120):
            await events.__anext__()
        before = len(portal.log)
        with anyio.move_on_after(600):
            await events.__anext__()
        assert len(portal.log) - before <= 50


async def test_user_events_come_in_the_same_queue():
    portal = FakeBots()
    bot = await ensured(portal)
    async with bot.events(with_user_events=True) as events:
        portal.record(bot, "ONIMV2MESSAGEADD", message={"text": "x"})
        assert isinstance(await events.__anext__(), MessageAdded)
    assert "im.v2.Event.subscribe" in portal.methods()
    assert portal.log[-1][2]["withUserEvents"] is True


async def test_one_consumer_a_bot():
    portal, owner = FakeBots(), FakeBots()
    bots = Bots(portal, owner)
    one, other = [await bots.ensure(code, token=TOKEN, name="x") for code in ("one", "other")]
    async with one.events(), other.events():
        with pytest.raises(RuntimeError, match="one consumer"):
            async with one.events():
                pass


@pytest.mark.grid(every=2)
async def test_a_bot_answers_everything_once_whatever_dies():
    """500 messages and 100 presses over 20 chats, faults, and a process that dies 15 times."""
    portal, mark, random = FakeBots(5, faults=0.15), MemoryMark(), Random(6)
    bot = await ensured(portal)

    async def serve(caller, scope):
        h = Handlers()

        @h.on(MessageAdded)
        async def hear(event):
            await anyio.sleep(random.choice([0, 0.1, 2]))
            await event.reply(f"re {event.text}")

        @h.button("pay")
        async def pay(event):
            await event.reply(f"paid {event.params}")

        with scope:
            await h.run(Bot(caller, bot.info, TOKEN).events(mark=mark))

    async with anyio.create_task_group() as group:

        async def write():
            for number in range(600):
                if number % 6 == 5:
                    portal.press(bot, "pay", str(number))
                else:
                    portal.write(bot, str(number), random.randint(1, 20))
                await anyio.sleep(random.choice([0, 0.1, 0.4]))

        group.start_soon(write)
        for life in range(16):
            scope = anyio.CancelScope()
            caller = Mortal(portal)
            group.start_soon(serve, caller, scope)
            await anyio.sleep(random.uniform(0, 15) if life < 15 else 400)
            caller.is_dead = True
            scope.cancel()
            await anyio.sleep(0)
    said = [(dialog, text) for _, dialog, text, _ in portal.sent.values()]
    expected = [f"paid {number}" if number % 6 == 5 else f"re {number}" for number in range(600)]
    assert sorted(text for _, text in said) == sorted(expected)
    for chat in {dialog for dialog, _ in said}:
        numbers = [int(text.split()[1]) for dialog, text in said if dialog == chat]
        assert numbers == sorted(numbers)


class Mortal:
    """A caller of a process that may die: nothing of it reaches the portal after that."""

    def __init__(self, portal):
        self.portal, self.is_dead = portal, False

    async def call(self, call):
        if self.is_dead:
            await anyio.sleep_forever()
        return await self.portal.call(call)


@pytest.fixture(autouse=True)
def _warnings(caplog):
    caplog.set_level(logging.WARNING)
    yield
    assert TOKEN.reveal() not in caplog.text


def test_a_bots_answer_is_refused_where_its_id_is_missing():
    with pytest.raises(UnexpectedResponse):
        structure({"bot": {"code": "x"}}, BotAnswer)
