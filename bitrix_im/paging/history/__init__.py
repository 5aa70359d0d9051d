"""A dialog's messages (``im.dialog.messages.get``), newest first or oldest first.

- `base`: the questions that both directions ask;
- `links`: how many pages can be asked for in one request, each beginning where the one before ends;
- `down`: newest first, by LAST_ID;
- `up`: oldest first, by FIRST_ID and, where its pages cannot be trusted, by LAST_ID.
"""

from .base import MAX_LIMIT
from .down import HistoryDown
from .links import links_of
from .up import HistoryUp

__all__ = ["MAX_LIMIT", "HistoryDown", "HistoryUp", "links_of"]
