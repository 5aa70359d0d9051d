"""`run`: a bot in ten lines."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anyio

from ..auth import OAuth, Webhook
from ..events.handlers import Handlers
from ..events.marks import FileMark, Mark
from .bots import Bots
from .commands import Titles
from .token import BotToken

opening: list[Callable[..., Any]] = []
"""How a client is opened. The client stands on a floor below this room, and puts itself here when it is imported."""


def run(
    handlers: Handlers,
    auth: str | Webhook | OAuth,
    code: str,
    *,
    name: str,
    token: BotToken | None,
    mark: Mark | str | os.PathLike[str],
    commands: Mapping[str, Titles] | None = None,
    **options: Any,
) -> None:
    """Run a bot until SIGTERM or Ctrl-C: open a client, make sure of the bot, handle its events, leave cleanly.

    *mark* may be a file's path. *options* are those of the client (``limits``, ``retry``, ``timeout``, ``http``). Says
    in one line each, on stderr, what it does. Synchronous: it starts asyncio itself. Raises what `Bots.ensure` and
    `Handlers.run` raise.
    """
    kept = FileMark(Path(mark)) if isinstance(mark, str | os.PathLike) else mark
    importlib.import_module("bitrix_im.client")  # a bot's program may have imported nothing but `bitrix_im.bots`

    async def main() -> None:
        async with opening[-1](auth, **options) as im:
            await serve(handlers, im.bots, code, name=name, token=token, mark=kept, commands=commands)

    anyio.run(main, backend="asyncio")


async def serve(
    handlers: Handlers,
    bots: Bots,
    code: str,
    *,
    name: str,
    token: BotToken | None,
    mark: Mark,
    commands: Mapping[str, Titles] | None = None,
) -> None:
    """What `run` does, with a client that is there."""
    bot = await bots.ensure(code, token=token, name=name, commands=commands)
    _say(f"{bot.code}: registered as bot {bot.id}")
    stop = anyio.Event()
    async with anyio.create_task_group() as group:

        async def listen() -> None:
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                async for number in signals:
                    _say(f"{bot.code}: {signal.Signals(number).name}, finishing what runs")
                    stop.set()
                    return

        if os.name == "posix":
            group.start_soon(listen)
        _say(f"{bot.code}: listening")
        failure: Exception | None = None
        try:
            await handlers.run(bot.events(mark=mark), stop=stop)
        except Exception as error:  # noqa: BLE001 - raised bare, outside the group
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure
    _say(f"{bot.code}: stopped, all that was handled is confirmed")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
