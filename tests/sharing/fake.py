"""A place in memory, in virtual time, that can be away; and clients that meet there as if each were a process."""

from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import attrs
from anyio.lowlevel import checkpoint

from bitrix_im import BitrixIM, Limits, Retry, SharedLimits
from bitrix_im.limits.turns import Kept, exchange
from bitrix_im.session.sharing.place import ANSWER_LIMIT

CLOCK = 1e6  # the place's own


@attrs.define
class FakePlace:
    """Keeps what a file would; forgets it, hangs or refuses when told to."""

    kept: dict[str, Kept] = attrs.field(factory=dict)
    asks: int = 0
    users: int = 0
    hangs: bool = False
    refuses: bool = False
    is_away: bool = False

    def open(self):
        self.users += 1

    async def ask(self, portal, ask):
        self.asks += 1
        await checkpoint()
        with anyio.fail_after(ANSWER_LIMIT):
            if self.hangs:
                await anyio.sleep_forever()
        if self.refuses:
            raise ConnectionError("Connection refused")
        answer = exchange(self.kept.setdefault(portal, Kept()), ask, CLOCK + anyio.current_time())
        await checkpoint()
        return answer

    async def aclose(self):
        self.users -= 1


@asynccontextmanager
async def processes(portal, count, *, limits=Limits(), retry=Retry(max_elapsed=3600), webhooks=None):  # noqa: B008
    """Clients in one event loop that know of each other by the place alone."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(portal.http())
        addresses = webhooks or [portal.webhook] * count
        yield [
            await stack.enter_async_context(
                BitrixIM(addresses[number], http=http, limits=SharedLimits(f"/process/{number}", limits), retry=retry)
            )
            for number in range(count)
        ]
