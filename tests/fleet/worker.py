"""One worker of a fleet, in a process of its own: ``python -m tests.fleet.worker WHERE PORTALS LEASE BACKEND LOG``.

It appends a line to the log for each beginning and each end of work: the host's clock, what, the portal, its process.
"""

import os
import signal
import sys
import time
from functools import partial

import anyio

from bitrix_im import Fleet


def note(log, what, portal):
    os.write(log, f"{time.monotonic():.6f} {what} {portal} {os.getpid()}\n".encode())


async def work(mine, log):
    async with mine:
        note(log, "begins", mine.portal)
        try:
            await anyio.sleep_forever()
        finally:
            note(log, "ends", mine.portal)


async def stop(scope):
    with anyio.open_signal_receiver(signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


async def main(where, portals, lease, log):
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stop, tasks.cancel_scope)
        names = [f"p{number}" for number in range(portals)]
        async with Fleet(where, names, lease) as fleet, anyio.create_task_group() as works:
            async for mine in fleet:
                works.start_soon(work, mine, log)


if __name__ == "__main__":
    where, portals, lease, backend, path = sys.argv[1:]
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    anyio.run(partial(main, where, int(portals), float(lease), log), backend=backend)
