"""Webhook mode: events on their way to bots' addresses, as PHP forms (docs/portal.md#webhook-body)."""

import logging
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urlsplit

import attrs
import httpx

from ..php import forms
from ..world.bots import Bot
from ..world.clock import ServerClock
from .oauth import OAuthServer

log = logging.getLogger("bitrix_im.testing")

FORM = "application/x-www-form-urlencoded"
_PATIENCE = 10.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@attrs.define
class Delivery:
    """One event on its way to a bot, and what came of it."""

    url: str
    body: bytes = attrs.field(repr=False)
    event: str
    bot_id: int
    status: int | None = None
    """HTTP status of the bot's answer; None before it, or without one."""
    content_type: str = FORM


class Outbox:
    """Events for bots with a webhook, in order; each is sent once, whatever comes of it."""

    def __init__(self, clock: ServerClock, oauth: OAuthServer, host: str, seed: int) -> None:
        self.waiting: list[Delivery] = []
        self._clock = clock
        self._oauth = oauth
        self._host = host
        self._seed = seed
        self._numbers = count(101)

    def application_token(self, owner: str) -> str:
        """What webhooks for that owner's bots are verified by (docs/portal.md#webhook-token)."""
        if owner.startswith("custom"):
            return owner[:50]
        return f"{Random(f'application {self._seed} {owner}').getrandbits(128):032x}"

    def put(self, bot: Bot, event: str, data: dict[str, Any]) -> None:
        """Make the request for an event."""
        token = self.application_token(bot.owner)
        shown: dict[str, Any] = {"id": bot.id, "code": bot.code, "auth": []}
        auth = {
            "domain": self._host,
            "client_endpoint": f"https://{self._host}/rest/",
            "server_endpoint": f"https://{self._oauth.domain}/rest/",
            "member_id": f"{self._seed:032x}",
            "application_token": token,
        }
        if not bot.owner.startswith("custom"):
            shown["auth"] = self._oauth.issue(bot.owner, user_id=bot.id) | {"application_token": token}
        envelope = {
            "event": event,
            "event_handler_id": next(self._numbers),
            "data": {"bot": shown, **data},
            "ts": self._clock.seconds(),
            "auth": auth,
        }
        self.waiting.append(Delivery(bot.webhook_url, forms.build_query(envelope).encode(), event, bot.id))

    async def deliver(self, to: Callable[..., object] | None = None) -> list[Delivery]:
        """Send what waits, to loopback addresses, or all of it to the ASGI app *to*; nothing is sent a second time."""
        far = [delivery for delivery in self.waiting if not _is_near(delivery)]
        if to is None and far:
            raise ValueError(f"{far[0].url} is no loopback address: hand in the app, deliver(to=app)")
        sent, self.waiting = self.waiting, []
        transport = None if to is None else httpx.ASGITransport(to, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, timeout=_PATIENCE, trust_env=False) as http:
            for delivery in sent:
                try:
                    reply = await http.post(
                        delivery.url, content=delivery.body, headers={"Content-Type": delivery.content_type}
                    )
                    delivery.status = reply.status_code
                except httpx.TransportError:
                    pass  # lost: the portal makes no second try (docs/portal.md#webhook-no-retries)
        return sent

    async def deliver_near(self) -> list[Delivery]:
        """Send what waits to loopback addresses; what is for others is dropped, with a warning."""
        for far in [delivery for delivery in self.waiting if not _is_near(delivery)]:
            log.warning("%s for bot %d was not sent: %s is no loopback address", far.event, far.bot_id, far.url)
            self.waiting.remove(far)
        return await self.deliver()


def _is_near(delivery: Delivery) -> bool:
    return urlsplit(delivery.url).hostname in _LOOPBACK
