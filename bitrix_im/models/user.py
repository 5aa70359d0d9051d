"""People and bots."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import attrs

from ..convert import Shape, camel_case, wired
from ..convert.values import text_or_nothing
from .base import Model


@attrs.frozen(kw_only=True, repr=False)
class Phones(Model):
    """A user's telephone numbers, as they were typed in; empty where not told."""

    personal_mobile: Annotated[str, wired(run="rarely")] = ""
    work_phone: str = ""
    inner_phone: str = ""
    """The extension."""
    personal_phone: str = ""


@attrs.frozen(kw_only=True, repr=False)
class User(Model):
    """A user, bot or outside correspondent. Texts are empty and flags False where the portal does not tell."""

    _also_spelled: ClassVar = camel_case
    _brief = ("id", "name")

    id: int
    name: str = ""
    """First and last name together."""
    first_name: str = ""
    last_name: str = ""
    work_position: str = ""
    gender: str = ""
    """``"M"``, ``"F"`` or empty."""
    birthday: Annotated[str, wired(reader=text_or_nothing)] = ""
    """``"DD-MM"`` or empty."""
    email: str = ""
    website: str = ""
    phones: Phones | None = None
    departments: tuple[int, ...] = ()
    """Department ids."""

    avatar: str = ""
    """Link to the picture, empty when there is none."""
    avatar_hr: str = ""
    """The same, in high resolution."""
    color: str = ""
    """``"#rrggbb"``."""

    type: str = ""
    """``"user"``, ``"bot"``, ``"extranet"``, …"""
    active: bool = True
    """False when dismissed."""
    extranet: bool = False
    """From outside the company."""
    network: bool = False
    """From Bitrix24.Network."""
    bot: bool = False
    connector: bool = False
    """A customer writing through an open line."""
    external_auth_id: str = ""
    bot_data: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    """What a bot tells of itself (``code``, ``type``, ``app_id``, …); None for people."""

    status: str = ""
    """The chosen status; today's messenger always says ``"online"``."""
    idle: datetime | None = None
    """Away from the keyboard since."""
    absent: datetime | None = None
    """On leave until."""
    last_activity_date: datetime | None = None
    mobile_last_date: datetime | None = None
    desktop_last_date: datetime | None = None

    @staticmethod
    def _is_nobody(data: Mapping[str, Any]) -> bool:
        return data.get("id") in (0, "0")


USER_IN_CAMEL_CASE = Shape(
    {field.name: camel_case(field.name) for field in attrs.fields(User) if field.name != "extra"}
)
"""How searches spell a user."""
