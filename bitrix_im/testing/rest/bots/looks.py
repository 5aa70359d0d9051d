"""How bots and their chats look: name, position, color, picture."""

import base64
import binascii
import re
from typing import Any

from ...world.records import User
from ..calls import RestError
from ..chats import COLORS
from .calls import text_of

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")


def read(properties: dict[str, Any]) -> dict[str, str]:
    """``properties`` of a bot: what is given, by the names that a user's shape has in im.*."""
    look = {
        name: text_of(properties[given]).strip()
        for given, name in (("name", "first_name"), ("lastName", "last_name"), ("workPosition", "work_position"))
        if properties.get(given) is not None
    }
    if found := color(properties.get("color")):
        look["color"] = found
    if properties.get("gender") in ("M", "F"):
        look["gender"] = properties["gender"]
    if properties.get("avatar"):
        look["avatar"] = picture(properties["avatar"])
    return look


def put_on(person: User, look: dict[str, str]) -> None:
    """Let a bot look so; what is not given stays."""
    rest = dict(look)
    person.first_name = rest.pop("first_name", person.first_name)
    person.last_name = rest.pop("last_name", person.last_name)
    person.look.update(rest)


def color(name: Any) -> str:
    """A color by its name (``mint``, ``lightBlue``); nothing where there is none of that name."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text_of(name))
    return COLORS.get(snake.upper(), "")


def picture(content: Any) -> str:
    """The address of a picture that came in Base64; BOT_AVATAR_INCORRECT_TYPE."""
    try:
        body = base64.b64decode(content if isinstance(content, str) else "", validate=True)
    except (binascii.Error, ValueError):
        body = b""
    if not body.startswith(_PICTURES):
        raise RestError("BOT_AVATAR_INCORRECT_TYPE", "Avatar must be an image")
    return f"https://cdn.bitrix24.test/avatar/{binascii.crc32(body):08x}.png"
