"""``imbot.v2.Command.*``: slash commands, and answers to them (docs/portal.md#bot-commands)."""

from datetime import UTC, datetime
from typing import Any

from ...world.bots import Bot, Command
from ..calls import Answer, Context, Method, Params, RestError
from . import messages, shapes
from .calls import DONE, bot_of, fields_of, flag

_FLAT_UNTIL = datetime(2026, 9, 30, tzinfo=UTC).timestamp()
_FLAT = ("command", "title", "params", "common", "hidden", "extranetSupport")


def register(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Command.register``: a new command, or the one of that name, unchanged."""
    bot, fields = bot_of(ctx, params), _fields(ctx, params)
    name = _name(fields.get("command"))
    command = bot.commands.get(name)
    if command is None:
        title, hidden = _texts(fields.get("title")), flag(fields.get("hidden"))
        if not title and not hidden:
            raise RestError("COMMAND_TITLE_REQUIRED", "Command title is required")
        command = ctx.world.bots.new_command(bot, name)
        command.title, command.params, command.hidden = title, _texts(fields.get("params")), hidden
        _switch(command, fields)
    return Answer({"command": shapes.command(command)})


def update(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Command.update``: a null title takes a language away; params only for languages in *title*."""
    bot = bot_of(ctx, params)
    command, fields = _command(bot, params), fields_of(params, required=True)
    if "command" in fields:
        name = _name(fields["command"])
        if bot.commands.get(name, command) is not command:
            raise RestError("COMMAND_ALREADY_EXISTS", "Command already exists")
        del bot.commands[command.name]
        bot.commands[name], command.name = command, name
    titles = fields.get("title") if isinstance(fields.get("title"), dict) else {}
    hints = fields.get("params") if isinstance(fields.get("params"), dict) else {}
    for language, text in (titles or {}).items():
        if text is None:
            command.title.pop(language, None)
            command.params.pop(language, None)
            continue
        command.title[str(language)] = str(text)
        if (hint := (hints or {}).get(language)) is not None:
            command.params[str(language)] = str(hint)
    _switch(command, fields)
    return Answer({"command": shapes.command(command)})


def unregister(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Command.unregister``: once more is COMMAND_NOT_FOUND."""
    bot = bot_of(ctx, params)
    del bot.commands[_command(bot, params).name]
    return DONE


def list_(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Command.list``: all at once."""
    return Answer({"commands": [shapes.listed_command(ctx, one) for one in bot_of(ctx, params).commands.values()]})


def answer(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Command.answer``: into the chat where the command was called, the bot in it or not; twice is two."""
    bot, message_id = bot_of(ctx, params), params.integer("MESSAGEID")
    command, chat = bot.command(params.integer("COMMANDID")), ctx.world.home(message_id)
    if command is None or chat is None or not ctx.world.bots.was_called(command.id, message_id):
        raise RestError("COMMAND_ANSWER_FAILED", "Command answer failed")
    messages.write(ctx, bot, chat, fields_of(params))
    return DONE


def _fields(ctx: Context, params: Params) -> dict[str, Any]:
    """``fields``, or until 30.09.2026 the parameters themselves (docs/portal.md#bot-revisions)."""
    fields = fields_of(params)
    if fields or ctx.world.clock.now() >= _FLAT_UNTIL:
        return fields
    return {name: params.raw[name.upper()] for name in _FLAT if params.has(name.upper())}


def _command(bot: Bot, params: Params) -> Command:
    command = bot.command(params.integer("COMMANDID"))
    if command is None:
        raise RestError("COMMAND_NOT_FOUND", "Command not found")
    return command


def _name(given: Any) -> str:
    if given is None:
        raise RestError("COMMAND_REQUIRED", "Command is required")
    if not isinstance(given, str):
        raise RestError("COMMAND_NAME_INVALID", "Command name is invalid")
    name = given.strip().lstrip("/")
    if not name:
        raise RestError("COMMAND_NAME_EMPTY", "Command name is empty")
    return name


def _texts(given: Any) -> dict[str, str]:
    return {str(name): str(text) for name, text in given.items() if text} if isinstance(given, dict) else {}


def _switch(command: Command, fields: dict[str, Any]) -> None:
    command.common = flag(fields.get("common"), command.common)
    command.hidden = flag(fields.get("hidden"), command.hidden)
    command.extranet = flag(fields.get("extranetSupport"), command.extranet)


METHODS: dict[str, Method] = {
    "imbot.v2.Command.answer": answer,
    "imbot.v2.Command.list": list_,
    "imbot.v2.Command.register": register,
    "imbot.v2.Command.unregister": unregister,
    "imbot.v2.Command.update": update,
}
