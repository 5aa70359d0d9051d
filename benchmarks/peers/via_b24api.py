"""b24api: ``iter_list``, ``iter_list_counted``; ``iter_list_cursor``, ``iter_cursors``; ``call`` in the recipes."""

from typing import Any

import loops
from b24api import (
    Binding,
    Bitrix24,
    CursorSpec,
    IdentityCoercion,
    IdentitySpec,
    ParameterPath,
    ParameterUpdate,
    ReplaySafety,
    Request,
    ResultSelector,
    RouteKind,
)
from b24api.contracts import ReferenceItem

CHATS = IdentitySpec(("id",), "ID", "ID", IdentityCoercion.EXACT_INTEGER)
BACKWARDS = CursorSpec(
    parameter_path=ParameterPath(("LAST_ID",)),
    item_path=("id",),
    coercion=IdentityCoercion.EXACT_INTEGER,
    direction="descending",
    take="last",
)


def _request(method: str, parameters: dict[str, Any]) -> Request:
    return Request(method, parameters, ReplaySafety.SAFE, route=RouteKind.BARE)


async def _run(url: str, recipe: loops.Recipe) -> list[Any]:
    async with Bitrix24.from_webhook(url) as client:

        async def send(method: str, params: dict[str, Any]) -> dict[str, Any]:
            # It hands out results, not whole answers.
            return {"result": await client.call(_request(method, params))}

        return await loops.afollow(recipe, send)


async def dialogs(url: str, **_: Any) -> list[str]:
    async with Bitrix24.from_webhook(url) as client:
        request = _request("im.recent.list", {"LIMIT": 200})
        stream = client.iter_list(request, selector=ResultSelector(("items",)), page_size=200)
        return loops.recent_ids([item async for item in stream])


async def found(url: str, find: str, **_: Any) -> list[int]:
    async with Bitrix24.from_webhook(url) as client:
        request = _request("im.search.chat.list", {"FIND": find, "LIMIT": 50})
        return loops.chat_ids([chat async for chat in client.iter_list(request, identity=CHATS)])


async def found_counted(url: str, find: str, **_: Any) -> list[int]:
    async with Bitrix24.from_webhook(url) as client:
        request = _request("im.search.chat.list", {"FIND": find, "LIMIT": 50})
        return loops.chat_ids([chat async for chat in client.iter_list_counted(request, identity=CHATS)])


async def messages(url: str, dialog: str, **_: Any) -> list[int]:
    async with Bitrix24.from_webhook(url) as client:
        request = _request("im.dialog.messages.get", {"DIALOG_ID": dialog, "LIMIT": 50})
        # The first page of an unread dialog holds up to twice as many.
        options: dict[str, Any] = {"cursor": BACKWARDS, "page_size": 100}
        stream = client.iter_list_cursor(request, selector=ResultSelector(("messages",)), **options)
        return loops.message_ids([message async for message in stream])


async def messages_bound(url: str, dialog: str, **_: Any) -> list[int]:
    """From above the newest id, so that the read mark plays no part."""
    async with Bitrix24.from_webhook(url) as client:
        request = _request("im.dialog.messages.get", {"LIMIT": 50})
        update = ParameterUpdate(ParameterPath(("DIALOG_ID",)), dialog)
        binding = Binding(summary=dialog, updates=(update,), correlation=dialog, start_cursor=2**31 - 1)
        stream = client.iter_cursors(request, [binding], selector=ResultSelector(("messages",)), cursor=BACKWARDS)
        return loops.message_ids([event.item async for event in stream if isinstance(event, ReferenceItem)])


async def dialogs_loop(url: str, **_: Any) -> list[str]:
    return await _run(url, loops.dialogs())


async def found_loop(url: str, find: str, **_: Any) -> list[int]:
    return await _run(url, loops.chats(find))


async def messages_loop(url: str, dialog: str, **_: Any) -> list[int]:
    return await _run(url, loops.messages(dialog))
