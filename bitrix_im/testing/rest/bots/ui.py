"""``imbot.v2.Chat.InputAction.notify`` and ``TextField.enabled``: what people see beside the messages."""

from ..calls import Answer, Context, Method, Params, RestError
from .calls import DONE, bot_of, denied, flag, manages, seat_of

_DOING = (
    "THINKING", "SEARCHING", "GENERATING", "ANALYZING", "PROCESSING", "TRANSLATING", "CONNECTING", "CHECKING",
    "CALCULATING", "READING_DOCS", "COMPOSING",
)  # fmt: skip
_STATUSES = frozenset(f"IMBOT_AGENT_ACTION_{name}" for name in _DOING)
_SECONDS = 25
_LONGEST = 600


def notify(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.InputAction.notify``: that the bot is typing, or what else it does, for 1 to 600 seconds."""
    bot = bot_of(ctx, params)
    seat, status = seat_of(ctx, bot, params), params.text("STATUSMESSAGECODE")
    if status and status not in _STATUSES:
        raise RestError("PARAMS_REQUIRED", "Unknown status code")
    seconds = min(max(params.integer("DURATION", _SECONDS), 1), _LONGEST)
    bot.actions.append((ctx.world.clock.elapsed(), seat.dialog_id, status, seconds))
    return DONE


def text_field(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.TextField.enabled``: whether people can type; before revision 34 for managers of group chats."""
    bot = bot_of(ctx, params)
    chat = seat_of(ctx, bot, params).chat
    if ctx.quirks.bot_revision < 34 and (chat.private or not manages(bot, chat)):
        raise denied()
    chat.can_post = flag(params.raw.get("ENABLED"), default=True)
    ctx.world.touch(chat)
    return DONE


METHODS: dict[str, Method] = {
    "imbot.v2.Chat.InputAction.notify": notify,
    "imbot.v2.Chat.TextField.enabled": text_field,
}
