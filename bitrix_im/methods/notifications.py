"""``im.notify.*``: what the portal and others notify a user of."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import attrs

from ..convert import wired
from ..convert.values import one_or_many, text
from ..models import Model, Notification, NotificationModule
from ..paging import NotificationList, NotificationSearch, Pager
from ..paging.by_id import MOST_NOTIFICATIONS
from . import _parameters as checked
from ._group import Group

Attach = Mapping[str, Any] | Sequence[Any]


@attrs.frozen(kw_only=True, repr=False)
class _Said(Model):
    """What the portal says after a confirmation or an answer."""

    result_message: Annotated[tuple[str, ...], wired(reader=one_or_many(text))] = ()


@attrs.frozen
class Notifications(Group):
    """Notifications of the user who calls, and sending them to others."""

    async def send(
        self,
        user_id: int,
        text: str,
        *,
        out_text: str | None = None,
        tag: str | None = None,
        sub_tag: str | None = None,
        attach: Attach | None = None,
    ) -> int:
        """Notify a user in the name of who calls, and return the notification's id (``im.notify.personal.add``).

        *out_text* (MESSAGE_OUT) goes by e-mail instead of *text* (MESSAGE). A newer notification with the same *tag*
        (TAG) replaces the older one, and is tried again after an unknown outcome; one without is not. *sub_tag*
        (SUB_TAG) names several, for `delete`. *attach* (ATTACH) are rich blocks: see `bitrix_im.bots.attach`.
        """
        return await self._send("im.notify.personal.add", user_id, text, out_text, tag, sub_tag, attach)

    async def send_system(
        self,
        user_id: int,
        text: str,
        *,
        out_text: str | None = None,
        tag: str | None = None,
        sub_tag: str | None = None,
        attach: Attach | None = None,
    ) -> int:
        """Notify a user in the name of the portal (``im.notify.system.add``); otherwise like `send`."""
        return await self._send("im.notify.system.add", user_id, text, out_text, tag, sub_tag, attach)

    async def _send(
        self,
        method: str,
        user_id: int,
        text: str,
        out_text: str | None,
        tag: str | None,
        sub_tag: str | None,
        attach: Attach | None,
    ) -> int:
        params = {
            "USER_ID": checked.number("user_id", user_id),
            "MESSAGE": checked.word("text", text),
            "MESSAGE_OUT": checked.maybe("out_text", out_text),
            "TAG": checked.maybe("tag", tag),
            "SUB_TAG": checked.maybe("sub_tag", sub_tag),
            "ATTACH": attach,
        }
        return await self._ask(int, method, params)

    async def delete(
        self, notification_id: int | None = None, *, tag: str | None = None, sub_tag: str | None = None
    ) -> None:
        """Delete a notification by its id, or all with a tag or sub-tag (``im.notify.delete``: ID, TAG, SUB_TAG).

        Exactly one of the three is needed. Tags are an application's own: with a webhook only an id will do.
        """
        given = [value for value in (notification_id, tag, sub_tag) if value is not None]
        if len(given) != 1:
            raise ValueError(f"expected one of notification_id, tag and sub_tag, got {len(given)} of them")
        params = {
            "ID": None if notification_id is None else checked.number("notification_id", notification_id),
            "TAG": None if tag is None else checked.word("tag", tag),
            "SUB_TAG": None if sub_tag is None else checked.word("sub_tag", sub_tag),
        }
        await self._do("im.notify.delete", params)

    async def read(self, notification_id: int, *, read: bool = True, only_current: bool = False) -> None:
        """Mark a notification and all before it as read, or as unread with ``read=False`` (``im.notify.read``).

        *only_current* (ONLY_CURRENT) leaves those before it alone.
        """
        params = {
            "ID": checked.number("notification_id", notification_id),
            "ACTION": checked.flag("read", read),
            "ONLY_CURRENT": checked.flag("only_current", only_current),
        }
        await self._do("im.notify.read", params)

    async def read_list(self, ids: Iterable[int], *, read: bool = True) -> None:
        """Mark notifications as read, or as unread with ``read=False`` (``im.notify.read.list``: IDS, ACTION)."""
        params = {"IDS": checked.some("ids", ids), "ACTION": checked.flag("read", read)}
        await self._do("im.notify.read.list", params)

    async def read_all(self) -> None:
        """Mark all notifications as read (``im.notify.read.all``)."""
        await self._do("im.notify.read.all")

    async def confirm(self, notification_id: int, value: str) -> builtins.list[str]:
        """Answer a notification that asks for a confirmation, and return what the portal says (``im.notify.confirm``).

        *value* (NOTIFY_VALUE) is that of the button, as it is: mostly ``"Y"`` or ``"N"``. Not tried again after an
        unknown outcome.
        """
        params = {
            "NOTIFY_ID": checked.number("notification_id", notification_id),
            "NOTIFY_VALUE": checked.words("value", value),
        }
        return builtins.list((await self._ask(_Said, "im.notify.confirm", params)).result_message)

    async def answer(self, notification_id: int, text: str) -> builtins.list[str]:
        """Answer a notification that takes a text, and return what the portal says (``im.notify.answer``, ANSWER_TEXT).

        Not tried again after an unknown outcome.
        """
        params = {
            "NOTIFY_ID": checked.number("notification_id", notification_id),
            "ANSWER_TEXT": checked.word("text", text),
        }
        return builtins.list((await self._ask(_Said, "im.notify.answer", params)).result_message)

    async def schema(self) -> builtins.list[NotificationModule]:
        """The modules that notify, each with its kinds of notification (``im.notify.schema.get``)."""
        modules = await self._ask(Mapping[str, NotificationModule], "im.notify.schema.get")  # type: ignore[type-abstract]
        return builtins.list(modules.values())

    def search(
        self,
        text: str | None = None,
        *,
        types: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        on: datetime | None = None,
        authors: Iterable[int] | None = None,
        page_size: int = MOST_NOTIFICATIONS,
    ) -> Pager[Notification]:
        """Walk the notifications that fit, newest first (``im.notify.history.search``).

        *text* (SEARCH_TEXT) needs 3 characters where nothing else is given; *types* (SEARCH_TYPES) are ``"module"`` or
        ``"module|event"`` as `schema` names them; *since* and *until* (SEARCH_DATE_FROM, SEARCH_DATE_TO; aware) go
        together, *on* (SEARCH_DATE, aware) is one day; *authors* (SEARCH_AUTHORS) are user ids. *page_size* is LIMIT, 1
        to 50. Raises `ValueError` where nothing is given to search for.
        """
        if (since is None) != (until is None):
            raise ValueError("expected since and until together, got one of them: the portal would ignore it")
        if isinstance(types, str):
            raise ValueError(f"expected types to be a list of texts, got {types!r}")  # noqa: TRY004 - one kind of error for bad input
        params = {
            "SEARCH_TEXT": None if text is None else checked.text("text", text),
            "SEARCH_TYPES": None if types is None else [checked.word("types", one) for one in types],
            "SEARCH_DATE_FROM": checked.aware("since", since),
            "SEARCH_DATE_TO": checked.aware("until", until),
            "SEARCH_DATE": checked.aware("on", on),
            "SEARCH_AUTHORS": None if authors is None else checked.numbers("authors", authors),
        }
        given = {name: value for name, value in params.items() if value}
        if not given:
            raise ValueError("expected something to search for: text, types, since and until, on or authors")
        return Pager(
            self._caller, NotificationSearch(given, page_size=checked.page_size(page_size, MOST_NOTIFICATIONS))
        )

    def list(self, *, convert_text: bool = False, page_size: int = MOST_NOTIFICATIONS) -> Pager[Notification]:
        """Walk all notifications (``im.notify.get``).

        Those that ask for a confirmation come first, then the others, newest first.
        *convert_text* (CONVERT_TEXT) gives texts as HTML. *page_size* is LIMIT, 1 to 50. Reading marks nothing as read.
        """
        params = checked.flags(convert_text=convert_text)
        return Pager(self._caller, NotificationList(params, page_size=checked.page_size(page_size, MOST_NOTIFICATIONS)))
