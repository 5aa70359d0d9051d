"""``im.recent.*``: the list of dialogs that a user sees."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..models import RecentItem
from ..paging import Pager, RecentByDate, RecentByOffset
from ..paging.recent import MAX_LIMIT
from . import _parameters as checked
from ._group import Group


@attrs.frozen
class Recent(Group):
    """The recent dialogs of the user who calls."""

    async def get(
        self,
        *,
        last_sync_date: datetime | None = None,
        skip_openlines: bool = False,
        skip_chat: bool = False,
        skip_dialog: bool = False,
        only_openlines: bool = False,
    ) -> list[RecentItem]:
        """Dialogs changed in the last 30 days, in one list (``im.recent.get``).

        With *last_sync_date* (LAST_SYNC_DATE, aware) those changed since then, at most 7 days back. *skip_openlines*,
        *skip_chat*, *skip_dialog*, *only_openlines* are the flags of the same REST names. Also holds kinds that
        `list` leaves out, such as task chats. Raises `ValueError` for a naive datetime.
        """
        params = checked.flags(
            skip_openlines=skip_openlines,
            skip_chat=skip_chat,
            skip_dialog=skip_dialog,
            only_openlines=only_openlines,
        )
        since = checked.aware("last_sync_date", last_sync_date)
        return await self._ask(list[RecentItem], "im.recent.get", {**params, "LAST_SYNC_DATE": since})

    async def pin(self, dialog_id: str | int, pinned: bool = True) -> None:
        """Pin a dialog to the top of the list, or unpin it with ``pinned=False`` (``im.recent.pin``, PIN)."""
        params = {"DIALOG_ID": checked.dialog_id(dialog_id), "PIN": checked.flag("pinned", pinned)}
        await self._do("im.recent.pin", params)

    async def hide(self, dialog_id: str | int) -> None:
        """Take a dialog out of the list until something new is written in it (``im.recent.hide``)."""
        await self._do("im.recent.hide", {"DIALOG_ID": checked.dialog_id(dialog_id)})

    async def unread(self, dialog_id: str | int, unread: bool = True) -> None:
        """Set a dialog's unread mark, or take it away with ``unread=False`` (``im.recent.unread``, ACTION)."""
        params = {"DIALOG_ID": checked.dialog_id(dialog_id), "ACTION": checked.flag("unread", unread)}
        await self._do("im.recent.unread", params)

    def list(
        self,
        *,
        last_message_date: datetime | None = None,
        skip_openlines: bool = False,
        skip_dialog: bool = False,
        skip_chat: bool = False,
        skip_undistributed_openlines: bool = False,
        unread_only: bool = False,
        only_copilot: bool = False,
        only_channel: bool = False,
        can_manage_messages: bool = False,
        parse_text: bool = False,
        get_original_text: bool = False,
        page_size: int = MAX_LIMIT,
        catch_up: bool = True,
    ) -> Pager[RecentItem]:
        """Walk all recent dialogs: pinned first, then by last activity, newest first (``im.recent.list``).

        Each dialog once, by OFFSET and LIMIT; with *last_message_date* (LAST_MESSAGE_DATE, aware, to the second) those
        with their last activity at or before it, by date. *page_size* is LIMIT, 1 to 200. The flags have the REST
        parameters' names. After the last page the walk reads again from the top and yields the dialogs that had risen
        past it meanwhile; *catch_up=False* leaves that out. A walk of one page needs no such look. Open lines that wait
        in the queue come behind the list, private dialogs that show no message last of all.

        Where 200 or more dialogs of one second stop a walk by date, it goes on by offset, from the top of the list.

        Raises `ValueError` for a naive datetime or a page size out of range; while it walks, `WalkStalled` where the
        portal answers the same page for ever, or dialogs move faster than they can be read.
        """
        params = checked.flags(
            skip_openlines=skip_openlines,
            skip_dialog=skip_dialog,
            skip_chat=skip_chat,
            skip_undistributed_openlines=skip_undistributed_openlines,
            unread_only=unread_only,
            only_copilot=only_copilot,
            only_channel=only_channel,
            can_manage_messages=can_manage_messages,
            parse_text=parse_text,
            get_original_text=get_original_text,
        )
        size = checked.page_size(page_size, MAX_LIMIT)
        date = checked.aware("last_message_date", last_message_date)
        if date is None:
            return Pager(self._caller, RecentByOffset(params, page_size=size, catch_up=catch_up))
        return Pager(self._caller, RecentByDate(params, date, page_size=size, catch_up=catch_up))
