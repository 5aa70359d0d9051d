"""What a bulk hands out."""

from __future__ import annotations

import attrs

from ...errors import BitrixError
from ...models import Message


@attrs.frozen
class BulkPage:
    """Some messages of one dialog, newest first.

    A dialog's pages follow each other downwards, among those of others. Exactly one of them is *done*: the dialog's
    last. It may be empty, and where the dialog failed it has the *error*: then what came before is not all of it, and
    the other dialogs go on.
    """

    dialog_id: str
    """As it was asked for."""
    messages: tuple[Message, ...] = attrs.field(default=(), repr=lambda messages: f"<{len(messages)}>")
    done: bool = False
    """Nothing more comes of this dialog."""
    before: int | None = None
    """Where to go on another day (``bulk(…, before={dialog_id: page.before})``) when the dialog is left behind this
    page: all messages from this id on have come. None where that is not known before the dialog is *done*."""
    error: BitrixError | None = None
    """Why the dialog ended before its beginning: `AccessError` where the user is not in it (any more)."""
