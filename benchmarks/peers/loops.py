"""The recipes of the REST documentation, one request after the other, for whatever sends them.

A recipe yields ``(method, parameters)``, is sent the answer's body, and returns the ids that it found.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Any

Recipe = Generator[tuple[str, dict[str, Any]], dict[str, Any], list[Any]]


def dialogs() -> Recipe:
    """OFFSET by LIMIT until there is no more."""
    found, offset, limit = [], 0, 200
    while True:
        body = yield "im.recent.list", {"OFFSET": offset, "LIMIT": limit}
        found += recent_ids(body["result"]["items"])
        if not body["result"]["hasMore"]:
            return found
        offset += limit


def chats(find: str) -> Recipe:
    """OFFSET by LIMIT until a page is short (not every client hands out ``next``)."""
    found, offset, limit = [], 0, 50
    while True:
        body = yield "im.search.chat.list", {"FIND": find, "OFFSET": offset, "LIMIT": limit}
        found += chat_ids(body["result"])
        if len(body["result"]) < limit:
            return found
        offset += limit


def messages(dialog: str) -> Recipe:
    """The newest page, then what is older than its oldest message, until a page is short."""
    found, limit = [], 50
    params: dict[str, Any] = {"DIALOG_ID": dialog, "LIMIT": limit}
    while True:
        body = yield "im.dialog.messages.get", params
        page = message_ids(body["result"]["messages"])
        found += page
        if len(page) < limit:
            return found
        params = {**params, "LAST_ID": min(page)}


def recent_ids(items: list[Any]) -> list[str]:
    return [str(item["id"]) for item in items if item]


def chat_ids(result: list[Any]) -> list[int]:
    return [int(chat["id"]) for chat in result]


def message_ids(result: list[Any]) -> list[int]:
    return [int(message["id"]) for message in result]


def follow(recipe: Recipe, send: Callable[[str, dict[str, Any]], dict[str, Any]]) -> list[Any]:
    try:
        step = next(recipe)
        while True:
            step = recipe.send(send(*step))
    except StopIteration as end:
        return end.value


async def afollow(recipe: Recipe, send: Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]) -> list[Any]:
    try:
        step = next(recipe)
        while True:
            step = recipe.send(await send(*step))
    except StopIteration as end:
        return end.value
