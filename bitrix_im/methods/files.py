"""``im.disk.*`` and ``im.v2.File.*``: files in dialogs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, overload

import attrs

from ..convert import wired
from ..models import FileCommit, Model, SavedFile, UploadedFile
from ..rest.inline import Progress
from ..session.transfer.source import Source
from . import _parameters as checked, _transfer
from ._group import Group


@attrs.frozen(kw_only=True, repr=False)
class _Folder(Model):
    id: Annotated[int, wired("ID", strict=True)] = 0


@attrs.frozen
class Files(Group):
    """Files in dialogs, and on the drive behind them."""

    async def upload(
        self,
        dialog_id: str | int,
        source: Source,
        *,
        name: str | None = None,
        message: str | None = None,
        progress: Progress | None = None,
    ) -> UploadedFile:
        """Upload a file into a dialog, and return it with the message that holds it (``im.v2.File.upload``).

        *source* is a path, bytes or an async iterator of bytes, of 1 byte to 100 MB; it is read while it is sent (an
        iterator goes through a temporary file first). *name* is what the file is called: a path's own, where it is
        None; the portal renames it where the name is taken. *message* is the text above it. *progress* is called with
        the bytes sent so far and all of them. A file may take a second per 50 KB on top of the client's timeout.

        Not tried again after an unknown outcome: twice would be two messages. Raises `ValueError` for an empty file or
        one that is too large, `OSError` for one that cannot be read, `AccessError` for a dialog that one may not write
        in.
        """
        params = {"dialogId": checked.dialog_id(dialog_id)}
        return await _transfer.upload(
            self._caller, "im.v2.File.upload", params, source, name=name, message=message, progress=progress
        )

    @overload
    async def download(
        self, dialog_id: str | int, file_id: int, target: None = None, *, progress: Progress | None = None
    ) -> bytes: ...

    @overload
    async def download(
        self,
        dialog_id: str | int,
        file_id: int,
        target: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
    ) -> Path: ...

    async def download(
        self,
        dialog_id: str | int,
        file_id: int,
        target: str | os.PathLike[str] | None = None,
        *,
        progress: Progress | None = None,
    ) -> Path | bytes:
        """Download a file of a dialog (``im.v2.File.download``): to a path, or as bytes without one.

        What is at *target* is replaced when the whole file is on the disk, never before (``TARGET.part`` until then);
        bytes go through a temporary file, too. *progress* is called with the bytes received so far and all of them (0
        where the portal does not tell). The address that the portal gives is good once and holds secrets: it is never
        shown, and asked without credentials.

        Raises `AccessError` or another `ApiError` for a file that one may not have, `TransportError` where the file
        broke off three times, `OSError` where it cannot be written.
        """
        params = {"dialogId": checked.dialog_id(dialog_id), "fileId": checked.number("file_id", file_id)}
        return await _transfer.download(self._caller, "im.v2.File.download", params, target, progress)

    async def folder(self, chat_id: int) -> int:
        """The id of the drive's folder for a chat's files (``im.disk.folder.get``); made where there is none."""
        return (await self._ask(_Folder, "im.disk.folder.get", {"CHAT_ID": checked.number("chat_id", chat_id)})).id

    async def commit(
        self, chat_id: int, *, file_id: int | None = None, upload_id: int | None = None, message: str | None = None
    ) -> FileCommit:
        """Publish a file of the drive in a chat (``im.disk.file.commit``).

        Either one that is there already (*file_id*: FILE_ID), or one that was uploaded into the chat's `folder`
        (*upload_id*: UPLOAD_ID); *message* (MESSAGE) is the text above it. Not tried again after an unknown outcome.
        """
        if (file_id is None) == (upload_id is None):
            raise ValueError("expected either file_id or upload_id: what to publish")
        params = {
            "CHAT_ID": checked.number("chat_id", chat_id),
            "FILE_ID": None if file_id is None else checked.number("file_id", file_id),
            "UPLOAD_ID": None if upload_id is None else checked.number("upload_id", upload_id),
            "MESSAGE": checked.maybe_message("message", message),
        }
        return await self._ask(FileCommit, "im.disk.file.commit", params)

    async def save(self, file_id: int) -> SavedFile:
        """Copy a file to the user's own drive (``im.disk.file.save``, FILE_ID): twice is two copies."""
        return await self._ask(SavedFile, "im.disk.file.save", {"FILE_ID": checked.number("file_id", file_id)})

    async def delete(self, chat_id: int, file_id: int) -> None:
        """Delete a file out of a chat's folder (``im.disk.file.delete``, FILE_ID)."""
        params = {"CHAT_ID": checked.number("chat_id", chat_id), "FILE_ID": checked.number("file_id", file_id)}
        await self._do("im.disk.file.delete", params)
