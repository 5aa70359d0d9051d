"""An event as it came, how it is answered, and how the class of its type is found."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar

import attrs

from ..convert import structure
from ..errors import UnexpectedResponse
from ..markup import bb
from ..markup.attach import Attach
from ..markup.keyboard import Keyboard
from ..models import EMPTY, FrozenDict
from .places import place_of
from .replies import Answers, Listener, Typing, Voice

log = logging.getLogger("bitrix_im")

E = TypeVar("E", bound="Event")
Fields = dict[str, Any]


@attrs.frozen(kw_only=True)
class Event:
    """Something that happened. What is of no known type, or of an unreadable shape, arrives as just this.

    ``event_id`` is None where a webhook brought it. ``data`` is what the portal sent, under its names.
    """

    event_id: int | None = attrs.field(kw_only=False)
    type: str = attrs.field(kw_only=False)
    """``"ONIMV2MESSAGEADD"``, ``"ONIMBOTV2COMMANDADD"``, …"""
    date: datetime | None = attrs.field(kw_only=False, default=None)
    data: Mapping[str, Any] = attrs.field(kw_only=False, default=EMPTY, repr=False, hash=False)
    listener: Listener | None = attrs.field(default=None, repr=False)
    """Whose event it is: a user or a bot."""
    dialog_id: str = ""
    """Where it happened, and where replies go: ``"chat12"`` or a user's id; empty where it happened nowhere."""
    _answers: Answers = attrs.field(factory=lambda: Answers(None, ""), eq=False, repr=False, alias="answers")

    @staticmethod
    def _fields(data: Mapping[str, Any], date: datetime | None) -> Fields:
        """What a class has besides; raises `UnexpectedResponse` where *data* is not as documented."""
        return {}

    @property
    def is_mine(self) -> bool:
        """Whether the listener did it."""
        return False

    @property
    def order_key(self) -> str:
        """Events with the same key come, and must be handled, in order."""
        return self.dialog_id

    async def reply(
        self,
        text: str,
        *,
        keyboard: Keyboard | None = None,
        attach: Attach | None = None,
        reply_to: int | None = None,
        url_preview: bool | None = None,
        system: bool = False,
    ) -> int | None:
        """Send *text* to the dialog of this event, and return the message's id.

        A bot sends by ``imbot.v2.Chat.Message.send``, or where it is no member by ``imbot.v2.Command.answer``, which
        tells no id; a user by ``im.message.add``. The message has a key made of the listener, this event, and how many
        replies came before: handling the event again, after a crash, sends nothing twice. A *system* message and a
        command's answer have no key, and are sent again.

        *text* is markup: `bb.escape` what people wrote. Raises `ValueError` for more than 20,000 characters (use
        `reply_long`), or neither text nor attachment; `RuntimeError` for an event that no stream brought.
        """
        voice = self._answers.needed()
        check_text(text, attach)
        options = {"keyboard": keyboard, "attach": attach, "reply_to": reply_to, "url_preview": url_preview}
        return await voice.say(self, text, self._answers.next_key(), {**options, "system": system})

    async def reply_long(
        self,
        text: str,
        *,
        keyboard: Keyboard | None = None,
        attach: Attach | None = None,
        reply_to: int | None = None,
        url_preview: bool | None = None,
    ) -> list[int]:
        """Send *text* in as many messages as it needs, and return their ids: `bb.split` cuts it, never inside a tag.

        *reply_to* goes with the first message, *keyboard* and *attach* with the last. Otherwise as `reply`.
        """
        sent: list[int] = []
        *parts, last = bb.split(text)
        for part in parts:
            number = await self.reply(part, reply_to=reply_to, url_preview=url_preview)
            sent += [] if number is None else [number]
            reply_to = None
        number = await self.reply(last, keyboard=keyboard, attach=attach, reply_to=reply_to, url_preview=url_preview)
        return sent if number is None else [*sent, number]

    def typing(self, status: str | None = None) -> Typing:
        """``async with event.typing():`` shows that an answer is being made, and renews that while inside.

        *status* is what a bot is said to do (``"thinking"``, ``"searching"``, …: ``imbot.v2.Chat.InputAction.notify``).
        """
        return Typing(self._answers.needed(), self.dialog_id, status)

    def again(self) -> Self:
        """The same event for another attempt at handling it: its replies are counted from the beginning."""
        return attrs.evolve(self, answers=self._answers.anew())

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON values, to keep it in an inbox; `from_dict` makes it again."""
        return {
            "event_id": self.event_id,
            "type": self.type,
            "date": self.date and self.date.isoformat(),
            "data": dict(self.data),
            "listener": self.listener and attrs.asdict(self.listener),
            "cause": self._answers.cause,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """The event that `to_dict` wrote, of the class of its type. Raises `UnexpectedResponse` for anything else."""
        told = data.get("listener") if isinstance(data, Mapping) else None
        if not isinstance(data, Mapping) or not isinstance(data.get("data"), Mapping) or not _is_listener(told):
            raise UnexpectedResponse("expected what Event.to_dict wrote, got something else")
        listener = Listener(told["kind"], told["id"]) if told else None
        raw = {"eventId": data.get("event_id"), **{name: data.get(name) for name in ("type", "date")}}
        return read_event({**raw, "data": dict(data["data"])}, listener, cause=data.get("cause"))

    def __reduce__(self) -> Any:
        return Event.from_dict, (self.to_dict(),)


_CLASSES: dict[str, type[Event]] = {}


def typed(*names: str) -> Callable[[type[E]], type[E]]:
    """Let a class stand for the events of these types."""

    def register(cls: type[E]) -> type[E]:
        _CLASSES.update(dict.fromkeys(names, cls))
        return cls

    return register


def read_event(
    raw: Mapping[str, Any], listener: Listener | None, voice: Voice | None = None, cause: str | None = None
) -> Event:
    """Make an event of an entry of a queue: ``{eventId, type, date, data}``.

    What cannot be read is handed on as it came: a plain `Event`. *cause* names it among all that the listener hears,
    where the entry has no id. Raises `UnexpectedResponse` where not even the type is there.
    """
    number = raw.get("eventId")
    event_id = None if number is None else structure(number, int, at="$.eventId")
    kind = structure(raw.get("type"), str, at="$.type").upper()
    sent = raw.get("data")
    data: Mapping[str, Any] = FrozenDict(sent) if isinstance(sent, dict) else EMPTY
    try:
        date = structure(raw.get("date"), datetime, at="$.date")
    except UnexpectedResponse:
        date = None
    cls, fields = _CLASSES.get(kind, Event), Fields()
    try:
        fields = cls._fields(data, date)
    except UnexpectedResponse as error:
        log.warning("event %s of type %s is not as documented, and handed on undecoded: %s", event_id, kind, error)
        cls = Event
    answers = Answers(voice, cause or f"{listener}/{event_id}")
    return cls(event_id, kind, date, data, listener=listener, dialog_id=place_of(data), answers=answers, **fields)


def entries_of(result: Any) -> dict[int, Mapping[str, Any]]:
    """The entries of a page, by id; what has no id or type is no event."""
    page = result if isinstance(result, dict) else {}
    entries: dict[int, Mapping[str, Any]] = {}
    for entry in structure(page.get("events"), list[Any], at="$.result.events"):
        try:
            entries[structure(entry["eventId"], int)] = {**entry, "type": str(entry["type"])}
        except (UnexpectedResponse, KeyError, TypeError):
            log.warning("an entry without an id or a type is no event")
    return entries


def _is_listener(told: Any) -> bool:
    return told is None or (isinstance(told, Mapping) and {"kind", "id"} <= told.keys())


def check_text(text: str, attach: object = None) -> None:
    """Refuse what the portal would refuse, or cut without a word. Raises `ValueError`."""
    if not isinstance(text, str) or (not text.strip() and attach is None):
        raise ValueError(f"expected a text or an attachment, got {'neither' if isinstance(text, str) else repr(text)}")
    if len(text) > bb.LIMIT:
        raise ValueError(
            f"expected a text of at most {bb.LIMIT} characters, got {len(text)}: "
            "event.reply_long sends it in parts, bb.split makes them"
        )
