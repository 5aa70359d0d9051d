"""``imbot.v2.Bot.*``: registering, changing and removing bots (docs/portal.md#bot-owner)."""

from typing import Any
from urllib.parse import urlsplit

from ...php import values as php
from ...world.bots import Bot
from ..calls import Answer, Context, Method, Params, RestError
from . import looks, shapes
from .calls import DONE, bot_of, bot_token, fields_of, flag, owner, text_of

_KINDS = ("bot", "network", "openline", "supervisor", "personal")
_MODES = ("fetch", "webhook")
_BACKGROUNDS = ("azure", "mint", "steel", "slate", "teal", "cornflower", "sky", "peach", "frost")
_MOST = 100
_LONGEST_TOKEN = 40


def register(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Bot.register``: a new bot, or the one of that code and owner, unchanged."""
    fields = fields_of(params)
    caller, code = owner(ctx, params, fields), text_of(fields.get("code")).strip()
    if not ctx.application and ctx.quirks.bot_revision >= 36:
        _check_length(bot_token(ctx, params, fields))
    if not code:
        raise RestError("BOT_CODE_REQUIRED", "Bot code is required")
    properties = fields.get("properties")
    if not isinstance(properties, dict) or not text_of(properties.get("name")).strip():
        raise RestError("BOT_PROPERTIES_REQUIRED", "Bot properties are required")
    known = ctx.world.bots.of_code(code)
    if known is not None and known.owner != caller:
        raise RestError("BOT_CODE_ALREADY_TAKEN", "Bot code is already taken")
    if known is not None:
        return _shown(ctx, known)
    kind = text_of(fields.get("type")) or "bot"
    if kind not in _KINDS:
        raise RestError("BOT_INVALID_TYPE", "Invalid bot type")
    mode, url = _mode(fields) or "fetch", text_of(fields.get("webhookUrl"))
    if mode == "webhook":
        _check_url(url)
    if len(ctx.world.bots.of_owner(caller)) >= _MOST:
        raise RestError("BOT_LIMIT_EXCEEDED", "Bot limit exceeded")
    look = looks.read(properties)
    bot = Bot(ctx.world.add_user("?", bot=True), code, caller, kind, mode=mode, webhook_url=url)
    looks.put_on(ctx.world.users[bot.id], look)
    _switch(bot, fields)
    ctx.world.bots.add(bot)
    return _shown(ctx, bot)


def update(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Bot.update``: what is given, but for the type; a new botToken makes the old one useless at once."""
    bot = bot_of(ctx, params)
    fields = fields_of(params, required=True)
    mode, properties = _mode(fields), fields.get("properties")
    look = looks.read(properties) if isinstance(properties, dict) else None
    if "botToken" in fields:
        _rotate(ctx, bot, text_of(fields["botToken"]))
    if look is not None:
        looks.put_on(ctx.world.users[bot.id], {"first_name": "", **look})
    if text_of(fields.get("webhookUrl")):
        bot.webhook_url = text_of(fields["webhookUrl"])
    bot.mode = mode or bot.mode
    _switch(bot, fields)
    return _shown(ctx, bot)


def unregister(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Bot.unregister``: once more is BOT_NOT_FOUND."""
    ctx.world.remove_bot(bot_of(ctx, params))
    return DONE


def get(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Bot.get``: by botId or code; somebody else's in short."""
    caller, code = owner(ctx, params), params.text("CODE")
    number = params.integer("BOTID")
    if number <= 0 and not code:
        raise RestError("PARAMS_REQUIRED", "Required parameters are missing")
    bot = ctx.world.bots.get(number) if number > 0 else ctx.world.bots.of_code(code)
    if bot is None:
        raise RestError("BOT_NOT_FOUND", "Bot not found")
    return _shown(ctx, bot, brief=bot.owner != caller)


def list_(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Bot.list``: the caller's bots, by offset and limit."""
    bots = ctx.world.bots.of_owner(owner(ctx, params))
    wanted = params.raw.get("FILTER")
    if isinstance(wanted, dict) and wanted.get("type"):
        bots = [bot for bot in bots if bot.kind == wanted["type"]]
    start, limit = max(0, params.integer("OFFSET")), params.limit(50, 50)
    page = bots[start : start + limit]
    return Answer(
        {
            "bots": [shapes.bot(ctx, bot) for bot in page],
            "users": [shapes.user(ctx, ctx.world.users[bot.id]) for bot in page],
            "hasNextPage": start + limit < len(bots),
        }
    )


def revision(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Revision.get``: the one method without a botToken."""
    return Answer({"rest": ctx.quirks.bot_revision, "web": 130, "mobile": 23, "desktop": 6})


def _shown(ctx: Context, bot: Bot, *, brief: bool = False) -> Answer:
    shown = shapes.brief_bot(bot) if brief else shapes.bot(ctx, bot)
    return Answer({"bot": shown, "users": [shapes.user(ctx, ctx.world.users[bot.id])]})


def _switch(bot: Bot, fields: dict[str, Any]) -> None:
    bot.hidden = flag(fields.get("isHidden"), bot.hidden)
    bot.reactions = flag(fields.get("isReactionsEnabled"), bot.reactions)
    bot.openlines = flag(fields.get("isSupportOpenline"), bot.openlines)
    if "backgroundId" in fields:
        background = fields["backgroundId"]
        bot.background = background if background in _BACKGROUNDS else None


def _rotate(ctx: Context, bot: Bot, token: str) -> None:
    _check_length(token)
    fresh = f"custom{token}"
    if ctx.application or not token or (fresh != bot.owner and ctx.world.bots.of_owner(fresh)):
        raise RestError("BOT_TOKEN_ROTATION_FAILED", "Bot token rotation failed")
    bot.owner = fresh


def _check_length(token: str) -> None:
    if len(token) > _LONGEST_TOKEN:
        raise RestError("BOT_TOKEN_INVALID_LENGTH", f"Bot token is longer than {_LONGEST_TOKEN} characters")


def _mode(fields: dict[str, Any]) -> str | None:
    mode = fields.get("eventMode")
    if mode is not None and mode not in _MODES:
        raise RestError("BOT_INVALID_EVENT_MODE", "Invalid event mode")
    return None if mode is None else php.to_str(mode)


def _check_url(url: str) -> None:
    if not url:
        raise RestError("BOT_WEBHOOK_URL_REQUIRED", "Webhook URL is required")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RestError("BOT_INVALID_CALLBACK", "Invalid callback URL")


METHODS: dict[str, Method] = {
    "imbot.v2.Bot.get": get,
    "imbot.v2.Bot.list": list_,
    "imbot.v2.Bot.register": register,
    "imbot.v2.Bot.unregister": unregister,
    "imbot.v2.Bot.update": update,
    "imbot.v2.Revision.get": revision,
}
