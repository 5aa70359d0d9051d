"""fast-bitrix24: ``get_all`` for lists, as its README says; ``call(raw=True)`` in the documentation's recipes."""

from typing import Any

import loops
from fast_bitrix24 import BitrixAsync


def _client(url: str) -> BitrixAsync:
    return BitrixAsync(url, verbose=False)


async def _run(url: str, recipe: loops.Recipe) -> list[Any]:
    client = _client(url)

    async def send(method: str, params: dict[str, Any]) -> dict[str, Any]:
        return await client.call(method, params, raw=True)

    return await loops.afollow(recipe, send)


async def dialogs(url: str, **_: Any) -> list[str]:
    result = await _client(url).get_all("im.recent.list", {"LIMIT": 200})
    return loops.recent_ids(result["items"] if isinstance(result, dict) else result)


async def found(url: str, find: str, **_: Any) -> list[int]:
    return loops.chat_ids(await _client(url).get_all("im.search.chat.list", {"FIND": find, "LIMIT": 50}))


async def dialogs_loop(url: str, **_: Any) -> list[str]:
    return await _run(url, loops.dialogs())


async def found_loop(url: str, find: str, **_: Any) -> list[int]:
    return await _run(url, loops.chats(find))


async def messages_loop(url: str, dialog: str, **_: Any) -> list[int]:
    return await _run(url, loops.messages(dialog))
