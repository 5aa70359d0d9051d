"""fast-bitrix24: `call`, `get_all`, `call_batch` and `token_func`, as its README shows them."""

import asyncio
from typing import Any

import aiohttp
from fast_bitrix24 import BitrixAsync


def _client(url: str) -> BitrixAsync:
    return BitrixAsync(url, verbose=False)


def _only(answers: dict[str, Any]) -> dict[str, Any]:
    """An object comes under the name of its command in the batch that the client makes of every call."""
    (answer,) = answers.values()
    return answer


async def call(url: str, dialog: str, **_: Any) -> str:
    return _only(await _client(url).call("im.dialog.get", {"DIALOG_ID": dialog}))["name"]


async def error(url: str, **_: Any) -> str:
    try:
        await _client(url).call("im.no.such.method", {}, raw=True)
    except aiohttp.ClientResponseError as refused:
        return str(refused.status)
    return "nothing was raised"


async def send(url: str, dialog: str, text: str, **_: Any) -> int:
    return await _client(url).call("im.message.add", {"DIALOG_ID": dialog, "MESSAGE": text})


async def find(url: str, phrase: str, **_: Any) -> list[int]:
    # It reckons with pages of fifty, which is what list methods give unless asked; this one gives ten.
    return [chat["id"] for chat in await _client(url).get_all("im.search.chat.list", {"FIND": phrase, "LIMIT": 50})]


async def batch(url: str, dialogs: list[str], **_: Any) -> dict[str, str]:
    found = await _client(url).call("im.dialog.get", [{"DIALOG_ID": dialog} for dialog in dialogs])
    return {dialog: chat["name"] for dialog, chat in zip(dialogs, found, strict=True)}


async def limits(url: str, dialog: str, times: int, **_: Any) -> list[str]:
    client = _client(url)
    calls = [client.call("im.dialog.get", {"DIALOG_ID": dialog}, raw=True) for _ in range(times)]
    return [answer["result"]["name"] for answer in await asyncio.gather(*calls)]


async def refresh(
    url: str,
    endpoint: str,
    token_url: str,
    tokens: dict[str, Any],
    client_id: str,
    client_secret: str,
    dialog: str,
    **_: Any,
) -> str:
    given = iter([tokens["access_token"]])

    async def token() -> str:
        if (first := next(given, None)) is not None:
            return first
        form = {"client_id": client_id, "client_secret": client_secret, "refresh_token": tokens["refresh_token"]}
        async with (
            aiohttp.ClientSession() as http,
            http.get(token_url, params={"grant_type": "refresh_token", **form}) as answer,
        ):
            return (await answer.json())["access_token"]

    client = BitrixAsync(endpoint, token_func=token, verbose=False)
    return _only(await client.call("im.dialog.get", {"DIALOG_ID": dialog}))["name"]
