"""The portal: an ASGI app that answers REST calls as Bitrix24 does."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any, Self
from urllib.parse import urlsplit

import anyio
import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from . import batch, oauth, php, phpquery, populate, responses, server
from .calls import Params, RestError
from .cuts import Cut
from .engine import Engine, GatewayTimeout, Task
from .exchange import Exchange
from .faults import Fault, Faults
from .limits import LeakyBucket, OperatingTime
from .quirks import Quirks
from .transport import InProcessTransport

EPOCH = datetime(2026, 3, 4, 10, 0, tzinfo=timezone(timedelta(hours=3)))
_DAY = 86_400.0
_RESERVED = frozenset({"AUTH", "ACCESS_TOKEN", "AP", "APLOGIN", "SESSID", "START", "STATE", "TOKEN"})  # §1
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Portal(Engine):
    """A Bitrix24 portal for tests: seeded, deterministic, with the real one's habits and limits.

    An ASGI app. `http` is an httpx client that reaches it in process, on asyncio and trio; `serve` puts it on a
    loopback socket. Time is the event loop's, so a virtual clock moves the portal as well::

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
        epoch: datetime = EPOCH,
        clock: Callable[[], float] | None = None,
    ) -> None:
        meter = OperatingTime(operating, window)
        super().__init__(seed, user_id, quirks or Quirks(), epoch, clock, meter, operating_limited=operating_limited)
        self.seed = seed
        self.user_id = user_id
        self.secret = secret or f"s3cr3t{Random(f'secret {seed}').getrandbits(64):016x}"
        self.host = host
        self.limited = limited
        self.bucket = LeakyBucket(rate, burst, drain_interval)
        self.oauth = oauth.OAuthServer(self.clock, host, user_id, seed)
        self.faults = Faults(seed)
        self.log: list[Exchange] = []
        """Every HTTP request to the REST path, in order."""
        self.requests = 0
        """HTTP requests to the REST path, those refused, cut, or never arrived (CONNECT_ERROR) included."""
        self.strangers: list[str] = []
        """Foreign hosts that a client of `http` tried to reach."""
        self._router = Router(
            [
                Route("/rest/{path:path}", self._rest, methods=["GET", "POST"]),
                Route("/oauth/token/", self._token, methods=["GET", "POST"]),
            ],
            redirect_slashes=False,
        )
        self._mirror_world()

    def _mirror_world(self) -> None:
        world = self.world
        self.add_user, self.add_chat, self.add_private = world.add_user, world.add_chat, world.add_private
        self.add_group, self.add_queue_line = world.add_group, world.add_queue_line
        self.add_history, self.add_dropped_row, self.double = world.add_history, world.add_dropped_row, world.double
        self.post, self.hide, self.leave, self.pin = world.post, world.hide, world.leave, world.pin
        self.mark_unread, self.mute, self.read = world.mark_unread, world.mute, world.read
        self.rename_chat = world.rename_chat
        self.visible_dialogs, self.changed_dialogs = world.visible_dialogs, world.changed_dialogs
        self.queue_lines, self.found_chats = world.queue_lines, world.found_chats
        self.visible_messages, self.message_texts = world.visible_messages, world.message_texts

    @property
    def webhook(self) -> str:
        """The webhook's URL, for a client of `http`."""
        return f"https://{self.host}/rest/{self.user_id}/{self.secret}/"

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
        populate.populate(
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

    def oauth_app(self, client_id: str, client_secret: str) -> None:
        """Register an application, which may refresh its tokens at ``/oauth/token/``."""
        self.oauth.register(client_id, client_secret)

    def issue_tokens(self, expires_in: int = 3600, client_id: str | None = None) -> dict[str, Any]:
        """Give out a pair of tokens; the dict is what the token endpoint answers."""
        return self.oauth.issue(client_id, expires_in)

    def expire_tokens(self) -> None:
        """Let every access token expire now."""
        self.oauth.expire()

    @property
    def refreshes(self) -> int:
        """Token refreshes that succeeded."""
        return self.oauth.refreshes

    # Ways in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI request."""
        await self._router(scope, receive, send)

    def http(self, *, source: str = "127.0.0.1", **options: Any) -> httpx.AsyncClient:
        """An httpx client that reaches the portal in process, from the address *source*.

        *options* are httpx's; relative URLs are methods of the webhook. Other hosts do not exist for it.
        """
        transport = InProcessTransport(self, self._knows, source)
        return httpx.AsyncClient(**{"base_url": self.webhook, "transport": transport, **options})

    def serve(self, port: int = 0, certificate: tuple[str, str] | None = None) -> AbstractAsyncContextManager[str]:
        """Serve on a loopback socket meanwhile, from a thread of its own; gives the webhook's URL there.

        *certificate* is the files of a certificate and its key, for https. Change the world between requests, or in
        `before_command`. A virtual clock cannot wait for a real socket: use `http` with one.
        """
        return server.serve(self, port, certificate)

    def serving(self, port: int = 0, certificate: tuple[str, str] | None = None) -> AbstractContextManager[str]:
        """Like `serve`, for code that is not async."""
        return server.serving(self, port, certificate)

    def _knows(self, host: str) -> bool:
        known = {self.host, urlsplit(self.oauth.client_endpoint).hostname} | oauth.TOKEN_HOSTS | _LOOPBACK
        if host not in known:
            self.strangers.append(host)
        return host in known

    # A request's way through

    async def _rest(self, request: Request) -> Response:
        raw = await _parameters(request)
        user, secret, name = _target(request.path_params["path"])
        token = _token_of(request, raw)
        params = Params({name: value for name, value in raw.items() if str(name).upper() not in _RESERVED})
        method = name.lower()
        source = request.client.host if request.client else ""
        exchange = Exchange(self.clock.elapsed(), method, params.raw, source=source)
        if method == "batch":
            exchange.commands = batch.methods(params)
        self.log.append(exchange)
        self.requests += 1
        strike = self.faults.strike(self.requests, [method, *(inner.lower() for inner in exchange.commands)])
        fault = strike.fault if strike is not None else None
        exchange.fault = fault.name if fault is not None else None
        try:
            if fault is not None and fault.value.cut and not fault.executes:
                await _cut(fault)
            self._admit(request, source)
            if fault is not None and not fault.inside and not fault.executes:
                if fault is Fault.EXPIRED_TOKEN and not secret:
                    self.oauth.expire(token)
                response = self._broken(fault, request)
            else:
                application = self._authorize(user, secret, token)
                task = Task(method, params, application, exchange, strike)
                response = responses.as_json(await self.run(task))
                if fault is not None and fault.executes and not fault.inside:
                    response = await self._spoil(fault, response, request)
        except RestError as error:
            exchange.error = error.code
            status = 200 if self.quirks.errors_as_200 else error.status
            response = responses.as_json(error.body, status)
        except php.PhpTypeError:
            # One bad reference in a batch, and the whole request is gone (§3)
            exchange.error = "TypeError"
            response = self._php_error()
        except GatewayTimeout:
            exchange.error = "timeout"
            response = responses.page(504)
        exchange.status = response.status_code
        return response

    def _admit(self, request: Request, source: str) -> None:
        if request.url.scheme != "https" and request.url.hostname not in _LOOPBACK:
            raise RestError("INVALID_REQUEST", "Https required.", 400)
        if self.limited and not self.bucket.admit(source, self.clock.elapsed()):
            self.refusals += 1
            raise RestError("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)

    def _authorize(self, user: str, secret: str, token: str) -> str:
        if not secret:
            return self.oauth.check(token)
        if (user, secret) != (str(self.user_id), self.secret):
            raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", 401)
        return "webhook"

    def _broken(self, fault: Fault, request: Request) -> Response:
        """The answer of a fault: an error in JSON, or a page."""
        kind = fault.value
        if kind.code:
            raise RestError(kind.code, kind.text.strip(), kind.status)
        location = str(request.url.replace(hostname=f"renamed.{self.host}")) if kind.page == "moved" else None
        return responses.page(kind.status, location)

    async def _spoil(self, fault: Fault, response: Response, request: Request) -> Response:
        """What becomes of a good answer on its way back."""
        kind = fault.value
        if kind.cut:
            await _cut(fault)
        if kind.page == "empty":
            return responses.empty()
        return responses.half(response) if kind.page == "half" else self._broken(fault, request)

    def _php_error(self) -> Response:
        if self.quirks.php_error_html:
            return responses.page(500)
        return responses.as_json({"error": "INTERNAL_SERVER_ERROR", "error_description": "Internal server error"}, 500)

    async def _token(self, request: Request) -> Response:
        strike = self.faults.strike(0, ["oauth.token"])
        fault = strike.fault if strike is not None else None
        if fault is not None and fault.value.cut and not fault.executes:
            await _cut(fault)
        try:
            if fault is not None and not fault.executes:
                return self._broken(fault, request)
            response = responses.as_json(self.oauth.refresh(await _parameters(request)))
            return await self._spoil(fault, response, request) if fault is not None else response
        except RestError as error:
            return responses.as_json(error.body, error.status)


async def _parameters(request: Request) -> dict[Any, Any]:
    """Query string and body together; JSON only where Content-Type says so (§1)."""
    query = phpquery.parse_query(request.url.query)
    body = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        return query | php.decode_object(body)
    return query | phpquery.parse_query(body.decode("utf-8", "replace"))


def _target(path: str) -> tuple[str, str, str]:
    """User, secret and method of a webhook's path; user and secret are empty with OAuth."""
    parts = path.strip("/").split("/")
    method = parts[-1].removesuffix(".json")
    if len(parts) == 1:
        return "", "", method
    return parts[0], parts[1], method if len(parts) == 3 else ""


def _token_of(request: Request, raw: dict[Any, Any]) -> str:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip()  # wins over the body (§1)
    given = next((raw[name] for name in raw if str(name).lower() in ("auth", "access_token")), "")
    return given if isinstance(given, str) else ""


async def _cut(fault: Fault) -> None:
    if fault.value.cut == "stall":
        await anyio.sleep(_DAY)  # until the client's patience ends
        raise Cut("reset")
    raise Cut(fault.value.cut)
