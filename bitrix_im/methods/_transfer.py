"""Files up and down: what `Files` and a bot do alike. Where a road leads is `session.transfer`'s business."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import attrs

from ..convert import camel_case, structure, wired
from ..convert.values import text
from ..errors import ServerError, TransportError
from ..models import Model, UploadedFile
from ..paging import Caller
from ..rest.call import Call
from ..rest.inline import Progress, new_mark
from ..session.transfer.download import Download
from ..session.transfer.fetch import Address
from ..session.transfer.source import Source, opened
from ..session.transfer.target import Target
from ..session.transfer.upload import MOST_BYTES, Upload
from . import _parameters as checked

_MOST_ADDRESSES = 3


def _hidden(value: Any, _: Any) -> Address:
    return Address(text(value))


@attrs.frozen(kw_only=True, repr=False)
class _Link(Model):
    """Holds the address as a secret."""

    _spelled: ClassVar = camel_case
    _brief = ("extra",)

    download_url: Annotated[Address | None, wired(reader=_hidden, strict=True)] = None


async def upload(
    caller: Caller,
    method: str,
    params: Mapping[str, Any],
    source: Source,
    *,
    name: str | None,
    message: str | None,
    progress: Progress | None,
) -> UploadedFile:
    """Upload a file by a method that takes it in ``fields``."""
    said = checked.maybe_message("message", message)
    async with opened(source, MOST_BYTES) as file:
        called = file.name if name is None else name
        if called is None:
            raise ValueError("expected name: what the file is called, since bytes have no name of their own")
        mark = new_mark()
        fields = {"name": checked.word("name", called), "content": mark, "message": said}
        call = Call(method, {**params, "fields": fields}, road=Upload(file, mark, progress))
        reply = await caller.call(call)
    return structure(reply.result, UploadedFile, at="$.result")


async def download(
    caller: Caller,
    method: str,
    params: Mapping[str, Any],
    target: str | os.PathLike[str] | None,
    progress: Progress | None,
) -> Path | bytes:
    """Download a file by a method that answers with its address, which is good once: another try asks for another."""
    path = None if target is None else Path(target)
    async with Target(path) as place:
        for left in reversed(range(_MOST_ADDRESSES)):
            road = Download(await _address(caller, method, params), place, progress)
            try:
                await caller.call(Call(method, repeatable=False, road=road))
                break
            except (TransportError, ServerError):
                if not left:
                    raise
        content = await place.finish()
    return content if path is None else path


async def _address(caller: Caller, method: str, params: Mapping[str, Any]) -> Address:
    reply = await caller.call(Call(method, params))
    address = structure(reply.result, _Link, at="$.result").download_url
    return address if address is not None else Address("")
