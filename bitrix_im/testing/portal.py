"""The portal, as a test holds it: a world, a web server's habits, and an HTTP client that reaches it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any, Self

import httpx

from .quirks import Quirks
from .server import sockets
from .server.app import App
from .server.limits import LeakyBucket, OperatingTime
from .server.outbox import Delivery
from .server.transport import InProcessTransport
from .verbs import Verbs
from .world.populate import populate

_ZONE = timezone(timedelta(hours=3))


class Portal(App, Verbs):
    """A Bitrix24 portal for tests: seeded, deterministic, with the real one's habits and limits.

    An ASGI app. `http` is an httpx client that reaches it in process, on asyncio and trio; `serve` puts it on a
    loopback socket. Time begins with the real clock's, or at *epoch*, and passes with the event loop's, so a virtual
    clock moves the portal as well::

        portal = Portal(seed=1).populate(dialogs=60)
        async with portal.http() as http:
            reply = await http.post("im.recent.list", json={"LIMIT": 200})

    *rate*, *burst*, *drain_interval* are the leaky bucket (requests a second, at once, seconds between drains);
    *operating* seconds of operating time are allowed per method in a *window* of seconds.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        user_id: int = 1,
        secret: str | None = None,
        host: str = "portal.bitrix24.test",
        rate: float = 2.0,
        burst: int = 50,
        drain_interval: float = 1.0,
        limited: bool = True,
        operating: float = 480.0,
        window: float = 600.0,
        operating_limited: bool = True,
        quirks: Quirks | None = None,
        epoch: datetime | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(
            seed,
            user_id,
            secret=secret or f"s3cr3t{Random(f'secret {seed}').getrandbits(64):016x}",
            host=host,
            bucket=LeakyBucket(rate, burst, drain_interval),
            limited=limited,
            operating=OperatingTime(operating, window),
            operating_limited=operating_limited,
            quirks=quirks or Quirks(),
            epoch=epoch or datetime.now(_ZONE).replace(microsecond=0),
            clock=clock,
        )

    @property
    def webhook(self) -> str:
        """The webhook's URL, for a client of `http`."""
        return f"https://{self.host}/rest/{self.user_id}/{self.secret}/"

    def webhook_of(self, user_id: int) -> str:
        """A webhook of another user, for a client of `http`: they see their own lists, and write as themselves."""
        if user_id not in self.world.users:
            raise KeyError(user_id)
        secret = f"{Random(f'secret {self.seed} {user_id}').getrandbits(64):016x}"
        self.secrets[secret] = user_id
        return f"https://{self.host}/rest/{user_id}/{secret}/"

    @property
    def showcase(self) -> str:
        """Dialog id of the history that `populate` made."""
        return self.world.showcase

    def populate(
        self,
        dialogs: int = 60,
        found: tuple[str, int] = ("Project", 25),
        messages: int = 120,
        unread: int = 30,
        *,
        dropped: int | None = None,
        doubled: int | None = None,
        queue_lines: int = 2,
        pinned: int = 3,
        tasks: int = 2,
    ) -> Self:
        """Fill the portal with a world of some variety, drawn from the seed.

        *dialogs* that ``im.recent.list`` shows; chats that a search for ``found[0]`` finds, ``found[1]`` of them;
        *messages* in the dialog `showcase`, *unread* of them unread. Among the list's rows *dropped* are never shown
        and *doubled* dialogs come twice (some, by default).
        """
        populate(
            self.world,
            dialogs=dialogs,
            found=found,
            messages=messages,
            unread=unread,
            dropped=dialogs // 40 if dropped is None else dropped,
            doubled=dialogs // 30 if doubled is None else doubled,
            queue_lines=queue_lines,
            pinned=pinned,
            tasks=tasks,
        )
        return self

    def fill_bucket(self, source: str = "127.0.0.1") -> None:
        """Fill the leaky bucket of an address: another program there was busy."""
        self.bucket.fill(source, self.clock.elapsed())

    # OAuth

    def oauth_app(self, client_id: str, client_secret: str, *, installed: bool = True) -> None:
        """Register an application, which may refresh its tokens at ``/oauth/token/``.

        Bots of one that is not *installed* to the end hear nothing (docs/portal.md#webhook-unfinished-install).
        """
        self.oauth.register(client_id, client_secret)
        (self.unfinished.discard if installed else self.unfinished.add)(client_id)

    def issue_tokens(
        self, expires_in: int = 3600, client_id: str | None = None, *, user_id: int | None = None
    ) -> dict[str, Any]:
        """Give out a pair of tokens for a user (the portal's own); the dict is what the token endpoint answers."""
        return self.oauth.issue(client_id, expires_in, user_id)

    def authorization_code(self, client_id: str | None = None, *, user_id: int | None = None) -> str:
        """A code that the token endpoint exchanges for the first pair, once, within 30 s."""
        return self.oauth.authorize(client_id, user_id)

    def expire_tokens(self) -> None:
        """Let every access token expire now."""
        self.oauth.expire()

    @property
    def refreshes(self) -> int:
        """Token refreshes that succeeded."""
        return self.oauth.refreshes

    # Bots with a webhook

    async def deliver(self, to: Callable[..., object] | None = None) -> list[Delivery]:
        """Send the events that wait in `outbox` to the bots' addresses, which must be on loopback, and return them.

        With an ASGI app *to* all of them go there, whatever their addresses. Each is sent once, as Bitrix24 does it.
        """
        return await self.outbox.deliver(to)

    # Ways in

    def http(self, *, source: str = "127.0.0.1", **options: Any) -> httpx.AsyncClient:
        """An httpx client that reaches the portal in process, from the address *source*.

        *options* are httpx's; relative URLs are methods of the webhook. Other hosts do not exist for it.
        """
        transport = InProcessTransport(self, self.knows, source)
        return httpx.AsyncClient(**{"base_url": self.webhook, "transport": transport, **options})

    def serve(
        self, port: int = 0, certificate: tuple[str, str] | None = None, *, deliver: bool = False
    ) -> AbstractAsyncContextManager[str]:
        """Serve on a loopback socket meanwhile, from a thread of its own; gives the webhook's URL there.

        *certificate* is the files of a certificate and its key, for https. With *deliver* the events of bots with a
        webhook on loopback leave by themselves, after each request. Change the world between requests, or in
        `before_command`. A virtual clock cannot wait for a real socket: use `http` with one.
        """
        return sockets.serve(self, port, certificate, self.outbox.deliver_near if deliver else None)

    def serving(
        self, port: int = 0, certificate: tuple[str, str] | None = None, *, deliver: bool = False
    ) -> AbstractContextManager[str]:
        """Like `serve`, for code that is not async."""
        return sockets.serving(self, port, certificate, self.outbox.deliver_near if deliver else None)
