"""Files in messages. The server spells this part in camelCase."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import attrs

from ..convert import EMPTY, camel_case, strict, wired
from ..convert.values import id_text, one_or_many, whole_number
from .base import Model


@attrs.frozen(kw_only=True, repr=False)
class ImageSize(Model):
    """Width and height of a picture, in pixels."""

    width: int = 0
    height: int = 0


@attrs.frozen(kw_only=True, repr=False)
class ViewerAttrs(Model):
    """What the web messenger's viewer needs to show a file (``viewerAttrs``)."""

    _spelled: ClassVar = camel_case

    viewer: str = ""
    viewer_type: str = ""
    """``"image"``, ``"video"``, ``"code"``, …"""
    src: str = ""
    object_id: Annotated[str, wired(reader=id_text)] = ""
    viewer_group_by: Annotated[str, wired(reader=id_text)] = ""
    im_chat_id: int = 0
    title: str = ""
    actions: str = ""
    """JSON text."""
    unified_link: Annotated[str, wired(run="rarely")] = ""
    """A short link to the file's page."""
    viewer_resized: Annotated[str, wired(run="rarely")] = ""


@attrs.frozen(kw_only=True, repr=False)
class MediaUrl(Model):
    """Links to previews (``mediaUrl``)."""

    _spelled: ClassVar = camel_case

    preview: Mapping[str, str] = attrs.field(default=EMPTY, hash=False)
    """Link by size in pixels, ``{"250": "https://…"}``."""


@attrs.frozen(kw_only=True, repr=False)
class File(Model):
    """A file in a chat."""

    _spelled: ClassVar = camel_case
    _brief = ("id", "name", "size")

    id: int
    chat_id: int = 0
    date: datetime | None = None
    """When it was uploaded."""
    type: str = ""
    """``"image"``, ``"video"``, ``"audio"`` or ``"file"``."""
    name: str = ""
    extension: str = ""
    size: int = 0
    """Bytes."""
    image: ImageSize | None = None
    """Of pictures and videos only."""
    status: str = ""
    """``"done"`` or ``"upload"``."""
    progress: int = 0
    """Percent uploaded; -1 when not known."""
    author_id: int = 0
    author_name: str = ""

    url_preview: str = ""
    url_show: str = ""
    url_download: str = ""
    viewer_attrs: ViewerAttrs | None = None
    media_url: MediaUrl | None = None

    is_transcribable: bool = False
    is_video_note: bool = False
    is_voice_note: bool = False


@attrs.frozen(kw_only=True, repr=False)
class UploadedFile(Model):
    """A file that was uploaded into a dialog, and the message that holds it."""

    _spelled: ClassVar = camel_case
    _brief = ("file", "message_id", "dialog_id")

    file: File
    message_id: Annotated[int, strict] = 0
    chat_id: int = 0
    dialog_id: Annotated[str, wired(reader=id_text)] = ""


def _by_upload(value: Any) -> Any:
    """The files of a commit come in an object, under ``"upload5249"``."""
    return list(value.values()) if type(value) is dict else value


@attrs.frozen(kw_only=True, repr=False)
class FileCommit(Model):
    """What became of files that were published in a chat (``im.disk.file.commit``)."""

    _spelled: ClassVar = str.upper
    _brief = ("message_id", "disk_id")

    files: Annotated[tuple[File, ...], wired(prepare=_by_upload)] = ()
    disk_id: Annotated[tuple[int, ...], wired(reader=one_or_many(whole_number))] = ()
    """Their ids on the drive."""
    file_models: Mapping[str, Any] = attrs.field(default=EMPTY, hash=False)
    """What the drive knows of each, as the server sent it, under ``"upload5249"``."""
    message_id: Annotated[int, strict] = 0
    """The message that holds them."""


@attrs.frozen(kw_only=True, repr=False)
class DriveEntry(Model):
    """A file or folder on the drive, in short."""

    id: int
    name: str = ""


@attrs.frozen(kw_only=True, repr=False)
class SavedFile(Model):
    """Where a file was saved on the user's own drive (``im.disk.file.save``)."""

    folder: Annotated[DriveEntry | None, strict] = None
    file: Annotated[DriveEntry | None, strict] = None
