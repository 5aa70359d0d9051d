"""What changed in a portal since a mark: the list of dialogs, and walks backwards down to what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from ..convert import structure
from ..convert.values import entries
from ..errors import AccessError, BitrixError, InvalidParameter
from ..models import MessagesPage, RecentItem
from ..paging import Caller
from ..rest.call import Call, Reply
from ..session.retry import breaks_up

_OVERLAP = timedelta(seconds=5)  # between two looks, by the server's clock, which tells whole seconds
_PAGE = 50
_ALL = 200  # dialogs on a page of the whole list


class Changes:
    """The calls of a watcher."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def changed(self, mark: int, since: datetime | None) -> tuple[list[dict[str, Any]], datetime | None]:
        """The dialogs that changed *since*, or all that did since the mark; and the server's time of the look."""
        items, reply = await self.recent(since)
        if since is None and not any(0 < last <= mark for _, last in lasts(items)):
            # The list of a month does not reach back to the mark: read the whole one, down to there.
            offset, is_more = 0, True
            while is_more:
                page, is_more = await self.page(offset)
                items += page
                offset += _ALL
                is_more = is_more and not (page and all(last <= mark for _, last in lasts(page)))
        return items, server_time(reply)

    async def recent(self, since: datetime | None = None) -> tuple[list[dict[str, Any]], Reply]:
        """The dialogs that changed *since*, or in a month (``im.recent.get``)."""
        params = {} if since is None else {"LAST_SYNC_DATE": since - _OVERLAP}
        reply = await self._caller.call(Call("im.recent.get", params))
        return _items(reply.result), reply

    async def page(self, offset: int) -> tuple[list[dict[str, Any]], bool]:
        """A page of the whole list, and whether there is another (``im.recent.list``)."""
        params = {"OFFSET": offset, "LIMIT": _ALL, "SKIP_UNDISTRIBUTED_OPENLINES": True}
        reply = await self._caller.call(Call("im.recent.list", params))
        result = reply.result if isinstance(reply.result, dict) else {}
        return _items(result.get("items")), bool(result.get("hasMore", result.get("hasMorePages")))

    async def walk(self, walks: Sequence[tuple[str, int]]) -> dict[str, list[dict[str, Any]] | None]:
        """The pages of some dialogs, newest first, down to an id each; None for one that cannot be read any more."""
        found: dict[str, list[dict[str, Any]] | None] = {name: [] for name, _ in walks}
        left = [(name, floor, 0) for name, floor in walks]
        while left:
            calls = [
                Call("im.dialog.messages.get", {"DIALOG_ID": name, "LAST_ID": below, "LIMIT": _PAGE})
                for name, _, below in left
            ]
            outcomes = await self._unit(calls)
            following = left[len(outcomes) :]
            for (name, floor, _), outcome in zip(left, outcomes, strict=False):
                pages = found[name]
                if isinstance(outcome, AccessError | InvalidParameter) or pages is None:
                    found[name] = None  # left, or deleted
                elif isinstance(outcome, Reply):
                    ids = [message.id for message in structure(outcome.result, MessagesPage, at="$.result").messages]
                    if ids:
                        pages.append(outcome.result)
                    if len(ids) == _PAGE and min(ids) > floor + 1:
                        following.append((name, floor, min(ids)))
            left = following
        return found

    async def _unit(self, calls: list[Call]) -> list[Reply | BitrixError]:
        """What became of the first of these calls, which are made in one request where there are several."""
        replies: list[Reply | BitrixError] = []
        if len(calls) > 1:
            try:
                outcomes = await self._caller.unit(calls)
            except BitrixError as error:
                if not breaks_up(error):
                    raise
            else:
                replies += takewhile(lambda outcome: isinstance(outcome, Reply), outcomes)
        # One that failed is made again alone, with retries and an error of its own.
        return replies or [await self._one(calls[0])]

    async def _one(self, call: Call) -> Reply | BitrixError:
        try:
            return await self._caller.call(call)
        except (AccessError, InvalidParameter) as error:
            return error


def _items(result: Any) -> list[dict[str, Any]]:
    return [item for item in structure(result, list[Any], at="$.result") if isinstance(item, dict)]


def lasts(items: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    """Dialogs, and the ids of their last messages."""
    read = [structure(item, RecentItem, at="$.result[]") for item in items]
    return [(item.dialog_id, item.message.id) for item in read]


def messages_of(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages of a page, as they came."""
    return [message for _, message in entries(page["messages"]) if isinstance(message, dict)]


def server_time(reply: Reply) -> datetime | None:
    """When the server began to answer, by its own clock."""
    return reply.time.date_start if reply.time is not None else None
