"""The road of a download: a GET of the address that the portal gave for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ...rest.call import Call, Reply
from ...rest.inline import Progress
from .fetch import Address
from .target import Target

if TYPE_CHECKING:
    from ..sender import Sender


@attrs.frozen
class Download:
    """How a file comes. Its address is good once, so the call is not made again after it may have been used."""

    address: Address
    target: Target = attrs.field(repr=False)
    progress: Progress | None = None

    async def send(self, sender: Sender, call: Call, within: float) -> Reply:
        """Fetch the file from its beginning; the result is its size."""
        came = 0

        async def receive(chunk: bytes, total: int) -> None:
            nonlocal came
            came += len(chunk)
            await self.target.write(chunk)
            if self.progress is not None:
                self.progress(came, total)

        await self.target.restart()
        return Reply(await sender.fetch(self.address, receive, within, call.method))
