"""bitrix_im's jobs: what its README says, and nothing else."""

from __future__ import annotations

import gc
import time
import tracemalloc
from array import array
from typing import Any

import anyio
from memory import open_files, resident

from bitrix_im import BitrixIM, Call, Limits
from bitrix_im.export import export


async def dialogs(url: str, **_: Any) -> list[str]:
    async with BitrixIM(url) as im:
        return [dialog.dialog_id async for dialog in im.recent.list()]


async def found(url: str, find: str, **_: Any) -> list[int]:
    async with BitrixIM(url) as im:
        return [chat.id async for chat in im.search.chats(find)]


async def messages(
    url: str,
    dialog: str,
    after: int | None = None,
    limit: int | None = None,
    limits: dict[str, float] | None = None,
    **_: Any,
) -> list[int]:
    async with BitrixIM(url, limits=Limits(**(limits or {}))) as im:
        history = im.messages.history(dialog, after=after)
        if limit is not None:
            history = history.limit(limit)
        return [message.id async for message in history]


async def many_messages(url: str, dialog: str, first: int) -> dict[str, Any]:
    """Messages that are not kept, and how much the most memory that Python held grew after the *first* of them."""
    seen = array("q")
    begun = 0
    tracemalloc.start()
    async with BitrixIM(url) as im:
        async for message in im.messages.history(dialog):
            seen.append(message.id)
            if len(seen) == first:
                begun = tracemalloc.get_traced_memory()[1]
    return {"grown": tracemalloc.get_traced_memory()[1] - begun, "ids": seen.tolist()}


async def side_by_side(url: str, dialogs: list[str], limits: dict[str, float]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    async with BitrixIM(url, limits=Limits(**limits)) as im:

        async def walk(dialog: str) -> None:
            found[dialog] = [message.id async for message in im.messages.history(dialog)]

        async with anyio.create_task_group() as tasks:
            for dialog in dialogs:
                tasks.start_soon(walk, dialog)
    return found


async def bulk(url: str, dialogs: list[str] | None = None) -> dict[str, list[int]]:
    """All messages of these dialogs, or of all that the list has."""
    found: dict[str, list[int]] = {}
    async with BitrixIM(url) as im:
        if dialogs is None:
            dialogs = [dialog.dialog_id async for dialog in im.recent.list()]
        async for page in im.messages.bulk(dialogs):
            found.setdefault(page.dialog_id, []).extend(message.id for message in page.messages)
    return found


async def lone_calls(url: str, dialogs: list[str], limits: dict[str, float], times: int) -> list[float]:
    """How long single calls wait while everything is exported, over and over until the last of them is answered."""
    waits: list[float] = []
    async with BitrixIM(url, limits=Limits(**limits)) as im:

        async def walk(dialog: str) -> None:
            while True:
                async for _ in im.messages.history(dialog):
                    pass

        async with anyio.create_task_group() as tasks:
            for dialog in dialogs:
                tasks.start_soon(walk, dialog)
            await anyio.sleep(0.5)
            while len(waits) < times:
                before = time.perf_counter()
                await im.call("server.time")
                waits.append(time.perf_counter() - before)
                await anyio.sleep(0.13)
            tasks.cancel_scope.cancel()
    return waits


async def exported(
    url: str, target: str, limits: dict[str, float], runs: int = 1, news: int = 0
) -> list[dict[str, Any]]:
    """What the reports of some exports into one target say; behind the first, *news* are written in as many dialogs."""
    reports = []
    async with BitrixIM(url, limits=Limits(**limits)) as im:
        for number in range(runs):
            if number == 1 and news:
                names = [dialog.dialog_id async for dialog in im.recent.list().limit(news)]
                await im.batch({name: Call("im.message.add", {"DIALOG_ID": name, "MESSAGE": "news"}) for name in names})
            report = await export(im, target)
            reports.append({"messages": report.messages, "requests": report.requests, "seconds": report.elapsed})
    return reports


async def calls(url: str, times: int) -> int:
    async with BitrixIM(url) as im:
        for _ in range(times):
            await im.call("server.time")
        return im.stats.requests


async def many_portals(ports: list[int]) -> dict[str, float]:
    """A client and a poller for each portal, until each has polled: memory and sockets of one, on average."""

    async def hear(im: BitrixIM, begun: list[int]) -> None:
        async with im.events() as events:
            begun.append(1)
            async for _ in events:
                pass

    async with anyio.create_task_group() as tasks:
        begun: list[int] = []
        clients = [BitrixIM(f"http://127.0.0.1:{port}/rest/1/secret{port}/") for port in ports]
        tasks.start_soon(hear, clients[0], begun)  # what is loaded once
        await anyio.sleep(0.5)
        gc.collect()
        before, sockets = resident(), open_files()
        for im in clients[1:]:
            tasks.start_soon(hear, im, begun)
        while len(begun) < len(clients) or any(im.stats.requests < 3 for im in clients):
            await anyio.sleep(0.1)
        gc.collect()
        count = len(clients) - 1
        grown = (resident() - before) / count
        opened = (open_files() - sockets) / count
        tasks.cancel_scope.cancel()
    for im in clients:
        await im.aclose()
    return {"bytes": grown, "sockets": opened}
