"""The portal's HTTP side: one request's way through faults, limits, credentials, and back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from ..php import bodies, query as phpquery, values as php
from ..quirks import Quirks
from ..rest import batch
from ..rest.calls import Params, RestError
from . import responses
from .bot_desk import BotDesk
from .cuts import Cut
from .engine import Caller, Engine, GatewayTimeout, Task
from .exchange import Exchange
from .faults import Fault, Faults
from .limits import LeakyBucket, OperatingTime
from .oauth import TOKEN_HOSTS, OAuthServer
from .outbox import Outbox

_DAY = 86_400.0
# docs/portal.md#reserved-names: no method sees them
_RESERVED = frozenset({"AUTH", "ACCESS_TOKEN", "AP", "APLOGIN", "SESSID", "STATE", "TOKEN"})
_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "origin, content-type, accept"}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class App(Engine):
    """An ASGI app that answers REST calls as Bitrix24 does."""

    def __init__(
        self,
        seed: int,
        user_id: int,
        *,
        secret: str,
        host: str,
        bucket: LeakyBucket,
        limited: bool,
        operating: OperatingTime,
        operating_limited: bool,
        quirks: Quirks,
        epoch: datetime,
        clock: Callable[[], float] | None,
    ) -> None:
        super().__init__(seed, user_id, quirks, epoch, clock, operating, operating_limited=operating_limited)
        self.seed = seed
        self.user_id = user_id
        self.secret = secret
        self.secrets: dict[str, int] = {}
        """Secrets of further webhooks, and whose they are."""
        self.host = host
        self.limited = limited
        self.bucket = bucket
        self.oauth = OAuthServer(self.clock, host, user_id, seed)
        self.outbox = Outbox(self.clock, self.oauth, host, seed)
        """Events for bots with a webhook, which `deliver` sends."""
        BotDesk(self.world, self.feed, quirks, self.outbox, self.unfinished, self._context).listen()
        self.faults = Faults(seed)
        self.log: list[Exchange] = []
        """Every HTTP request to the REST path, in order."""
        self.requests = 0
        """HTTP requests to the REST path, those refused, cut, or never arrived (CONNECT_ERROR) included."""
        self.strangers: list[str] = []
        """Foreign hosts that a client of `http` tried to reach."""
        self._router = Router(
            [
                Route("/rest/{path:path}", self._answer, methods=["GET", "POST", "OPTIONS"]),
                Route("/oauth/token/", self._token, methods=["GET", "POST"]),
            ],
            redirect_slashes=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI request."""
        await self._router(scope, receive, send)

    def knows(self, host: str) -> bool:
        """Whether a host's name leads here; strangers are noted."""
        known = {self.host, urlsplit(self.oauth.client_endpoint).hostname} | TOKEN_HOSTS | _LOOPBACK
        if host not in known:
            self.strangers.append(host)
        return host in known

    async def _answer(self, request: Request) -> Response:
        """Answer a REST request as browsers may read it (docs/portal.md#cors)."""
        if request.method == "OPTIONS":
            response = Response()
        elif _target(request.path_params["path"])[2].lower() == "download":
            response = self._download(request.query_params.get("token", ""))
        else:
            response = await self._rest(request)
        response.headers.update(_CORS)
        return response

    def _download(self, token: str) -> Response:
        """A file, by a link that works once; the token alone opens it."""
        number = self.world.drive.follow(token)
        stored = None if number is None else self.world.file(number)
        if stored is None:
            return self._json({"error": "ERROR_OAUTH", "error_description": "Invalid or expired token"}, 403)
        name = quote(stored.name)
        headers = {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
        return Response(stored.content, media_type="application/octet-stream", headers=headers)

    async def _rest(self, request: Request) -> Response:
        raw = await _parameters(request)
        user, secret, name = _target(request.path_params["path"])
        token = _token_of(request, raw, stripped=self.quirks.authorization_stripped)
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
                self.look_up(method)  # before the credentials: docs/portal.md#method-before-credentials
                caller = self._authorize(user, secret, token, f"{request.url.scheme}://{request.url.netloc}/rest/")
                response = self._json(await self.run(Task(method, params, caller, exchange, strike)))
                if fault is not None and fault.executes and not fault.inside:
                    response = await self._spoil(fault, response, request)
        except RestError as error:
            exchange.error = error.code
            status = 200 if self.quirks.errors_as_200 else error.status
            response = self._json(error.body, status)
        except php.PhpTypeError:
            # One bad reference in a batch, and the whole request is gone
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

    def _authorize(self, user: str, secret: str, token: str, root: str) -> Caller:
        """Who calls, and for which user."""
        if not secret:
            return Caller(*self.oauth.check(token), webhook=False, root=root)
        known = (user, secret) == (str(self.user_id), self.secret) or str(self.secrets.get(secret)) == user
        if not known:
            raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", 401)
        return Caller(f"webhook of {user}", int(user), webhook=True, root=f"{root}{user}/{secret}/")

    def _json(self, body: dict[str, Any], status: int = 200) -> Response:
        return responses.as_json(body, status, self.quirks.preamble)

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
        return self._json({"error": "INTERNAL_SERVER_ERROR", "error_description": "Internal server error"}, 500)

    async def _token(self, request: Request) -> Response:
        strike = self.faults.strike(0, ["oauth.token"])
        fault = strike.fault if strike is not None else None
        if fault is not None and fault.value.cut and not fault.executes:
            await _cut(fault)
        try:
            if fault is not None and not fault.executes:
                return self._broken(fault, request)
            response = responses.as_json(self.oauth.grant(await _parameters(request)))
            return await self._spoil(fault, response, request) if fault is not None else response
        except RestError as error:
            return responses.as_json(error.body, error.status)


async def _parameters(request: Request) -> dict[Any, Any]:
    """Query string and body together."""
    query = phpquery.parse_query(request.url.query)
    return query | bodies.parameters(await request.body(), request.headers.get("content-type", ""))


def _target(path: str) -> tuple[str, str, str]:
    """User, secret and method of a webhook's path; user and secret are empty with OAuth.

    Doubled slashes do no harm (docs/portal.md#double-slash).
    """
    parts = [part for part in path.split("/") if part] or [""]
    method = parts[-1].removesuffix(".json")
    if len(parts) == 1:
        return "", "", method
    return parts[0], parts[1], method if len(parts) == 3 else ""


def _token_of(request: Request, raw: dict[Any, Any], *, stripped: bool) -> str:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer and not stripped:
        return bearer.strip()  # wins over the body
    given = next((raw[name] for name in raw if str(name).lower() in ("auth", "access_token")), "")
    return given if isinstance(given, str) else ""


async def _cut(fault: Fault) -> None:
    if fault.value.cut == "stall":
        await anyio.sleep(_DAY)  # until the client's patience ends
        raise Cut("reset")
    raise Cut(fault.value.cut)
