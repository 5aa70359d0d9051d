"""``imbot.v2.Chat.*``: the chats of a bot, and who is in them."""

from __future__ import annotations

from collections.abc import Iterable

from ..methods import _parameters as checked
from ..models import BotChat, BotUser
from .owner import Owner, given

_MOST_USERS = 200


class BotChats(Owner):
    """Chats as the bot sees and keeps them."""

    async def create(
        self,
        title: str | None = None,
        *,
        users: Iterable[int] = (),
        owner: int | None = None,
        description: str | None = None,
        color: str | None = None,
        avatar: bytes | None = None,
        message: str | None = None,
    ) -> BotChat:
        """Create a chat, and return it (``imbot.v2.Chat.add``). The bot owns it, or *owner*.

        *users* (userIds) join. Not tried again after an unknown outcome: twice would be two chats.
        """
        fields = given(
            title=checked.maybe("title", title),
            description=checked.maybe("description", description),
            color=checked.maybe("color", color),
            avatar=None if avatar is None else checked.image("avatar", avatar),
            userIds=checked.numbers("users", users) or None,
            ownerId=None if owner is None else checked.number("owner", owner),
            message=None if message is None else checked.message("message", message),
        )
        return await self._ask(BotChat, "Chat.add", {"fields": fields}, part="chat")

    async def get(self, dialog_id: str | int) -> BotChat:
        """A chat (``imbot.v2.Chat.get``). Raises `AccessError` where the bot is no member."""
        return await self._ask(BotChat, "Chat.get", _at(dialog_id), part="chat")

    async def update(
        self,
        dialog_id: str | int,
        *,
        title: str | None = None,
        description: str | None = None,
        color: str | None = None,
        avatar: bytes | None = None,
    ) -> None:
        """Change a chat; what is None stays as it is (``imbot.v2.Chat.update``)."""
        fields = given(
            title=checked.maybe("title", title),
            description=checked.maybe("description", description),
            color=checked.maybe("color", color),
            avatar=None if avatar is None else checked.image("avatar", avatar),
        )
        await self._do("Chat.update", {**_at(dialog_id), "fields": fields})

    async def leave(self, dialog_id: str | int) -> None:
        """Leave a chat (``imbot.v2.Chat.leave``)."""
        await self._do("Chat.leave", _at(dialog_id))

    async def set_owner(self, dialog_id: str | int, user_id: int) -> None:
        """Give a chat to somebody, who must be in it: the portal does not check that (``imbot.v2.Chat.setOwner``)."""
        await self._do("Chat.setOwner", {**_at(dialog_id), "userId": checked.number("user_id", user_id)})

    async def users(self, dialog_id: str | int, *, limit: int = _MOST_USERS) -> list[BotUser]:
        """The first members of a chat, at most 200: there are no pages (``imbot.v2.Chat.User.list``)."""
        told = {**_at(dialog_id), "limit": checked.page_size(limit, _MOST_USERS)}
        return await self._ask(list[BotUser], "Chat.User.list", told)

    async def add_users(self, dialog_id: str | int, users: Iterable[int]) -> None:
        """Take people into a chat (``imbot.v2.Chat.User.add``)."""
        await self._do("Chat.User.add", {**_at(dialog_id), "userIds": checked.some("users", users)})

    async def remove_user(self, dialog_id: str | int, user_id: int) -> None:
        """Take somebody out of a chat (``imbot.v2.Chat.User.delete``)."""
        await self._do("Chat.User.delete", {**_at(dialog_id), "userId": checked.number("user_id", user_id)})

    async def add_managers(self, dialog_id: str | int, users: Iterable[int]) -> None:
        """Make members managers (``imbot.v2.Chat.Manager.add``)."""
        await self._do("Chat.Manager.add", {**_at(dialog_id), "userIds": checked.some("users", users)})

    async def remove_managers(self, dialog_id: str | int, users: Iterable[int]) -> None:
        """Make managers plain members again (``imbot.v2.Chat.Manager.delete``)."""
        await self._do("Chat.Manager.delete", {**_at(dialog_id), "userIds": checked.some("users", users)})


def _at(dialog_id: str | int) -> dict[str, str]:
    return {"dialogId": checked.dialog_id(dialog_id)}
