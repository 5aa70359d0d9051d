"""``im.chat.*``: group chats and who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import attrs

from ..convert import wired
from ..models import Model
from . import _parameters as checked
from ._group import Group

_KINDS = {"chat": "CHAT", "open": "OPEN"}


@attrs.frozen(kw_only=True, repr=False)
class _Found(Model):
    id: Annotated[int, wired("ID")] = 0


@attrs.frozen
class Chats(Group):
    """Group chats. *chat_id* is the number in ``"chat12"``."""

    async def create(
        self,
        title: str | None = None,
        *,
        users: Iterable[int] = (),
        kind: Literal["chat", "open"] = "chat",
        description: str | None = None,
        color: str | None = None,
        message: str | None = None,
        avatar: bytes | None = None,
        entity_type: str | None = None,
        entity_id: str | None = None,
    ) -> int:
        """Create a chat and return its id (``im.chat.add``).

        Whoever calls owns it; *users* (USERS) join. *kind* (TYPE) ``"open"`` lets anybody join. Without a *title* the
        portal makes one. *color* (COLOR) is one of its names (``"MINT"``, ``"PINK"``, …), *avatar* (AVATAR) a picture
        of at most 5000 by 5000 pixels, *message* (MESSAGE) the first one. *entity_type* and *entity_id* say what the
        chat belongs to: `find` finds it by them.

        Not tried again after an unknown outcome: twice would be two chats. Raises `ValueError` for values of the wrong
        kind.
        """
        params = {
            "TYPE": checked.one_of("kind", kind, _KINDS),
            "TITLE": checked.maybe("title", title),
            "USERS": checked.numbers("users", users) or None,
            "DESCRIPTION": checked.maybe("description", description),
            "COLOR": checked.maybe("color", color),
            "MESSAGE": checked.maybe_message("message", message),
            "AVATAR": None if avatar is None else checked.image("avatar", avatar),
            "ENTITY_TYPE": checked.maybe("entity_type", entity_type),
            "ENTITY_ID": checked.maybe("entity_id", entity_id),
        }
        return await self._ask(int, "im.chat.add", params)

    async def find(self, entity_type: str, entity_id: str) -> int | None:
        """The id of the chat that belongs to something, None where there is none (``im.chat.get``).

        For a deal: ``find("CRM", "DEAL|1663")``, for a task ``find("TASKS", "8293")`` (ENTITY_TYPE, ENTITY_ID).
        """
        params = {
            "ENTITY_TYPE": checked.word("entity_type", entity_type),
            "ENTITY_ID": checked.word("entity_id", entity_id),
        }
        return (await self._ask(_Found, "im.chat.get", params)).id or None

    async def leave(self, chat_id: int) -> None:
        """Leave a chat (``im.chat.leave``): it is gone from the list, and its history can no longer be read.

        Raises `AccessError` when the user is not in the chat.
        """
        await self._do("im.chat.leave", {"CHAT_ID": checked.number("chat_id", chat_id)})

    async def mute(self, dialog_id: str | int, muted: bool = True) -> None:
        """Switch a dialog's notifications off, or on again with ``muted=False`` (``im.chat.mute``, MUTE)."""
        params = {"DIALOG_ID": checked.dialog_id(dialog_id), "MUTE": checked.flag("muted", muted)}
        await self._do("im.chat.mute", params)

    async def set_owner(self, chat_id: int, user_id: int) -> None:
        """Make another member the owner of a chat (``im.chat.setOwner``). Only its owner may."""
        params = {"CHAT_ID": checked.number("chat_id", chat_id), "USER_ID": checked.number("user_id", user_id)}
        await self._do("im.chat.setOwner", params)

    async def set_avatar(self, chat_id: int, image: bytes) -> None:
        """Give a chat a picture of at most 5000 by 5000 pixels (``im.chat.updateAvatar``, AVATAR)."""
        params = {"CHAT_ID": checked.number("chat_id", chat_id), "AVATAR": checked.image("image", image)}
        await self._do("im.chat.updateAvatar", params)

    async def set_color(self, chat_id: int, color: str) -> None:
        """Give a chat a color, by its name: ``"MINT"``, ``"PINK"``, … (``im.chat.updateColor``, COLOR)."""
        params = {"CHAT_ID": checked.number("chat_id", chat_id), "COLOR": checked.word("color", color)}
        await self._do("im.chat.updateColor", params)

    async def rename(self, chat_id: int, title: str) -> None:
        """Give a chat another title (``im.chat.updateTitle``, TITLE); the portal posts a line about it."""
        params = {"CHAT_ID": checked.number("chat_id", chat_id), "TITLE": checked.word("title", title)}
        await self._do("im.chat.updateTitle", params)

    async def add_users(self, chat_id: int, users: Iterable[int], *, hide_history: bool = False) -> None:
        """Add users to a chat (``im.chat.user.add``, USERS).

        With *hide_history* (HIDE_HISTORY) they see only what is written from now on. Who is in it already stays.
        """
        params = {
            "CHAT_ID": checked.number("chat_id", chat_id),
            "USERS": checked.some("users", users),
            **checked.flags(hide_history=hide_history),
        }
        await self._do("im.chat.user.add", params)

    async def remove_user(self, chat_id: int, user_id: int) -> None:
        """Remove a user from a chat (``im.chat.user.delete``, USER_ID). Raises `AccessError` for who may not."""
        params = {"CHAT_ID": checked.number("chat_id", chat_id), "USER_ID": checked.number("user_id", user_id)}
        await self._do("im.chat.user.delete", params)

    async def user_ids(self, chat_id: int) -> list[int]:
        """The ids of a chat's members (``im.chat.user.list``); `Dialogs.users` gives the users themselves."""
        return await self._ask(list[int], "im.chat.user.list", {"CHAT_ID": checked.number("chat_id", chat_id)})
