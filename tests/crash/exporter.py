"""An export that is going to be killed: ``python -m tests.crash.exporter WEBHOOK TARGET``."""

import sys

import anyio

from bitrix_im import BitrixIM, Limits
from bitrix_im.export import export


async def main(webhook: str, target: str) -> None:
    """Export, and say what it took."""
    async with BitrixIM(webhook, limits=Limits(rate=20, burst=50)) as im:
        await export(im, target)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2])
