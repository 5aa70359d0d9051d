"""What a REST method gets and gives: its parameters, its answer, its error."""

from collections.abc import Callable
from random import Random
from typing import Any

import attrs

from ..php import values as php
from ..quirks import Quirks
from ..world.records import Chat, Seat
from ..world.viewer import Viewer
from ..world.world import World


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

    def message_id(self, name: str) -> int | None:
        """FIRST_ID or LAST_ID: None when not given, ``…_STRING`` when it is no number."""
        if not self.has(name):
            return None
        text = php.to_str(self.raw[name])
        if not php.is_numeric(text):
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

    @property
    def me(self) -> int:
        """The id of the user who calls."""
        return self.viewer.user_id

    def seat(self, chat: Chat) -> Seat:
        """The caller's place in a chat."""
        return self.viewer.seat(chat)


Method = Callable[[Context, Params], Answer]


def dialog_id(params: Params) -> str:
    """DIALOG_ID as ``chatN``, ``sgN`` or a user's number; ``0`` and nonsense count as empty."""
    text = params.text("DIALOG_ID").strip()
    for prefix in ("chat", "sg"):
        if text.startswith(prefix) and text[len(prefix) :].isdigit() and int(text[len(prefix) :]):
            return f"{prefix}{int(text[len(prefix) :])}"
    number = php.to_int(text)
    if number <= 0:
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    return str(number)
