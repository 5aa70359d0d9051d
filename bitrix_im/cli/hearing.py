"""``bitrix-im events`` and ``watch``: what happens, as it happens, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio

from ..client import BitrixIM
from ..events import Event, EventStream, FileMark
from . import streams
from .columns import EVENTS
from .connect import client, webhook_of
from .output import JsonLines, Rows, Table
from .problems import Problem
from .texts import count
from .typed.options import Connection

Open = Callable[[BitrixIM, FileMark | None], EventStream]


def events(connection: Connection, **options: Any) -> None:
    """Print all events of the user's."""
    _hear(connection, lambda im, mark: im.events(mark=mark), "event", **options)


def watch(connection: Connection, dialogs: Sequence[str] | None, **options: Any) -> None:
    """Print new messages."""
    _hear(connection, lambda im, mark: im.watch(dialogs, mark=mark), "message", **options)


def _hear(
    connection: Connection, stream: Open, noun: str, *, limit: int | None, mark: str | None, json: bool, wrap: bool
) -> None:
    streams.check()
    if mark is not None and not Path(mark).parent.is_dir():
        raise Problem(f"cannot keep a mark in {mark}: there is no folder {Path(mark).parent}")
    rows: Rows[Event] = JsonLines() if json else Table(EVENTS, wrap=wrap)
    heard = 0

    async def program(webhook: str) -> None:
        nonlocal heard
        async with client(webhook) as im:
            try:
                opened = stream(im, None if mark is None else FileMark(mark))
                async with opened as events:
                    async for event in events:
                        rows.write([event])
                        heard += 1
                        if heard == limit:
                            events.done(event)
                            break
            except ValueError as error:
                raise Problem(str(error)) from None
            except OSError as error:
                raise Problem(f"cannot use {mark}: {error.strerror}") from None

    try:
        with webhook_of(connection) as webhook:
            anyio.run(program, webhook)
    except KeyboardInterrupt:
        raise Problem(f"stopped by Ctrl-C after {count(heard, noun)}", 130) from None
