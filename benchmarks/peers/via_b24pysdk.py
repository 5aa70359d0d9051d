"""b24pysdk: ``.as_list()`` of its wrapped methods; ``call_method`` in the recipes.

``.as_list_fast()`` is, as its README says, for methods that can be filtered by an id, which these cannot.
"""

from typing import Any
from urllib.parse import urlsplit

import loops
from b24pysdk import BitrixWebhook, Client


def _token(url: str) -> BitrixWebhook:
    parts = urlsplit(url)
    return BitrixWebhook(domain=parts.netloc, webhook_token=parts.path.removeprefix("/rest/").strip("/"))


def _run(url: str, recipe: loops.Recipe) -> list[Any]:
    token = _token(url)
    return loops.follow(recipe, lambda method, params: token.call_method(api_method=method, params=params))


def dialogs(url: str, **_: Any) -> list[str]:
    return loops.recent_ids(Client(_token(url)).im.recent.list(limit=200).as_list().result)


def found(url: str, find: str, **_: Any) -> list[int]:
    return loops.chat_ids(Client(_token(url)).im.search.chat.list(find=find, limit=50).as_list().result)


def dialogs_loop(url: str, **_: Any) -> list[str]:
    return _run(url, loops.dialogs())


def found_loop(url: str, find: str, **_: Any) -> list[int]:
    return _run(url, loops.chats(find))


def messages_loop(url: str, dialog: str, **_: Any) -> list[int]:
    return _run(url, loops.messages(dialog))
