"""``im.message.*``: sending once, editing, deleting, liking, sharing."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

from ..php import values as php
from ..world.drafts import Message
from ..world.records import Chat
from .calls import Answer, Context, Method, Params, RestError, accessible

_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_LONGEST = 20_000
_WHITE = " \t\n\r\0\x0b"  # what PHP's trim takes away
_TAKEN = 3600  # seconds that a key stays so where its send died (docs/portal.md#duplicate-pending)
_EDITABLE = 3 * 86_400


def idempotency_key(params: Params) -> str | None:
    """TEMPLATE_ID, where it counts: a lowercase UUIDv4, and not on a system message."""
    return None if params.flag("SYSTEM") else uuid_key(params.raw.get("TEMPLATE_ID"))


def uuid_key(key: Any) -> str | None:
    """A lowercase UUIDv4; None for anything else."""
    return key if isinstance(key, str) and _KEY.fullmatch(key) else None


@contextmanager
def reserved(ctx: Context, params: Params) -> Iterator[None]:
    """Hold the idempotency key while the message is being written: a repeat meanwhile is told so."""
    refusal = RestError("MESSAGE_DUPLICATED_BY_UUID", "Message with this uuid is already being sent")
    with holding(ctx, idempotency_key(params), refusal):
        yield


@contextmanager
def holding(ctx: Context, key: str | None, refusal: RestError) -> Iterator[None]:
    """Hold an idempotency key meanwhile; whoever comes with it is refused, until the message is there."""
    if key is None:
        yield
        return
    world = ctx.world
    if world.pending.get(key, -inf) > world.clock.now():
        raise refusal
    known = world.sent_before(key) is not None
    world.pending[key] = inf
    if world.sends_that_die and not known:
        world.sends_that_die -= 1
        world.pending[key] = world.clock.now() + _TAKEN
        raise php.PhpTypeError("The send died half-way")
    try:
        yield
    finally:
        lag = 0.0 if known else world.pending_seconds
        world.pending[key] = world.clock.now() + lag if world.sent_before(key) is not None else -inf


def message_add(ctx: Context, params: Params) -> Answer:
    """``im.message.add``: the id; the same one for a key that was sent before."""
    chat = accessible(ctx, params).chat
    text = _text(params)
    extra = {name: decoded(params.raw[name]) for name in ("ATTACH", "KEYBOARD") if params.has(name)}
    if not text and not extra.get("ATTACH"):
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    if params.integer("REPLY_ID") > 0:
        extra["REPLY_ID"] = params.integer("REPLY_ID")
    if params.raw.get("URL_PREVIEW") == "N":
        extra["URL_ONLY"] = "N"
    world = ctx.world
    key = idempotency_key(params)
    if key is not None and (known := world.sent_before(key)) is not None:
        return Answer(known)
    author = 0 if params.flag("SYSTEM") else ctx.me
    message_id = world.write(chat, author, text, uuid=key, params=extra)
    if key is not None:
        world.remember_sent(key, message_id)
    return Answer(message_id)


def message_update(ctx: Context, params: Params) -> Answer:
    """``im.message.update``: CANT_EDIT_MESSAGE for a foreign message and after 3 days; an empty text deletes."""
    chat, message = _own(ctx, params)
    text = _text(params) if params.has("MESSAGE") else message.text
    if not text:
        return _delete(ctx, chat, message)
    extra = {name: decoded(params.raw[name]) for name in ("ATTACH", "KEYBOARD") if params.has(name)}
    edited = {} if params.raw.get("IS_EDITED") == "N" else {"IS_EDITED": "Y"}
    ctx.world.change(chat, message, text, message.params | extra | edited, ctx.me)
    return Answer(True)


def message_delete(ctx: Context, params: Params) -> Answer:
    """``im.message.delete``: the id stays, the text is a notice (docs/portal.md#deleted-message)."""
    return _delete(ctx, *_own(ctx, params))


def message_like(ctx: Context, params: Params) -> Answer:
    """``im.message.like``: ACTION is auto, plus or minus; WITHOUT_CHANGES when nothing changes."""
    chat, message = _addressed(ctx, params)
    action = params.text("ACTION") or "auto"
    on = ctx.me not in message.params.get("LIKE", ()) if action == "auto" else action == "plus"
    if not ctx.world.react(chat, message, ctx.me, on=on):
        raise RestError("WITHOUT_CHANGES", "Action completed without changes")
    return Answer(True)


def message_command(ctx: Context, params: Params) -> Answer:
    """``im.message.command``: run a bot's command, as a press of a button does."""
    if params.integer("MESSAGE_ID") <= 0 or params.integer("BOT_ID") <= 0 or not params.text("COMMAND"):
        raise RestError("PARAMS_ERROR", "Incorrect params")
    chat, message = _addressed(ctx, params)
    bot_id, name = params.integer("BOT_ID"), params.text("COMMAND")
    ctx.world.press(chat, message, ctx.me, bot_id, name, params.text("COMMAND_PARAMS"))
    return Answer(True)


def message_share(ctx: Context, params: Params) -> Answer:
    """``im.message.share``: make a chat (or a task, a post, an event) out of a message; twice makes two."""
    kind = params.text("TYPE").upper()
    if kind not in ("CHAT", "TASK", "POST", "CALEND") or params.integer("MESSAGE_ID") <= 0:
        raise RestError("PARAMS_ERROR", "Incorrect params")
    chat, message = _addressed(ctx, params)
    if kind == "CHAT":
        made = ctx.world.new_chat(message.text[:100], "chat", list(chat.members), ctx.me, ctx.world.clock.seconds())
        ctx.world.write(made, ctx.me, message.text, uuid=None, params={})
    return Answer(True)


def _text(params: Params) -> str:
    return trimmed(params.raw.get("MESSAGE"))


def trimmed(text: Any) -> str:
    """A message's text: trimmed, cut, and nothing where it is no string (docs/portal.md#text-cut)."""
    text = text.strip(_WHITE) if isinstance(text, str) else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} (...)"


def _addressed(ctx: Context, params: Params) -> tuple[Chat, Message]:
    message_id = params.integer("MESSAGE_ID")
    if message_id <= 0:
        raise RestError("MESSAGE_ID_ERROR", "Message ID can't be empty")
    chat = ctx.world.home(message_id)
    message = chat.message(message_id) if chat is not None and ctx.me in chat.members else None
    if chat is None or message is None or message_id < ctx.seat(chat).start_id:
        raise RestError("MESSAGE_ID_ERROR", "Message not found")
    return chat, message


def _own(ctx: Context, params: Params) -> tuple[Chat, Message]:
    chat, message = _addressed(ctx, params)
    old = ctx.world.clock.now() - message.date > _EDITABLE
    if message.author_id != ctx.me or message.deleted or old:
        raise RestError("CANT_EDIT_MESSAGE", "Time has expired for modification or you don't have access", 403)
    return chat, message


def _delete(ctx: Context, chat: Chat, message: Message) -> Answer:
    ctx.world.change(chat, message, "This message was deleted.", {"IS_DELETED": "Y"}, ctx.me)
    return Answer(True)


def decoded(value: Any) -> Any:
    """ATTACH and KEYBOARD may come as arrays or as JSON in a string."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return php.arrays(value)


METHODS: dict[str, Method] = {
    "im.message.add": message_add,
    "im.message.command": message_command,
    "im.message.delete": message_delete,
    "im.message.like": message_like,
    "im.message.share": message_share,
    "im.message.update": message_update,
}
