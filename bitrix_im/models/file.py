"""Files in messages. The server spells this part in camelCase."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

import attrs

from ..convert import EMPTY, camel_case, wired
from ..convert.values import id_text
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
    viewer_resized: str = ""
    object_id: Annotated[str, wired(reader=id_text)] = ""
    viewer_group_by: Annotated[str, wired(reader=id_text)] = ""
    im_chat_id: int = 0
    title: str = ""
    actions: str = ""
    """JSON text."""


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
