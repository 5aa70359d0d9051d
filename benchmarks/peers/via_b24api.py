"""b24api: ``list_batched``, its fast way for methods without a filter; ``call`` in the recipes."""

import os
from typing import Any

import loops


def _client(url: str) -> Any:
    os.environ["BITRIX24_API_WEBHOOK_URL"] = url
    from b24api import Bitrix24

    return Bitrix24()


def _run(url: str, recipe: loops.Recipe) -> list[Any]:
    client = _client(url)
    # It hands out results, not whole answers.
    return loops.follow(
        recipe, lambda method, params: {"result": client.call({"method": method, "parameters": params})}
    )


def dialogs(url: str, **_: Any) -> list[str]:
    return loops.recent_ids(list(_client(url).list_batched({"method": "im.recent.list", "parameters": {"LIMIT": 50}})))


def found(url: str, find: str, **_: Any) -> list[int]:
    request = {"method": "im.search.chat.list", "parameters": {"FIND": find, "LIMIT": 50}}
    return loops.chat_ids(list(_client(url).list_batched(request)))


def dialogs_loop(url: str, **_: Any) -> list[str]:
    return _run(url, loops.dialogs())


def found_loop(url: str, find: str, **_: Any) -> list[int]:
    return _run(url, loops.chats(find))


def messages_loop(url: str, dialog: str, **_: Any) -> list[int]:
    return _run(url, loops.messages(dialog))
