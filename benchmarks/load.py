"""Under load: the embedded portal in virtual time, where hours pass in a second and no machine's mood counts.

Each scene is played by bitrix_im on both event loops, and by plain httpx with the retry that everybody writes first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol

import anyio
import attrs
import httpx

from bitrix_im import BitrixError, BitrixIM, Retry
from bitrix_im.testing import Fault, Portal
from tests import virtual_time

from .table import markdown, plural

READ, ALONE = "im.user.list.get", "im.notify.system.add"
"""What travels with others, and what must travel alone: it is not known to be safe to repeat."""
NOTICE = {"USER_ID": 1, "MESSAGE": "A notice"}
PATIENT = Retry(attempts=None, max_elapsed=3600)


class Client(Protocol):
    """Whoever can call a method."""

    async def call(self, method: str, params: dict[str, Any], /) -> Any: ...


class GivenUp(Exception):
    """Tried as often as was meant."""


@attrs.frozen
class Plain:
    """httpx and a loop: a pause of a second when anything went wrong, eight tries."""

    http: httpx.AsyncClient

    async def call(self, method: str, params: dict[str, Any], /) -> Any:
        for _ in range(8):
            try:
                response = await self.http.post(method, json=params)
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code == 200:
                return response.json()["result"]
            await anyio.sleep(1)
        raise GivenUp


@attrs.frozen
class Played:
    """What came of a scene."""

    said: str
    held: bool


Play = Callable[[Portal, Client], Awaitable[Played]]


@attrs.frozen
class Scene:
    """One load, and what must hold under it."""

    work: str
    bar: str
    play: Play
    retry: Retry = Retry()  # noqa: RUF009 - frozen

    def ours(self, loop: str) -> Played:
        """Play it by bitrix_im on an event loop."""

        async def main() -> Played:
            portal = _portal()
            async with portal.http() as http, BitrixIM(portal.webhook, http=http, retry=self.retry) as im:
                return await self.play(portal, im)

        return virtual_time.run(main, on=loop)

    def plain(self) -> Played:
        """Play it by httpx and a loop."""

        async def main() -> Played:
            portal = _portal()
            async with portal.http(timeout=75) as http:
                return await self.play(portal, Plain(http))

        return virtual_time.run(main)


def _portal() -> Portal:
    """A portal that takes 20 ms for each command."""
    portal = Portal(seed=1).populate(dialogs=60)
    portal.processing_time = 0.02
    return portal


async def impatient(portal: Portal, client: Client) -> Played:
    portal.fill_bucket()
    portal.processing_time = 0.2
    answered = 0

    async def ask() -> None:
        nonlocal answered
        with anyio.move_on_after(1.5), suppress(GivenUp):
            await client.call(READ, {"ID": [2]})
            answered += 1

    await _together(ask, 180, pause=1 / 9)
    said = f"{answered} of 180 answered, {portal.commands} commands"
    return Played(said, answered >= 144 and portal.commands <= 1.2 * answered)


async def outage(portal: Portal, client: Client) -> Played:
    portal.faults.share(1.0, [Fault.HTML_502])
    answered, recovered = 0, 0
    begun = anyio.current_time()

    async def recover() -> None:
        nonlocal recovered
        await anyio.sleep(300)
        portal.faults.clear()
        recovered = len(portal.log)

    async def read() -> None:
        nonlocal answered
        with suppress(GivenUp):
            await client.call(READ, {"ID": [2]})
            answered += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(recover)
        for _ in range(500):
            tasks.start_soon(read)
    took = anyio.current_time() - begun - 300
    singles = sum(exchange.method != "batch" for exchange in portal.log[recovered:])
    if answered < 500:
        return Played(f"{answered} of 500 answered", held=False)
    return Played(
        f"{took:.1f} s, {plural(singles, 'single')}, {recovered} requests during it", took <= 15 and singles <= 5
    )


async def foreign(portal: Portal, client: Client) -> Played:
    portal.processing_time = 0.0  # two batches at once would mingle: only the order of leaving can be kept
    dialog, done = portal.showcase, 0

    async def take() -> None:
        while portal.clock.elapsed() < 120:
            portal.fill_bucket()
            await anyio.sleep(0.25)

    async def send(number: int) -> None:
        nonlocal done
        params = {"DIALOG_ID": dialog, "MESSAGE": f"{number}", "TEMPLATE_ID": _key(number)}
        with suppress(BitrixError, GivenUp):
            await client.call("im.message.add", params)
            done += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take)
        await anyio.sleep(0.1)
        for number in range(200):
            tasks.start_soon(send, number)
            await anyio.sleep(0.001)  # trio begins tasks of one moment in any order
    sent = [int(text) for text in portal.message_texts(dialog) if text.isdigit()]
    in_order = sent == sorted(sent)
    said = f"{done} of 200" + (f", {'in order' if in_order else 'out of order'}" if done else "")
    return Played(said, done == 200 and in_order)


async def behind_writes(portal: Portal, client: Client) -> Played:
    portal.fill_bucket()
    async with anyio.create_task_group() as tasks:
        for _ in range(1_000):
            tasks.start_soon(_quietly, client, ALONE, NOTICE)
        await anyio.sleep(0.01)
        before = anyio.current_time()
        answered = await _quietly(client, "server.time", {})
        waited = anyio.current_time() - before
        tasks.cancel_scope.cancel()
    return Played(f"{waited:.1f} s" if answered else f"given up after {waited:.0f} s", answered and waited <= 2)


async def walk_beside_writes(portal: Portal, client: Client) -> Played:
    for number in range(3_000):
        portal.add_chat(f"Chat {number}")
    portal.fill_bucket()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_write_steadily, client, tasks)
        before = anyio.current_time()
        dialogs = await _walk(client)
        took = anyio.current_time() - before
        tasks.cancel_scope.cancel()
    found, all_ = len({*dialogs}), len(portal.visible_dialogs())
    return Played(f"{found:,} of {all_:,} in {took:.0f} s", found >= all_ and took <= 40)


async def dollars(portal: Portal, client: Client) -> Played:
    before = anyio.current_time()
    numbers = iter(range(300))

    async def send() -> None:
        text = {"DIALOG_ID": portal.showcase, "MESSAGE": "costs $5", "TEMPLATE_ID": _key(next(numbers))}
        await _quietly(client, "im.message.add", text)

    await _together(send, 300)
    took = anyio.current_time() - before
    return Played(f"{took:.1f} s, {portal.commands} of 300 in {portal.requests} requests", took <= 3)


async def different_timeouts(portal: Portal, client: Client) -> Played:
    before = anyio.current_time()
    timeouts = iter(range(300))

    async def read() -> None:
        seconds = 20 + next(timeouts) / 10
        own = client.with_options(timeout=seconds) if isinstance(client, BitrixIM) else client
        await _quietly(own, READ, {"ID": [2]})

    await _together(read, 300)
    took = anyio.current_time() - before
    return Played(f"{took:.1f} s, {portal.commands} of 300 in {portal.requests} requests", took <= 3)


async def long_calls(portal: Portal, client: Client) -> Played:
    portal.processing_time = {ALONE: 30.0, "server.time": 0.02}
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(client.call, ALONE, NOTICE)
        await anyio.sleep(0.1)
        before = anyio.current_time()
        await client.call("server.time", {})
        waited = anyio.current_time() - before
    return Played(f"{waited:.1f} s", waited <= 0.5)


async def blocked(portal: Portal, client: Client) -> Played:
    portal.fill_bucket()
    portal.faults.share(1.0, [Fault.OVERLOAD_503])
    async with anyio.create_task_group() as tasks:
        for _ in range(1_000):
            tasks.start_soon(_quietly, client, READ, {"ID": [2]})
    told = sum(exchange.error == "OVERLOAD_LIMIT" for exchange in portal.log)
    return Played(f"{told - 1} more", told == 1)


async def four_clients(portal: Portal, client: Client) -> Played:
    # Each of them has never heard of the others: they are made from the webhook alone.
    if isinstance(client, BitrixIM):
        others: list[Client] = [BitrixIM(portal.webhook, http=portal.http()) for _ in range(3)]
    else:
        others = [Plain(portal.http(timeout=75)) for _ in range(3)]
    async with anyio.create_task_group() as tasks:
        for each in (client, *others):
            for _ in range(100):
                tasks.start_soon(_quietly, each, READ, {"ID": [2]})
    for other in others:
        if isinstance(other, BitrixIM):
            await other.aclose()
    return Played(f"{portal.refusals} refusals, {portal.requests} requests", portal.refusals == 0)


SCENES = [
    Scene(
        "9 calls a second for 20 s, each under a deadline of 1.5 s, 0.2 s a command, bucket full at first",
        "≥ 144 of 180 answered, commands ≤ 1.2 times the answers",
        impatient,
    ),
    Scene("502 for 300 s to 500 waiting reads", "done ≤ 15 s after it, ≤ 5 singles", outage, PATIENT),
    Scene("200 sends to a chat, another program takes all that drains for 120 s", "200 of 200, in order", foreign),
    Scene("a read behind 1,000 writes that travel alone, bucket full at first", "≤ 2 s", behind_writes),
    Scene("a walk of 3,000 dialogs beside 5 such writes a second, bucket full", "all, ≤ 40 s", walk_beside_writes),
    Scene('300 sends of "costs $5"', "≤ 3 s", dollars),
    Scene("300 reads with 300 different timeouts", "≤ 3 s", different_timeouts),
    Scene("a read beside ten calls of 30 s", "≤ 0.5 s", long_calls),
    Scene("OVERLOAD_LIMIT with 1,000 waiting: requests after the first", "0 more", blocked),
    Scene("four clients of one portal, 100 calls each", "0 refusals", four_clients, PATIENT),
]


@attrs.frozen
class Outcome:
    """A scene, and what came of it."""

    scene: Scene
    asyncio: Played
    trio: Played
    plain: Played | None

    @property
    def met(self) -> bool:
        return self.asyncio.held and self.trio.held


def measure(*, plain: bool = True) -> Iterator[Outcome]:
    """Play one scene after the other; *plain*: by httpx and a loop as well."""
    for scene in SCENES:
        yield Outcome(scene, scene.ours("asyncio"), scene.ours("trio"), scene.plain() if plain else None)


def table(outcomes: list[Outcome]) -> str:
    """The scenes as Markdown."""
    head = ["load", "bar", "bitrix-im", "on trio", "plain httpx, eight tries", ""]
    return markdown(head, (_row(outcome) for outcome in outcomes))


def _row(outcome: Outcome) -> list[Any]:
    same = outcome.trio.said == outcome.asyncio.said
    return [
        outcome.scene.work,
        outcome.scene.bar,
        outcome.asyncio.said,
        "the same" if same else outcome.trio.said,
        None if outcome.plain is None else outcome.plain.said,
        "met" if outcome.met else "**missed**",
    ]


async def _together(function: Callable[[], Awaitable[None]], times: int, pause: float = 0) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(function)
            if pause:
                await anyio.sleep(pause)


async def _quietly(client: Client, method: str, params: dict[str, Any]) -> bool:
    """Call; whether there was an answer."""
    with suppress(BitrixError, GivenUp):
        await client.call(method, params)
        return True
    return False


async def _write_steadily(client: Client, tasks: anyio.abc.TaskGroup) -> None:
    while True:
        tasks.start_soon(_quietly, client, ALONE, NOTICE)
        await anyio.sleep(0.2)


async def _walk(client: Client) -> list[str]:
    if isinstance(client, BitrixIM):
        return [dialog.dialog_id async for dialog in client.recent.list(skip_undistributed_openlines=True)]
    found: list[str] = []
    offset, more = 0, True
    while more:
        page = await client.call(
            "im.recent.list", {"OFFSET": offset, "LIMIT": 200, "SKIP_UNDISTRIBUTED_OPENLINES": "Y"}
        )
        found += [str(item["id"]) for item in page["items"] if item]
        offset, more = offset + 200, page["hasMore"]
    return found


def _key(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"
