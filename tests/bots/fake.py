"""A caller that keeps bots as the server does (docs/portal.md#bots): registration, commands, messages, queues."""

import json
from datetime import UTC, datetime, timedelta
from random import Random

import anyio

from bitrix_im.errors import api_error
from bitrix_im.rest.call import Reply

EPOCH = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
USER = {"id": 1, "name": "Ann", "firstName": "Ann", "bot": False}


class FakeBots:
    """Bots by id; what was sent by key; one queue a bot."""

    def __init__(self, seed=0, *, faults=0.0):
        self.random = Random(seed)
        self.faults = faults
        self.bots = {}
        self.commands = {}
        self.sent = {}
        self.answers = []
        self.log = []
        self.rows = {}
        self.closed = set()
        self.next_event = 1000
        self.next_id = 455
        self.pending = []

    async def call(self, call):
        while True:
            await anyio.sleep(0.05)
            self.log.append((anyio.current_time(), call.method, json.loads(json.dumps(dict(call.params)))))
            if self.random.random() < self.faults / 2:
                continue
            result = self.answer(call.method.removeprefix("imbot.v2."), call.method, dict(call.params))
            if self.random.random() < self.faults / 2:
                continue
            return Reply(result)

    async def unit(self, calls):
        return [await self.call(call) for call in calls]

    def methods(self, *, since=0):
        return [method.removeprefix("imbot.v2.") for _, method, _ in self.log[since:]]

    def answer(self, name, method, params):
        handler = getattr(self, "on_" + name.lower().replace(".", "_"), None)
        if handler is None:
            return {"result": True}
        return handler(params, params.get("fields", {}))

    # --- bots ---------------------------------------------------------------------------------------------------------

    def shown(self, bot, token):
        short = {"id": bot["id"], "code": bot["code"], "type": bot["type"]}
        whole = {key: value for key, value in bot.items() if key not in ("token", "properties")}
        looks = bot["properties"]
        user = {
            "id": bot["id"],
            "name": f"{looks['name']} {looks.get('lastName', '')}".strip(),
            "firstName": looks["name"],
            "lastName": looks.get("lastName", ""),
            "workPosition": looks.get("workPosition", ""),
            "color": looks.get("color", ""),
            "avatar": "https://a.test/x" if looks.get("avatar") else "",
            "bot": True,
        }
        return {"bot": whole if token == bot["token"] else short, "users": [user]}

    def own(self, params):
        bot = self.bots.get(params.get("botId"))
        if bot is None:
            raise api_error("BOT_NOT_FOUND", "Bot not found", status=400)
        if params.get("botToken") != bot["token"]:
            raise api_error("BOT_OWNERSHIP_ERROR", "Not yours", status=400)
        return bot

    def on_bot_get(self, params, _):
        for bot in self.bots.values():
            if bot["code"] == params.get("code") or bot["id"] == params.get("botId"):
                return self.shown(bot, params.get("botToken"))
        raise api_error("BOT_NOT_FOUND", "Bot not found", status=400)

    def on_bot_register(self, params, fields):
        for bot in self.bots.values():
            if bot["code"] == fields["code"]:
                if bot["token"] != fields["botToken"]:
                    raise api_error("BOT_CODE_ALREADY_TAKEN", "Taken", status=400)
                return self.shown(bot, bot["token"])
        self.next_id += 1
        bot = {
            "id": self.next_id,
            "code": fields["code"],
            "token": fields["botToken"],
            "type": fields.get("type", "bot"),
            "isHidden": fields.get("isHidden", False),
            "isReactionsEnabled": fields.get("isReactionsEnabled", True),
            "isSupportOpenline": fields.get("isSupportOpenline", False),
            "backgroundId": fields.get("backgroundId"),
            "eventMode": fields.get("eventMode", "fetch"),
            "properties": dict(fields["properties"]),
        }
        self.bots[bot["id"]] = bot
        self.commands[bot["id"]] = []
        self.rows[bot["id"]] = []
        return self.shown(bot, bot["token"])

    def on_bot_update(self, params, fields):
        bot = self.own(params)
        bot["properties"] |= fields.get("properties", {})
        bot["token"] = fields.get("botToken", bot["token"])
        for name in ("isHidden", "isReactionsEnabled", "isSupportOpenline", "backgroundId", "eventMode"):
            bot[name] = fields.get(name, bot[name])
        return self.shown(bot, bot["token"])

    def on_bot_unregister(self, params, _):
        del self.bots[self.own(params)["id"]]
        return {"result": True}

    def on_bot_list(self, params, _):
        bots = list(self.bots.values())[params["offset"] : params["offset"] + params["limit"]]
        shown = [self.shown(bot, params.get("botToken")) for bot in bots]
        return {
            "bots": [one["bot"] for one in shown],
            "users": [user for one in shown for user in one["users"]],
            "hasNextPage": params["offset"] + params["limit"] < len(self.bots),
        }

    def on_command_list(self, params, _):
        return {"commands": self.commands[self.own(params)["id"]]}

    def on_command_register(self, params, fields):
        commands = self.commands[self.own(params)["id"]]
        for command in commands:
            if command["command"] == "/" + fields["command"]:
                return {"command": command}
        title = fields.get("title") or {}
        command = {
            "id": 10 * params["botId"] + len(commands),
            "botId": params["botId"],
            "command": "/" + fields["command"],
            "title": next(iter(title.values()), ""),
            "hidden": bool(fields.get("hidden")),
        }
        commands.append(command)
        return {"command": command}

    def on_command_update(self, params, fields):
        self.own(params)
        for command in self.commands[params["botId"]]:
            if command["id"] == params["commandId"]:
                command["title"] = next(iter((fields.get("title") or {}).values()), command["title"])
                command["hidden"] = fields.get("hidden", command["hidden"])
                return {"command": command}
        raise api_error("COMMAND_NOT_FOUND", status=400)

    def on_command_unregister(self, params, _):
        self.own(params)
        commands = self.commands[params["botId"]]
        if params["commandId"] not in {command["id"] for command in commands}:
            raise api_error("COMMAND_NOT_FOUND", status=400)
        commands[:] = [command for command in commands if command["id"] != params["commandId"]]
        return {"result": True}

    # --- messages -----------------------------------------------------------------------------------------------------

    def on_chat_message_send(self, params, fields):
        self.own(params)
        if params["dialogId"] in self.closed:
            raise api_error("ACCESS_DENIED", "Access denied", status=403)
        if "message" not in fields and "forwardIds" in fields:
            return {"id": None, "uuidMap": dict.fromkeys(fields["forwardIds"], 1)}
        key = fields.get("templateId", f"without {len(self.sent)}")
        number = self.sent.setdefault(key, (5000 + len(self.sent), params["dialogId"], fields["message"], fields))[0]
        return {"id": number, "uuidMap": []}

    def on_chat_message_reaction_add(self, params, fields):
        raise api_error("REACTION_ALREADY_SET", status=400)

    def on_command_answer(self, params, fields):
        self.answers.append((params["commandId"], params["messageId"], params["dialogId"], fields))
        return {"result": True}

    # --- events -------------------------------------------------------------------------------------------------------

    def record(self, bot, kind, **data):
        self.next_event += self.random.choice([1, 2])
        date = (EPOCH + timedelta(seconds=int(anyio.current_time()))).isoformat()
        message = {"id": self.next_event, "chatId": 5, "authorId": 1, "date": date, "text": "", "params": []}
        whole = {
            "bot": {"id": bot.id, "code": bot.code},
            "chat": {"id": 5, "dialogId": "chat5", "type": "chat"},
            "user": USER,
            "message": {**message, **data.pop("message", {})},
            **data,
        }
        row = {"eventId": self.next_event, "type": kind, "date": date, "data": whole}
        self.rows[bot.id].append(row)
        return self.next_event

    def write(self, bot, text, chat=5):
        chat_id = {"id": chat, "dialogId": f"chat{chat}", "type": "chat"}
        text = f"[USER={bot.id}]Bot[/USER] {text}"
        return self.record(bot, "ONIMBOTV2MESSAGEADD", message={"text": text, "chatId": chat}, chat=chat_id)

    def press(self, bot, name, params=""):
        command = {"id": 77, "command": f"/{name}", "params": params, "context": "keyboard"}
        message = {"text": "Buttons", "authorId": bot.id}
        return self.record(bot, "ONIMBOTV2COMMANDADD", command=command, message=message, chat=[])

    def on_event_get(self, params, _):
        bot, offset = self.own(params), params["offset"]
        self.rows[bot["id"]] = [row for row in self.rows[bot["id"]] if row["eventId"] >= offset]
        page = self.rows[bot["id"]][: params["limit"]]
        following = page[-1]["eventId"] + 1 if page else max(0, offset)
        return {"events": page, "nextOffset": following, "hasMore": len(page) >= params["limit"]}
