"""bitrix24-rest: `callMethod`, awaited, as its README shows it."""

import asyncio
from typing import Any

from bitrix24 import Bitrix24
from bitrix24.exceptions import BitrixError


async def call(url: str, dialog: str, **_: Any) -> str:
    return (await Bitrix24(url).callMethod("im.dialog.get", {"DIALOG_ID": dialog}))["name"]


async def error(url: str, **_: Any) -> str:
    try:
        await Bitrix24(url).callMethod("im.no.such.method")
    except BitrixError as refused:
        return str(refused)
    return "nothing was raised"


async def send(url: str, dialog: str, text: str, **_: Any) -> int:
    return await Bitrix24(url).callMethod("im.message.add", {"DIALOG_ID": dialog, "MESSAGE": text})


async def find(url: str, phrase: str, **_: Any) -> list[int]:
    # It steps by fifty, which is what list methods give unless asked; this one gives ten.
    found = await Bitrix24(url).callMethod("im.search.chat.list", {"FIND": phrase, "LIMIT": 50})
    return [chat["id"] for chat in found]


async def batch(url: str, dialogs: list[str], **_: Any) -> dict[str, str]:
    commands = {dialog: f"im.dialog.get?DIALOG_ID={dialog}" for dialog in dialogs}
    answer = await Bitrix24(url).callMethod("batch", {"cmd": commands})
    return {key: chat["name"] for key, chat in answer["result"].items()}


async def limits(url: str, dialog: str, times: int, **_: Any) -> list[str]:
    client = Bitrix24(url)
    calls = [client.callMethod("im.dialog.get", {"DIALOG_ID": dialog}) for _ in range(times)]
    return [answer["name"] for answer in await asyncio.gather(*calls)]
