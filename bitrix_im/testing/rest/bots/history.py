"""``imbot.v2.Chat.Message.get`` and ``getContext``: what supervisors and personal bots may read back."""

from bisect import bisect_left

from ...world.bots import Bot
from ...world.drafts import Message
from ..calls import Answer, Context, Method, Params, RestError
from . import shapes
from .calls import as_bot, bot_of, message_of


def get(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Message.get``: a message and its author."""
    bot = _reader(ctx, params)
    seen = as_bot(ctx, bot)
    chat, message = message_of(ctx, bot, params)
    person = ctx.world.users.get(message.author_id)
    author = {"id": message.author_id} if person is None or person.deleted else shapes.user(seen, person)
    return Answer({"message": shapes.message(seen, chat, message), "user": author})


def get_context(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Message.getContext``: up to *range* messages on either side, old to new."""
    bot = _reader(ctx, params)
    seen = as_bot(ctx, bot)
    chat, message = message_of(ctx, bot, params)
    wide = min(max(params.integer("RANGE", 50), 1), 50)
    ids = seen.seat(chat).visible_ids()
    at = bisect_left(ids, message.id)
    posts = list(chat.messages(ids[max(0, at - wide) : at + wide + 1]))
    return Answer(
        {
            "messages": [shapes.message(seen, chat, post) for post in posts],
            "users": _authors(seen, posts),
            "hasPrevPage": at - wide > 0,
            "hasNextPage": at + wide + 1 < len(ids),
        }
    )


def _reader(ctx: Context, params: Params) -> Bot:
    bot = bot_of(ctx, params)
    if not bot.hears_all:
        raise RestError("BOT_TYPE_NOT_ALLOWED", "Bot type not allowed")
    return bot


def _authors(ctx: Context, posts: list[Message]) -> list[dict[str, object]]:
    people = [ctx.world.users.get(number) for number in dict.fromkeys(post.author_id for post in posts)]
    return [shapes.user(ctx, person) for person in people if person is not None and not person.deleted]


METHODS: dict[str, Method] = {
    "imbot.v2.Chat.Message.get": get,
    "imbot.v2.Chat.Message.getContext": get_context,
}
