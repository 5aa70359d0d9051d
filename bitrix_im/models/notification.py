"""Notifications and what may be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import attrs

from ..convert import EMPTY, joined, wired
from ..convert.frozen import fill
from ..convert.values import is_no_date, is_nothing, number_or_nothing, text_or_nothing
from .base import NO_DATE, Model
from .user import User

CONFIRMATION = 1
"""The ``notify_type`` of a notification that asks for an answer."""


@attrs.frozen(kw_only=True, repr=False)
class Notification(Model):
    """A notification of the user who calls."""

    _brief = ("id", "notify_module", "text")

    id: int
    chat_id: int = 0
    """The chat that holds the user's notifications."""
    author_id: Annotated[int, wired(reader=number_or_nothing, strict=True)] = 0
    """Who caused it, 0 for the system."""
    date: Annotated[datetime, wired(strict=True, unless=is_no_date)] = NO_DATE
    """1970-01-01 in UTC where the portal has none; a zero date that it sent (``0000-00-00``) stays in ``extra``."""
    notify_type: Annotated[int, wired(reader=number_or_nothing, strict=True)] = 0
    """1 asks for a confirmation, 2 comes of a person, 3 and 4 of the system."""
    notify_module: str = ""
    """Which module it comes from: ``"tasks"``, ``"rest"``, …"""
    notify_event: str = ""
    notify_tag: str = ""
    """A newer notification with this tag replaces it."""
    notify_sub_tag: str = ""
    notify_title: str = ""
    setting_name: str = ""
    """``"module|event"``: what `NotificationModule` calls it."""
    text: Annotated[str, wired(reader=text_or_nothing, strict=True)] = ""
    notify_read: bool = False
    params: Mapping[str, Any] = attrs.field(default=EMPTY, hash=False)
    notify_buttons: Annotated[Any, wired(run="rarely")] = attrs.field(default=None, hash=False)
    """The buttons of a confirmation, as the server sent them (JSON text)."""

    author: Annotated[User | None, joined] = None
    """The user of ``author_id``, None for the system and where the page does not hold that user."""


@attrs.frozen(kw_only=True, repr=False)
class NotificationsPage(Model):
    """One answer of ``im.notify.get`` or ``im.notify.history.search``."""

    _brief = ("chat_id", "notifications")

    notifications: tuple[Notification, ...]
    users: tuple[User, ...] = ()
    chat_id: Annotated[int, wired(run="rarely")] = 0
    total_count: int = 0
    total_unread_count: int = 0
    total_results: int = 0
    """Of a search: how many it finds; told on its first page only."""

    @staticmethod
    def _prepare(data: Any) -> Any:
        """Nothing at all is an empty page."""
        return {"notifications": []} if is_nothing(data) else data

    def _join(self) -> None:
        """Give the notifications their authors."""
        users = {user.id: user for user in self.users}
        for notification in self.notifications:
            if notification.author_id in users:
                fill(notification, "author", users[notification.author_id])


@attrs.frozen(kw_only=True, repr=False)
class NotificationSetting(Model):
    """A kind of notification that a user can switch on and off."""

    _spelled: ClassVar = str.upper

    id: str = ""
    """``"module|event"``."""
    name: str = ""


def _settings(value: Any) -> Any:
    """The kinds of a module in a list, or in an object under their names."""
    return list(value.values()) if type(value) is dict else value


@attrs.frozen(kw_only=True, repr=False)
class NotificationModule(Model):
    """A module that sends notifications, with their kinds (``im.notify.schema.get``)."""

    _spelled: ClassVar = str.upper
    _brief = ("module_id", "name")

    module_id: str = ""
    name: str = ""
    list: Annotated[tuple[NotificationSetting, ...], wired(prepare=_settings)] = ()
