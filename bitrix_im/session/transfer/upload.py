"""The road of an upload: one call whose body holds a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ...rest import encode
from ...rest.call import Call, Reply
from ...rest.inline import Attachment, Progress
from .source import Opened

if TYPE_CHECKING:
    from ..sender import Sender

MOST_BYTES = 100 * 1024 * 1024  # docs/portal.md#file-upload
_SLOWEST = 50_000  # bytes a second: an upload may take that much longer than other calls


@attrs.frozen
class Upload:
    """How a call travels that has a file in place of *mark*."""

    opened: Opened
    mark: str
    progress: Progress | None = None

    async def send(self, sender: Sender, call: Call, within: float) -> Reply:
        """Make the call. The file is read while it is sent, from its beginning each time."""
        patience = within + self.opened.size / _SLOWEST
        async with self.opened.chunks() as chunks:
            file = Attachment(self.mark, self.opened.size, chunks, self.progress)
            return await sender.send(call.method, encode.body(call.params), patience, file)
