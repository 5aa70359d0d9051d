"""A consumer of events that is going to be killed: ``python -m tests.crash.consumer WEBHOOK FOLDER LOOP``.

What it handled is a line in a file, on the disk before it asks for the next event.
"""

import os
import sys
from pathlib import Path
from random import Random

import anyio

from bitrix_im import BitrixIM, Limits, Retry
from bitrix_im.events import FileMark, MessageAdded

RECORD = "handled"


async def consume(webhook: str, folder: Path) -> None:
    """Write down what is heard."""
    random = Random()
    record = os.open(folder / RECORD, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    mark = FileMark(folder / "consumer.mark")
    async with (
        BitrixIM(webhook, limits=Limits(rate=50, burst=50), retry=Retry(attempts=40), timeout=10) as im,
        im.events(mark=mark, interval=(0.5, 2)) as events,
    ):
        async for event in events:
            await anyio.sleep(random.uniform(0, 0.04))
            text = event.text if isinstance(event, MessageAdded) else repr(event)
            os.write(record, f"{event.event_id}\t{event.dialog_id}\t{text}\n".encode())
            os.fsync(record)


if __name__ == "__main__":
    anyio.run(consume, sys.argv[1], Path(sys.argv[2]), backend=sys.argv[3])
