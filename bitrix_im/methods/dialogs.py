"""``im.dialog.*``, but for messages: a dialog, its members, its read marks."""

from __future__ import annotations

import attrs

from ..models import Chat, ReadMark, User
from ..paging import OffsetList, Pager
from . import _parameters as checked
from ._group import Group

_MOST_USERS = 200


@attrs.frozen
class Dialogs(Group):
    """Dialogs: ``"chat12"``, ``"sg3"`` or a user's id."""

    async def get(self, dialog_id: str | int) -> Chat:
        """What there is to know of a dialog (``im.dialog.get``).

        Raises `AccessError` when the user is not in it.
        """
        return await self._ask(Chat, "im.dialog.get", {"DIALOG_ID": checked.dialog_id(dialog_id)})

    def users(self, dialog_id: str | int, *, skip_external: bool = False, page_size: int = _MOST_USERS) -> Pager[User]:
        """Walk a dialog's members (``im.dialog.users.list``).

        *skip_external* (SKIP_EXTERNAL) leaves out bots and others that are no people of the portal. *page_size* is
        LIMIT, 1 to 200. A page can be short, even empty, long before the end.
        """
        params = {"DIALOG_ID": checked.dialog_id(dialog_id), **checked.flags(skip_external=skip_external)}
        size = checked.page_size(page_size, _MOST_USERS)
        return Pager(self._caller, OffsetList("im.dialog.users.list", User, params, page_size=size))

    async def read(self, dialog_id: str | int, message_id: int | None = None) -> ReadMark | None:
        """Mark a dialog as read, up to a message or all of it (``im.dialog.read``, MESSAGE_ID).

        Returns how far it is read now; None where there is no such chat yet.
        """
        params = {
            "DIALOG_ID": checked.dialog_id(dialog_id),
            "MESSAGE_ID": checked.message_id("message_id", message_id, 1),
        }
        return await self._ask(ReadMark | None, "im.dialog.read", params)  # type: ignore[arg-type]

    async def read_all(self) -> None:
        """Mark all dialogs as read (``im.dialog.read.all``)."""
        await self._do("im.dialog.read.all")

    async def unread(self, dialog_id: str | int, message_id: int) -> None:
        """Mark a dialog as unread from a message on, this one included (``im.dialog.unread``, MESSAGE_ID)."""
        params = {"DIALOG_ID": checked.dialog_id(dialog_id), "MESSAGE_ID": checked.number("message_id", message_id)}
        await self._do("im.dialog.unread", params)

    async def typing(self, dialog_id: str | int) -> None:
        """Show the others of a dialog that the user is typing (``im.dialog.writing``)."""
        await self._do("im.dialog.writing", {"DIALOG_ID": checked.dialog_id(dialog_id)})
