"""What a REST method gets and gives: its parameters, its answer, its error."""

import re
from collections.abc import Callable, Collection
from datetime import timezone
from random import Random
from typing import Any

import attrs

from ..php import values as php
from ..quirks import Quirks
from ..world.queues import Feed
from ..world.records import Chat, Seat
from ..world.viewer import Viewer
from ..world.world import World

_DIGITS = re.compile(r"[0-9]+\n?")
_DIALOG = re.compile(r"(?:(chat|sg|crm)([0-9]+)|([0-9]+))", re.IGNORECASE)


class RestError(Exception):
    """An error that a method answers."""

    def __init__(self, code: str, description: str = "", status: int = 400, **arguments: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.body = {"error": code, "error_description": description, **arguments}


@attrs.frozen
class Answer:
    """A method's result, with what the envelope says about paging."""

    result: Any
    total: int | None = None
    next: int | None = None


class Params:
    """A command's parameters: names without regard to case, values read with PHP's casts."""

    def __init__(self, raw: dict[Any, Any]) -> None:
        self.raw = {str(name).upper(): value for name, value in raw.items()}

    def has(self, name: str) -> bool:
        """PHP's ``isset``: given, and not null."""
        return self.raw.get(name) is not None

    def flag(self, name: str) -> bool:
        """A Y/N flag: the string ``"Y"`` and nothing else, not even JSON's true."""
        value = self.raw.get(name)
        return isinstance(value, str) and value == "Y"

    def integer(self, name: str, default: int = 0) -> int:
        """A number by PHP's ``(int)``."""
        return php.to_int(self.raw[name]) if self.has(name) else default

    def text(self, name: str) -> str:
        """A string; an array there is an uncaught TypeError."""
        return php.to_str(self.raw.get(name))

    def limit(self, default: int, most: int, *, least: int | None = None) -> int:
        """LIMIT, clamped to *most*; where it is 0 or less, *least* (by default *default*)."""
        limit = self.integer("LIMIT", default)
        return min(limit, most) if limit > 0 else (default if least is None else least)

    def offset(self) -> int:
        """Where a page begins: the generic ``start`` beats OFFSET where it is above 0 (docs/portal.md#start)."""
        start = self.integer("START")
        return start if start > 0 else max(0, self.integer("OFFSET"))

    def moment(self, name: str, zone: timezone) -> int | None:
        """A datetime as Unix seconds; None when not given, or in a form that the server drops."""
        return php.moment(self.raw[name], zone) if self.has(name) else None

    def message_id(self, name: str) -> int | None:
        """FIRST_ID or LAST_ID: None when not given, ``…_STRING`` when it is not all digits.

        PHP's ``$`` also matches before a line feed at the end, which is what makes safe links possible
        (docs/portal.md#safe-links).
        """
        if not self.has(name):
            return None
        text = php.to_str(self.raw[name])
        if not _DIGITS.fullmatch(text):
            raise RestError(f"{name}_STRING", f"{name} can't be string")
        return php.to_int(text)


@attrs.frozen
class Context:
    """What a method works on, and for whom."""

    world: World
    viewer: Viewer
    """The user who calls: what they see."""
    quirks: Quirks
    random: Random
    feed: Feed
    methods: Collection[str] = ()
    """Names of all that can be called."""
    root: str = ""
    """The address that the caller's credentials are good for, to make links with."""
    application: str = ""
    """The application that calls, by its client_id; none where a webhook calls."""
    scopes: Collection[str] = ()
    """What the caller may use."""
    installed: bool = True
    """Whether the calling application was installed to the end."""

    @property
    def me(self) -> int:
        """The id of the user who calls."""
        return self.viewer.user_id

    def seat(self, chat: Chat) -> Seat:
        """The caller's place in a chat."""
        return self.viewer.seat(chat)


Method = Callable[[Context, Params], Answer]


def in_scope(method: str, scopes: Collection[str]) -> bool:
    """Whether a method may be called; those without a scope of the messenger always may."""
    scope = method.lower().partition(".")[0]
    return scope not in ("im", "imbot") or scope in scopes


def accessible(ctx: Context, params: Params) -> Seat:
    """The caller's place in the chat of DIALOG_ID, created where the server creates it; ACCESS_ERROR for strangers."""
    seat = ctx.viewer.find(dialog_id(params))
    if seat is None or not seat.joined:
        raise RestError("ACCESS_ERROR", "You do not have access to the specified dialog", 403)
    return seat


def chat_of(ctx: Context, params: Params) -> Chat:
    """The group chat of CHAT_ID (or DIALOG_ID) that the caller is in."""
    if params.integer("CHAT_ID") <= 0 and not params.has("DIALOG_ID"):
        raise RestError("CHAT_ID_EMPTY", "Chat ID can't be empty")
    return accessible(ctx, params).chat


def numbers(value: Any) -> list[int]:
    """Ids given as a PHP array; what is no positive number is left out."""
    return [number for number in map(php.to_int, php.values(value)) if number > 0]


def dialog_id(params: Params) -> str:
    """DIALOG_ID as ``chatN``, ``sgN``, ``crmN`` or a user's number, or CHAT_ID as ``chatN``; else DIALOG_ID_EMPTY.

    Compared without regard to case; ``0`` and nonsense count as empty (docs/portal.md#dialog-id).
    """
    if not params.has("DIALOG_ID") and (chat_id := params.integer("CHAT_ID")) > 0:
        return f"chat{chat_id}"
    found = _DIALOG.fullmatch(params.text("DIALOG_ID").strip())
    if found is None or (found[3] is not None and int(found[3]) == 0):
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    return str(int(found[3])) if found[3] is not None else f"{found[1].lower()}{int(found[2])}"
