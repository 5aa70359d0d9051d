"""``imbot.v2.Chat.Message.Reaction.*``: one reaction a message, of those that there are (docs/portal.md#bot-read)."""

from ...world.bots import Bot
from ..calls import Answer, Context, Method, Params, RestError
from .calls import DONE, bot_of, message_of

REACTIONS = frozenset({
    "like", "dislike", "faceWithTearsOfJoy", "redHeart", "neutralFace", "fire", "cry", "slightlySmilingFace",
    "winkingFace", "laugh", "kiss", "wonder", "slightlyFrowningFace", "loudlyCryingFace", "faceWithStuckOutTongue",
    "faceWithStuckOutTongueAndWinkingEye", "smilingFaceWithSunglasses", "confusedFace", "flushedFace", "thinkingFace",
    "angry", "smilingFaceWithHorns", "faceWithThermometer", "facepalm", "poo", "flexedBiceps", "clappingHands",
    "raisedHand", "smilingFaceWithHeartEyes", "smilingFaceWithHearts", "pleadingFace", "relievedFace", "foldedHands",
    "okHand", "signHorns", "loveYouGesture", "clownFace", "partyingFace", "questionMark", "exclamationMark",
    "lightBulb", "bomb", "sleepingSymbol", "crossMark", "whiteHeavyCheckMark", "eyes", "handshake", "hundredPoints",
})  # fmt: skip


def add(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Message.Reaction.add``: REACTION_ALREADY_SET where it is there already."""
    if not _set(ctx, params, bot_of(ctx, params), on=True):
        raise RestError("REACTION_ALREADY_SET", "Reaction already set")
    return DONE


def delete(ctx: Context, params: Params) -> Answer:
    """``imbot.v2.Chat.Message.Reaction.delete``: REACTION_NOT_FOUND where it is not there."""
    if not _set(ctx, params, bot_of(ctx, params), on=False):
        raise RestError("REACTION_NOT_FOUND", "Reaction not found")
    return DONE


def _set(ctx: Context, params: Params, bot: Bot, *, on: bool) -> bool:
    chat, message = message_of(ctx, bot, params)
    reaction = params.text("REACTION")
    if reaction not in REACTIONS:
        raise RestError("REACTION_NOT_FOUND", "Reaction not found")
    return ctx.world.react(chat, message, bot.id, reaction, on=on)


METHODS: dict[str, Method] = {
    "imbot.v2.Chat.Message.Reaction.add": add,
    "imbot.v2.Chat.Message.Reaction.delete": delete,
}
