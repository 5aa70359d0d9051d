"""``im.disk.*`` and ``im.v2.File.*``: files in dialogs."""

from __future__ import annotations

from typing import Annotated

import attrs

from ..convert import wired
from ..models import FileCommit, Model, SavedFile
from . import _parameters as checked
from ._group import Group


@attrs.frozen(kw_only=True, repr=False)
class _Folder(Model):
    id: Annotated[int, wired("ID", strict=True)] = 0


@attrs.frozen
class Files(Group):
    """Files in dialogs, and on the drive behind them."""

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
            "MESSAGE": None if message is None else checked.message("message", message),
        }
        return await self._ask(FileCommit, "im.disk.file.commit", params)

    async def save(self, file_id: int) -> SavedFile:
        """Copy a file to the user's own drive (``im.disk.file.save``, FILE_ID): twice is two copies."""
        return await self._ask(SavedFile, "im.disk.file.save", {"FILE_ID": checked.number("file_id", file_id)})

    async def delete(self, chat_id: int, file_id: int) -> None:
        """Delete a file out of a chat's folder (``im.disk.file.delete``, FILE_ID)."""
        params = {"CHAT_ID": checked.number("chat_id", chat_id), "FILE_ID": checked.number("file_id", file_id)}
        await self._do("im.disk.file.delete", params)
