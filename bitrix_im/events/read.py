"""From what the portal sends to events. What cannot be read is handed on as it came: a plain `Event`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from ..convert import structure
from ..convert.values import is_nothing
from ..errors import UnexpectedResponse
from ..models import BotChat, BotMessage, BotUser, FrozenDict, Model
from .replies import Answers, Listener, Voice
from .types import (
    BotDeleted,
    BotJoined,
    CommandCalled,
    ContextOpened,
    Event,
    MessageAdded,
    MessageDeleted,
    MessageUpdated,
    ReactionChanged,
    UserJoined,
)

log = logging.getLogger("bitrix_im")

M = TypeVar("M", bound=Model)
Fields = dict[str, Any]

_EPOCH = datetime.fromtimestamp(0, UTC)


def read_event(raw: Mapping[str, Any], listener: Listener, voice: Voice | None, cause: str | None = None) -> Event:
    """Make an event of an entry of a queue: ``{eventId, type, date, data}``.

    *cause* names it among all that the listener hears, where the entry has no id. Raises `UnexpectedResponse` where not
    even the type is there.
    """
    number = raw.get("eventId")
    event_id = None if number is None else structure(number, int, at="$.eventId")
    kind = structure(raw.get("type"), str, at="$.type").upper()
    sent = raw.get("data")
    data: Mapping[str, Any] = FrozenDict(sent) if isinstance(sent, dict) else FrozenDict()
    try:
        date = structure(raw.get("date"), datetime, at="$.date")
    except UnexpectedResponse:
        date = None
    answers = Answers(voice, cause or f"{listener}/{event_id}")
    if kind in _KINDS:
        cls, fields_of = _KINDS[kind]
        try:
            fields = fields_of(data, date)
            return cls(event_id, kind, date, data, listener=listener, answers=answers, **fields)
        except UnexpectedResponse as error:
            log.warning("event %s of type %s is not as documented, and handed on undecoded: %s", event_id, kind, error)
    return Event(event_id, kind, date, data, listener=listener, dialog_id=_place(data), answers=answers)


def from_dict(data: Mapping[str, Any]) -> Event:
    """Make an event of what `Event.to_dict` wrote."""
    if not isinstance(data, Mapping) or not isinstance(data.get("data"), Mapping):
        raise UnexpectedResponse("expected what Event.to_dict wrote, got something else")
    told = data.get("listener") or {}
    try:
        listener = Listener(told.get("kind", "user"), told.get("id", 0))
    except AttributeError:
        raise UnexpectedResponse("expected what Event.to_dict wrote, got another listener", path="$.listener") from None
    raw = {"eventId": data.get("event_id"), **{name: data.get(name) for name in ("type", "date")}}
    return read_event({**raw, "data": dict(data["data"])}, listener, None, data.get("cause"))


def _one(value: Any, kind: type[M], name: str, otherwise: Callable[[], M]) -> M:
    """An object that may come as ``[]``, or as one with id 0 (docs/portal.md#bot-empty-objects)."""
    if is_nothing(value) or (isinstance(value, dict) and value.get("id") in (0, "0", "", None)):
        return otherwise()
    return structure(value, kind, at=f"$.data.{name}")


def _user(data: Mapping[str, Any]) -> BotUser:
    return _one(data.get("user"), BotUser, "user", lambda: BotUser(id=0))


def _chat(data: Mapping[str, Any]) -> BotChat:
    return _one(data.get("chat"), BotChat, "chat", lambda: BotChat(id=0, dialog_id=""))


def _somewhere(data: Mapping[str, Any], _: datetime | None) -> Fields:
    chat, user = _chat(data), _user(data)
    return {"chat": chat, "user": user, "dialog_id": _place(data)}


def _of_message(data: Mapping[str, Any], date: datetime | None) -> Fields:
    sent = data.get("message")
    message = sent
    if isinstance(sent, dict) and not sent.get("date") and set(sent) <= {"id", "chatId"}:
        message = {**sent, "date": (date or _EPOCH).isoformat()}  # of a deleted one, just {id} is told
    read = _one(message, BotMessage, "message", lambda: BotMessage(id=0, date=date or _EPOCH))
    return {**_somewhere(data, date), "message": read}


def _deleted(data: Mapping[str, Any], date: datetime | None) -> Fields:
    return {**_somewhere(data, date), "message_id": structure(data.get("messageId"), int, at="$.data.messageId")}


def _reaction(data: Mapping[str, Any], date: datetime | None) -> Fields:
    return {
        **_of_message(data, date),
        "reaction": structure(data.get("reaction"), str, at="$.data.reaction"),
        "action": structure(data.get("action"), str, at="$.data.action"),
    }


def _command(data: Mapping[str, Any], date: datetime | None) -> Fields:
    command = data.get("command")
    if not isinstance(command, dict):
        raise UnexpectedResponse("expected an object (command) at $.data.command", path="$.data.command")
    params = command.get("params")
    return {
        **_of_message(data, date),
        "command_id": structure(command.get("id"), int, at="$.data.command.id"),
        "name": structure(command.get("command"), str, at="$.data.command.command").removeprefix("/"),
        "params": "" if is_nothing(params) else structure(params, str, at="$.data.command.params"),
        "by": structure(command.get("context") or "", str, at="$.data.command.context").lower(),
    }


def _context(data: Mapping[str, Any], date: datetime | None) -> Fields:
    context = data.get("context")
    return {**_somewhere(data, date), "context": FrozenDict(context if isinstance(context, dict) else {})}


def _nothing(_: Mapping[str, Any], __: datetime | None) -> Fields:
    return {}


def _place(data: Mapping[str, Any]) -> str:
    """Where an event happened, by the first thing that tells (docs/portal.md#bot-reply-to, #bot-empty-chat)."""

    def told(name: str, *keys: str) -> Any:
        inner = data.get(name)
        return next((inner[key] for key in keys if inner.get(key)), None) if isinstance(inner, dict) else None

    for dialog_id in (told("chat", "dialogId"), data.get("dialogId")):
        if isinstance(dialog_id, str | int) and str(dialog_id) not in ("", "0"):
            return str(dialog_id)
    chat_id = told("chat", "id") or told("message", "chatId")
    if chat_id and str(chat_id).isdecimal() and int(chat_id):
        return f"chat{int(chat_id)}"
    user_id = told("user", "id")
    return str(user_id) if user_id and str(user_id).isdecimal() and int(user_id) else ""


_KINDS: Mapping[str, tuple[type[Event], Callable[[Mapping[str, Any], datetime | None], Fields]]] = {
    "ONIMV2MESSAGEADD": (MessageAdded, _of_message),
    "ONIMV2MESSAGEUPDATE": (MessageUpdated, _of_message),
    "ONIMV2MESSAGEDELETE": (MessageDeleted, _deleted),
    "ONIMV2REACTIONCHANGE": (ReactionChanged, _reaction),
    "ONIMV2JOINCHAT": (UserJoined, _somewhere),
    "ONIMBOTV2MESSAGEADD": (MessageAdded, _of_message),
    "ONIMBOTV2MESSAGEUPDATE": (MessageUpdated, _of_message),
    "ONIMBOTV2MESSAGEDELETE": (MessageDeleted, _deleted),
    "ONIMBOTV2REACTIONCHANGE": (ReactionChanged, _reaction),
    "ONIMBOTV2COMMANDADD": (CommandCalled, _command),
    "ONIMBOTV2JOINCHAT": (BotJoined, _somewhere),
    "ONIMBOTV2CONTEXTGET": (ContextOpened, _context),
    "ONIMBOTV2DELETE": (BotDeleted, _nothing),
}
