"""b24api: `call`, `batch`, `iter_list` and `iter_list_cursor`, as its README shows them."""

import asyncio
from typing import Any

from b24api import (
    ApiResponseError,
    Bitrix24,
    CursorSpec,
    IdentityCoercion,
    IdentitySpec,
    ParameterPath,
    ReplaySafety,
    Request,
    ResultSelector,
    RouteKind,
)
from b24api.contracts import Command


def _read(method: str, parameters: dict[str, Any]) -> Request:
    return Request(method, parameters, ReplaySafety.SAFE, route=RouteKind.BARE)


async def call(url: str, dialog: str, **_: Any) -> str:
    async with Bitrix24.from_webhook(url) as client:
        return (await client.call(_read("im.dialog.get", {"DIALOG_ID": dialog})))["name"]


async def error(url: str, **_: Any) -> str:
    async with Bitrix24.from_webhook(url) as client:
        try:
            await client.call(Request.bare("im.no.such.method"))
        except ApiResponseError as refused:
            return str(refused)
    return "nothing was raised"


async def send(url: str, dialog: str, text: str, **_: Any) -> int:
    async with Bitrix24.from_webhook(url) as client:
        return await client.call(Request.bare("im.message.add", {"DIALOG_ID": dialog, "MESSAGE": text}))


async def find(url: str, phrase: str, **_: Any) -> list[int]:
    identity = IdentitySpec(("id",), "ID", "ID", IdentityCoercion.EXACT_INTEGER)
    async with Bitrix24.from_webhook(url) as client:
        request = _read("im.search.chat.list", {"FIND": phrase, "LIMIT": 50})
        return [chat["id"] async for chat in client.iter_list(request, identity=identity)]


async def history(url: str, showcase: str, **_: Any) -> list[int]:
    cursor = CursorSpec(
        parameter_path=ParameterPath(("LAST_ID",)),
        item_path=("id",),
        coercion=IdentityCoercion.EXACT_INTEGER,
        direction="descending",
        take="last",
    )
    async with Bitrix24.from_webhook(url) as client:
        request = _read("im.dialog.messages.get", {"DIALOG_ID": showcase, "LIMIT": 50})
        stream = client.iter_list_cursor(request, selector=ResultSelector(("messages",)), cursor=cursor)
        return [message["id"] async for message in stream]


async def batch(url: str, dialogs: list[str], **_: Any) -> dict[str, str]:
    commands = [Command(_read("im.dialog.get", {"DIALOG_ID": dialog}), correlation=dialog) for dialog in dialogs]
    async with Bitrix24.from_webhook(url) as client, client.batch(commands) as stream:
        return {outcome.correlation: outcome.result["name"] async for outcome in stream}


async def limits(url: str, dialog: str, times: int, **_: Any) -> list[str]:
    async with Bitrix24.from_webhook(url) as client:
        calls = [client.call(_read("im.dialog.get", {"DIALOG_ID": dialog})) for _ in range(times)]
        return [answer["name"] for answer in await asyncio.gather(*calls)]
