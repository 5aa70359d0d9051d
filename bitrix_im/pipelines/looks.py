"""What whoever cuts a job into tasks asks a portal: which dialogs there are, and which have news."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from ..client import BitrixIM
from ..convert import structure
from ..events.changes import Changes, lasts
from ..export.plan import is_listed
from ..models import RecentItem
from .tasks import Order

T = TypeVar("T")


async def asked(order: Order, secret: str, question: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """Ask a portal while none of its tasks runs; they have the other half of the burst."""
    async with order.client(secret, burst_part=0.5) as im:
        return await question(im, *arguments)


async def listed(im: BitrixIM, after: int = 0) -> list[str]:
    """The dialogs that have messages above *after*. Open lines that wait in the queue are nobody's dialogs yet."""
    items = im.recent.list(skip_undistributed_openlines=True)
    return [item.dialog_id async for item in items if item.message.id > after or not after]


async def newest(im: BitrixIM) -> int:
    """The highest message id that the list shows, 0 where it is empty."""
    items, _ = await Changes(im._caller).page(0)
    return max([last for _, last in lasts(items)], default=0)


async def changed_since(im: BitrixIM, after: int, since: datetime | None) -> tuple[dict[str, int], datetime | None]:
    """Dialogs with the ids of their last messages, all that have some above *after*; and the server's time of the look.

    *since* is a moment at which nothing above *after* was there. Without it the list is read down to *after*.
    """
    items, at = await Changes(im._caller).changed(after, since)
    changed: dict[str, int] = {}
    for item in structure(items, list[RecentItem], at="$.result"):
        if is_listed(item):
            changed[item.dialog_id] = max(item.message.id, changed.get(item.dialog_id, 0))
    return changed, at
