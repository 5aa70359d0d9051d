"""One consumer of the portal's events, any number of browsers that listen to it.

The portal hands a user's events to one consumer (``im.v2.Event.get`` deletes what was confirmed), so the backend hears
once and tells all. Each event keeps its id on the way: a browser that lost its connection names the last one it saw,
and gets what it missed, or is asked to begin anew where that is not kept any more.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import AsyncIterator
from uuid import uuid4

import anyio

from bitrix_im import BitrixError, BitrixIM, MessageAdded, MethodNotFound

from . import shapes

log = logging.getLogger(__name__)

KEPT = 1000  # events for browsers that come back
AGAIN = 5.0  # seconds after a failure


class Live:
    """What happened lately, in order, and a bell that rings for what comes."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self._count = 0  # of all events so far
        self._beginning = f"begin-{uuid4().hex}"  # who heard nothing yet says so, and not to another process
        self._bell = anyio.Event()

    async def hear(self, im: BitrixIM) -> None:
        """Listen to the portal for as long as the application runs."""
        source = im.events
        while True:
            try:
                async with source() as events:
                    async for event in events:
                        if isinstance(event, MessageAdded):
                            self.tell(event)
            except MethodNotFound:  # an older portal: watch the list instead
                source = im.watch
            except BitrixError as error:
                log.warning("no live updates for %g s: %s", AGAIN, error)
                await anyio.sleep(AGAIN)

    def tell(self, event: MessageAdded) -> None:
        """Hand an event to everybody who listens."""
        self._count += 1
        number = event.message.id if event.event_id is None else event.event_id
        self._kept.append((str(number), json.dumps(shapes.added(event))))
        bell, self._bell = self._bell, anyio.Event()
        bell.set()

    async def listen(self, last_id: str | None) -> AsyncIterator[dict[str, str]]:
        """Everything from now on, or from behind the event *last_id*."""
        position = self._count
        if last_id is not None:
            missed = self._behind(last_id)
            if missed is None:
                yield {"event": "resync", "data": "{}"}
            else:
                position -= missed
        else:
            yield {"event": "hello", "data": "{}", "id": self._kept[-1][0] if self._kept else self._beginning}
        while True:
            bell = self._bell
            while position < self._count:
                index = len(self._kept) - (self._count - position)
                if index < 0:  # so far behind that what comes next is gone
                    position = self._count
                    yield {"event": "resync", "data": "{}"}
                    break
                number, data = self._kept[index]
                position += 1
                yield {"event": "message", "id": number, "data": data}
            await bell.wait()

    def _behind(self, last_id: str) -> int | None:
        """How many of the kept events come after *last_id*; None where that cannot be known."""
        if last_id == self._beginning and self._count == len(self._kept):
            return self._count
        return next((back for back, (number, _) in enumerate(reversed(self._kept)) if number == last_id), None)
