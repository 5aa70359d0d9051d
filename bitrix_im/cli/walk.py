"""One walk, written as it comes, and counted."""

from __future__ import annotations

import time
from typing import TypeVar

import attrs

from ..client import BitrixIM
from ..paging import Pager
from .output import Counter, Rows
from .texts import count

T = TypeVar("T")


@attrs.define
class Tally:
    """What has come so far."""

    noun: str
    items: int = 0
    pages: int = 0
    requests: int = 0
    doubles: int = 0
    seconds: float = 0.0
    cursor: str | None = None

    def __str__(self) -> str:
        return f"{self.progress}, {count(self.doubles, 'double')} dropped, {self.seconds:.1f} s"

    @property
    def progress(self) -> str:
        """The short form, while it walks."""
        return ", ".join((count(self.items, self.noun), count(self.pages, "page"), count(self.requests, "request")))

    @property
    def way_on(self) -> str:
        """How to get the rest, where there is one."""
        return f"; go on with --cursor {self.cursor}" if self.cursor else ""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.noun,
            self.items + other.items,
            self.pages + other.pages,
            self.requests + other.requests,
            self.doubles + other.doubles,
            self.seconds + other.seconds,
        )


async def walk(im: BitrixIM, pager: Pager[T], rows: Rows[T], tally: Tally) -> None:
    """Walk *pager*: every page goes to *rows* and into the *tally* at once."""
    began, before = time.monotonic(), im.stats.requests
    with Counter() as counter:
        counter.show("asking the portal")
        async for page in pager.pages():
            tally.items += len(page.items)
            tally.pages += 1
            tally.doubles += page.doubles
            tally.requests = im.stats.requests - before
            tally.seconds = time.monotonic() - began
            counter.hide()
            rows.write(page.items)
            tally.cursor = page.cursor
            counter.show(tally.progress)
        tally.requests = im.stats.requests - before
        tally.seconds = time.monotonic() - began
