"""bitrix24-rest: ``callMethod``, which fetches all pages of a list by itself; without that in the recipes."""

from typing import Any

import loops
from bitrix24 import Bitrix24


async def _run(url: str, recipe: loops.Recipe) -> list[Any]:
    client = Bitrix24(url, fetch_all_pages=False)

    async def send(method: str, params: dict[str, Any]) -> dict[str, Any]:
        return {"result": await client.callMethod(method, params)}

    return await loops.afollow(recipe, send)


async def dialogs(url: str, **_: Any) -> list[str]:
    result = await Bitrix24(url).callMethod("im.recent.list", {"LIMIT": 200})
    return loops.recent_ids(result["items"])


async def found(url: str, find: str, **_: Any) -> list[int]:
    return loops.chat_ids(await Bitrix24(url).callMethod("im.search.chat.list", {"FIND": find, "LIMIT": 50}))


async def dialogs_loop(url: str, **_: Any) -> list[str]:
    return await _run(url, loops.dialogs())


async def found_loop(url: str, find: str, **_: Any) -> list[int]:
    return await _run(url, loops.chats(find))


async def messages_loop(url: str, dialog: str, **_: Any) -> list[int]:
    return await _run(url, loops.messages(dialog))
