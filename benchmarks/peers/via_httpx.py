"""Plain httpx: the documentation's recipes, a pause when the portal says that it is too much."""

import asyncio
from typing import Any

import httpx
import loops


async def _run(url: str, recipe: loops.Recipe) -> list[Any]:
    async with httpx.AsyncClient(base_url=url, timeout=75) as http:

        async def send(method: str, params: dict[str, Any]) -> dict[str, Any]:
            while True:
                body = (await http.post(method, json=params)).json()
                if body.get("error") != "QUERY_LIMIT_EXCEEDED":
                    return body
                await asyncio.sleep(1)

        return await loops.afollow(recipe, send)


async def dialogs(url: str, **_: Any) -> list[str]:
    return await _run(url, loops.dialogs())


async def found(url: str, find: str, **_: Any) -> list[int]:
    return await _run(url, loops.chats(find))


async def messages(url: str, dialog: str, **_: Any) -> list[int]:
    return await _run(url, loops.messages(dialog))
