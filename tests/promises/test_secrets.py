"""No secret in anything that comes out: a cross-check of every kind of failure, with every logger wide open."""

import base64
import copy
import gc
import json
import logging
import pickle
import traceback
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from bitrix_im import (
    BitrixIM,
    Call,
    JSONFileTokenStore,
    Limits,
    MemoryTokenStore,
    OAuth,
    Retry,
    Tokens,
    UnexpectedResponse,
    Webhook,
    cli,
)
from bitrix_im.redact import Secrets, redact
from bitrix_im.testing import Fault, Portal, Quirks

from ..helpers import connected

CLIENT_SECRET = "the-c1ient-s3cret-of-the-app"
LOGGERS = ["", "bitrix_im", "httpx", "anyio", "asyncio", "httpcore"]
LOGGERS += [f"httpcore.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")]
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the point
QUICK: dict[str, Any] = {"retry": Retry(attempts=2), "timeout": 5, "limits": Limits.unlimited()}


def spelled(name, value, depth=4):
    """A local as those tools print it: its repr, and what is in containers."""
    try:
        yield f"{name} = {value!r}"
    except AttributeError:  # half-made: its __init__ raised
        return
    if depth and isinstance(value, Mapping):
        for inner_name, inner in value.items():
            yield from spelled(f"{name}[{inner_name!r}]", inner, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from spelled(name, inner, depth - 1)


class Outlet(logging.Handler):
    """Everything that came out: log records, errors, texts."""

    def __init__(self):
        super().__init__(1)
        self.texts = []
        self.loggers = set()
        self.errors = []
        self.scopes = set()

    def emit(self, record):
        self.loggers.add(record.name)
        self.texts += [str(record.msg), repr(record.args), record.getMessage(), repr(vars(record))]
        self.texts.append(logging.Formatter("%(message)s").format(record))

    def error(self, error, *, with_frames=True):
        """Note an error, and all that it leads to."""
        self.errors.append(error)
        if with_frames:
            self.frames(error)
        self.texts += traceback.format_exception(error)
        seen, todo = set(), [error]
        while todo:
            one = todo.pop()
            if one is None or id(one) in seen:
                continue
            seen.add(id(one))
            self.show(one)
            self.texts += [repr(one.args), repr(vars(one)), *getattr(one, "__notes__", [])]
            todo += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
            assert not isinstance(one, httpx.HTTPError), "it holds the request, and that the URL and the headers"

    def frames(self, error):
        """Note what tools that print the locals of frames (sentry, rich, ``pytest -l``) make of an error."""
        seen, todo = set(), [error]
        while todo:
            one = todo.pop()
            if one is None or id(one) in seen:
                continue
            seen.add(id(one))
            todo += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
            trace = one.__traceback__
            while trace is not None:
                frame, trace = trace.tb_frame, trace.tb_next
                where = frame.f_code.co_filename
                assert not set(Path(where).parts) & {"httpx", "httpcore", "h11"}, where
                is_ours = "bitrix_im" in Path(where).parts and "testing" not in Path(where).parts
                if is_ours or "<attrs" in where:
                    self.scopes.add(frame.f_code.co_qualname if hasattr(frame.f_code, "co_qualname") else "")
                    self.texts += [text for name, value in frame.f_locals.items() for text in spelled(name, value)]

    def show(self, thing):
        """Note how an object shows itself, and what a pickle of it holds."""
        self.texts += [repr(thing), str(thing), format(thing)]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            try:
                self.texts.append(pickle.dumps(thing, protocol).decode("latin-1"))
            except (TypeError, AttributeError, pickle.PicklingError) as error:
                self.texts.append(repr(error))
        try:
            self.texts.append(repr(copy.copy(thing)))
        except TypeError as error:
            self.texts.append(repr(error))

    def cursor(self, cursor):
        """Note a cursor, and what is in it."""
        self.texts += [cursor, base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("latin-1")]

    def holds(self, secrets):
        """The texts with a secret."""
        assert self.texts
        spellings = {form for secret in secrets for form in (secret, base64.b64encode(secret.encode()).decode())}
        return [text[:300] for text in self.texts if any(form in text for form in spellings)]


@contextmanager
def listening():
    """Collect what is logged, with every logger at level 1."""
    outlet = Outlet()
    # uvicorn is the portal's own server, in the same process: what it logs comes from the other side
    levels = {name: logging.getLogger(name).level for name in [*LOGGERS, "uvicorn"]}
    for name in levels:
        logging.getLogger(name).setLevel(logging.CRITICAL if name == "uvicorn" else 1)
    logging.getLogger().addHandler(outlet)
    try:
        yield outlet
    finally:
        logging.getLogger().removeHandler(outlet)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def secrets_of(portal):
    return {portal.secret, CLIENT_SECRET, *portal.oauth._access, *portal.oauth._refresh}


def application(portal, store=None, **addresses):
    portal.oauth_app("app.1", CLIENT_SECRET)
    answer = portal.issue_tokens()
    tokens = Tokens(answer["access_token"], answer["refresh_token"], member_id=answer["member_id"])
    endpoint = addresses.pop("client_endpoint", f"https://{portal.host}/rest/")
    return OAuth(endpoint, tokens, "app.1", CLIENT_SECRET, store=store, **addresses)


async def use(im, portal, chat, outlet, *, with_frames=True):
    """Make calls of every kind, and note what they raise."""

    async def batch():
        await im.batch({"a": Call("server.time"), "b": Call("im.nothing")})

    async def crowd():
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(im.call, "server.time")

    async def walk():
        async for page in im.messages.history(chat, page_size=2).pages():
            outlet.show(page)
            if page.cursor:
                outlet.cursor(page.cursor)

    kinds = [lambda: im.call("server.time"), lambda: im.call("im.nothing"), walk, batch, crowd]
    for kind in [*kinds, lambda: im.messages.send(chat, "x"), lambda: im.messages.send(chat, "x", system=True)]:
        try:
            await kind()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not show a secret
            outlet.error(error, with_frames=with_frames)
            if cursor := getattr(error, "cursor", None):
                outlet.cursor(cursor)
    outlet.show(im)


@pytest.mark.grid(every=7)
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("is_oauth", [False, True], ids=["webhook", "oauth"])
async def test_no_failure_shows_a_secret(fault, is_oauth):
    portal = Portal(seed=1, limited=False, quirks=Quirks(errors_as_200=fault is Fault.ERROR_200))
    chat = portal.add_chat("Notes")
    portal.add_history(chat, 5)
    who = application(portal, MemoryTokenStore()) if is_oauth else portal.webhook
    portal.faults.share(0.7, [fault], seed=1)
    with listening() as outlet:
        async with portal.http() as http, BitrixIM(who, http=http, **QUICK) as im:
            await use(im, portal, chat, outlet)
    assert "httpx" in outlet.loggers
    assert outlet.errors
    assert outlet.holds(secrets_of(portal)) == []


@pytest.mark.grid(every=7)
@pytest.mark.parametrize("fault", [None, *Fault])
async def test_no_failing_refresh_shows_a_secret(fault):
    portal = Portal(seed=1, limited=False)
    chat = portal.add_chat("Notes")
    who = application(portal, MemoryTokenStore())
    portal.expire_tokens()
    if fault is None:
        portal.oauth.failing = ("wrong_client", 200)
    else:
        portal.faults.method("oauth.token", fault)
    with listening() as outlet:
        async with portal.http() as http, BitrixIM(who, http=http, **QUICK) as im:
            await use(im, portal, chat, outlet)
    assert outlet.holds(secrets_of(portal)) == []


ECHOES = [
    lambda said: (400, {"error": "ERROR_ARGUMENT", "error_description": f"Wrong request: {said}", "argument": said}),
    lambda said: (500, {"error": said, "error_description": said}),
    lambda said: (200, {"error": f"{said}", "error_description": [said], "details": {said: [said, {"a": said}]}}),
    lambda said: (200, {said: "a field that is no result"}),
    lambda said: (200, [said]),
    lambda said: (502, f"<html>{said}</html>"),
    lambda said: (200, f"<html>{said}</html>"),
    lambda said: (200, f'{{"result": "{said}'),
    lambda said: (302, said),
    pytest.param(lambda said: (200, {"result": said})),
    pytest.param(
        lambda said: (
            200,
            {"result": {"result": [], "result_error": {"u0c0": {"error": said}, "a": said, "b": [said]}}},
        ),
    ),
]


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("is_oauth", [False, True], ids=["webhook", "oauth"])
async def test_a_portal_that_echoes_what_it_was_sent_gets_no_secret_out(echo, is_oauth):
    portal = Portal(seed=1)
    chat = portal.add_chat("Notes")

    def answer(request):
        known = "" if is_oauth else portal.secret  # what a client was never told, it cannot hide
        said = f"{request.url} {known} {request.headers.get('authorization', '')} {request.content.decode()}"
        status, body = echo(said)
        if isinstance(body, str):
            return httpx.Response(status, text=body, headers={"Location": str(request.url)})
        return httpx.Response(status, json=body)

    who = application(portal) if is_oauth else portal.webhook
    with listening() as outlet:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with http, BitrixIM(who, http=http, **QUICK) as im:
            # A good answer that echoes is the caller's own data.
            await use(im, portal, chat, outlet, with_frames=False)
    assert outlet.errors
    assert outlet.holds(secrets_of(portal)) == []


async def test_an_auth_server_that_echoes_what_it_was_sent_gets_no_secret_out():
    portal = Portal(seed=1)

    def answer(request):
        if request.url.path.startswith("/rest/"):
            return httpx.Response(401, json={"error": "expired_token"})
        said = request.content.decode()
        return httpx.Response(400, json={"error": f"invalid {said}", "error_description": said})

    with listening() as outlet:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with http, BitrixIM(application(portal), http=http) as im:
            await use(im, portal, "chat1", outlet)
    assert outlet.errors
    assert outlet.holds(secrets_of(portal)) == []


async def test_a_result_that_is_the_secret_itself_is_not_quoted():
    portal = Portal(seed=1)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"result": portal.secret}))
    async with httpx.AsyncClient(transport=transport) as http, BitrixIM(portal.webhook, http=http) as im:
        with pytest.raises(UnexpectedResponse) as caught:
            await im.messages.send(5, "x")
    assert portal.secret not in str(caught.value)


async def test_a_redirect_that_names_the_secret_shows_the_host_alone():
    portal = Portal(seed=1)
    moved = {"Location": f"https://renamed.bitrix24.test/rest/1/{portal.secret}/server.time?auth={portal.secret}"}
    transport = httpx.MockTransport(lambda request: httpx.Response(302, headers=moved, text="moved"))
    with listening() as outlet:
        async with httpx.AsyncClient(transport=transport) as http, BitrixIM(portal.webhook, http=http) as im:
            with pytest.raises(Exception, match=r"renamed\.bitrix24\.test") as caught:
                await im.call("server.time")
            outlet.error(caught.value)
    assert outlet.holds(secrets_of(portal)) == []


# httpx leaves the generator of a body that was not sent to its end to the garbage collector, and trio minds.
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_nothing_shows_on_a_real_socket_either(backend):
    portal = Portal(seed=1, limited=False)
    chat = portal.add_chat("Notes")
    portal.add_history(chat, 5)
    refused = f"http://127.0.0.1:9/rest/1/{portal.secret}/"  # a port where nobody listens
    real: dict[str, Any] = {"retry": Retry(attempts=1), "limits": Limits.unlimited()}

    async def main(url):
        base = url.partition("/rest/")[0]
        app = application(portal, MemoryTokenStore(), client_endpoint=f"{base}/rest/", server=f"{base}/oauth/token/")
        portal.oauth.client_endpoint = f"{base}/rest/"
        for who, timeout in ((url, 5), (app, 5), (refused, 5)):
            async with BitrixIM(who, timeout=timeout, **real) as im:
                await use(im, portal, chat, outlet)
                portal.expire_tokens()
                await use(im, portal, chat, outlet)
        for fault in (Fault.RENAMED, Fault.RESET_AFTER, Fault.RESET_MIDWAY, Fault.DISCONNECT_AFTER, Fault.STALL_AFTER):
            portal.faults.clear()
            portal.faults.method("server.time", fault)
            for who in (url, app):
                async with BitrixIM(who, timeout=0.05, **real) as im:
                    with pytest.raises(Exception) as caught:
                        await im.call("server.time")
                    outlet.error(caught.value)

    with listening() as outlet, portal.serving() as url:
        anyio.run(main, url, backend=backend)
        gc.collect()  # in here, where its warning is expected
    assert {"httpx", "httpcore.connection", "httpcore.http11"} <= outlet.loggers
    assert portal.refreshes
    assert outlet.holds(secrets_of(portal)) == []


@pytest.mark.parametrize("is_oauth", [False, True], ids=["webhook", "oauth"])
async def test_no_object_shows_a_secret(is_oauth, tmp_path):
    portal = Portal(seed=1).populate()
    store = MemoryTokenStore()
    app = application(portal, store)
    who = app if is_oauth else Webhook(portal.webhook)
    await store.save(app.tokens)
    with listening() as outlet:
        async with portal.http() as http, BitrixIM(who, http=http) as im:
            pager = im.recent.list(page_size=5)
            pages = pager.pages()
            page = await anext(pages)
            assert page.cursor
            history = im.messages.history(portal.showcase)
            secrets: Any = im._session._sender.credentials
            things = [
                im,
                im.with_options(timeout=5),
                im._session,
                im._session._sender,
                secrets,
                secrets._secrets,
                im._caller,
            ]
            things += [who, app, app.tokens, store, JSONFileTokenStore(tmp_path / "tokens"), Secrets([portal.secret])]
            things += [im.recent, im.search, im.messages, pager, pager.limit(3), pager.resume(page.cursor), pages, page]
            things += [history, im.search.chats("Project"), aiter(pager), im.stats, page.reply, Call("im.user.get")]
            for thing in things:
                outlet.show(thing)
            outlet.cursor(page.cursor)
    assert outlet.holds(secrets_of(portal)) == []


@pytest.mark.parametrize("thing", ["webhook", "tokens", "oauth", "store", "im"])
def test_what_holds_a_secret_is_not_pickled(thing):
    portal = Portal(seed=1)
    app = application(portal)
    things = {
        "webhook": Webhook(portal.webhook),
        "tokens": app.tokens,
        "oauth": app,
        "store": MemoryTokenStore(app.tokens),
        "im": BitrixIM(portal.webhook),
    }
    with pytest.raises(TypeError, match=r"pickle|secret"):
        pickle.dumps(things[thing])


def test_errors_can_be_pickled_and_say_the_same():
    portal = Portal(seed=1)
    errors = []

    async def main():
        async with connected(portal, **QUICK) as im:
            for method, params in (("im.nothing", {}), ("im.search.chat.list", {"FIND": "a"})):
                with pytest.raises(Exception) as caught:
                    await im.call(method, params)
                errors.append(caught.value)

    anyio.run(main)
    for error in errors:
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.grid(every=5)
@pytest.mark.parametrize("words", [["recent"], ["search", "Project"], ["history", "chat1"]])
@pytest.mark.parametrize("fault", [Fault.OVERLOAD_401, Fault.ACCESS_DENIED, Fault.RENAMED, Fault.PORTAL_DELETED])
def test_the_command_line_shows_no_secret(words, fault, capsys, monkeypatch):
    portal = Portal(seed=1)
    portal.faults.method(
        {"recent": "im.recent.list", "search": "im.search.chat.list", "history": "im.dialog.messages.get"}[words[0]],
        fault,
    )
    with listening() as outlet, portal.serving() as url:
        monkeypatch.delenv("BITRIX_IM_WEBHOOK", raising=False)
        assert cli.main([*words, "--webhook", url]) == 2
        assert cli.main([*words, "--webhook", f"https://{portal.host}/rest/1/{portal.secret}/wrong"]) == 2
    said = capsys.readouterr()
    outlet.texts += [said.out, said.err]
    assert said.err.count("\n") == 2
    assert outlet.holds(secrets_of(portal)) == []


def test_a_secret_that_begins_like_another_is_hidden_whole():
    assert Secrets(["abcdef", "abcdefgh"]).hide("abcdefgh") == "***"


@pytest.mark.parametrize(
    "text",
    [
        "POST https://acme.bitrix24.com/rest/17/hush/im.recent.list",
        "https://acme.bitrix24.com/portal/rest/1/hush",
        '{"access_token": "hush", "refresh_token":"hush"}',
        "grant_type=refresh_token&client_secret=hush&refresh_token=hush",
        "auth=hush",
        "Authorization: Bearer hush",
        "(b'Location', b'https://acme.bitrix24.com/rest/1/hush/im.recent.list')",
    ],
)
def test_what_looks_like_a_secret_is_hidden_even_when_nobody_knows_it(text):
    assert "hush" not in redact(text)


def test_other_texts_stay_as_they_are():
    text = "im.recent.list: ACCESS_ERROR: You do not have access to this chat [HTTP 403]"
    assert redact(text) == text


# Frames: what sentry, rich and ``pytest -l`` print

SECRET = "s3cr3t-that-nobody-may-see"
PAIR = Tokens("access", "refresh")
MISTAKES = {
    "webhook": lambda: Webhook(f"https://acme.bitrix24.com/rest/1/{SECRET}/x/y"),
    "webhook with a port": lambda: Webhook(f"https://acme.bitrix24.com:{SECRET}/rest/1/x/"),
    "client": lambda: BitrixIM(f"http://acme.bitrix24.com/rest/1/{SECRET}/"),
    "client of bytes": lambda: BitrixIM(f"https://acme.bitrix24.com/rest/1/{SECRET}/".encode()),  # type: ignore[arg-type]
    "client of a dict": lambda: BitrixIM({"webhook": SECRET}),  # type: ignore[arg-type]
    "access token": lambda: Tokens(SECRET + "\n", "refresh"),
    "refresh token": lambda: Tokens(SECRET, ""),
    "address": lambda: OAuth("http://acme.bitrix24.com/rest/", Tokens(SECRET, SECRET), "app.1", SECRET),
    "webhook as address": lambda: OAuth(f"https://acme.bitrix24.com/rest/1/{SECRET}/", PAIR, "app.1", SECRET),
    "client secret": lambda: OAuth("https://acme.bitrix24.com/rest/", PAIR, "app.1", SECRET + "\n"),
    "tokens": lambda: OAuth("https://acme.bitrix24.com/rest/", SECRET, "app.1", SECRET),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_shows_no_secret_in_the_locals_of_our_frames(mistake):
    outlet = Outlet()
    with pytest.raises((ValueError, TypeError)) as caught:
        mistake()
    outlet.error(caught.value)
    outlet.texts = [text for text in outlet.texts if "raise" not in text and "lambda" not in text]
    assert outlet.holds({SECRET}) == []


@pytest.mark.parametrize("is_oauth", [False, True], ids=["webhook", "oauth"])
@pytest.mark.parametrize(
    "fault", [Fault.STALL_BEFORE, Fault.RESET_AFTER, Fault.HTML_502, Fault.ACCESS_DENIED, Fault.RENAMED]
)
async def test_our_frames_show_no_secret_whatever_passes_them(fault, is_oauth):
    portal = Portal(seed=1, limited=False)
    who = application(portal, MemoryTokenStore()) if is_oauth else portal.webhook
    portal.faults.method("server.time", fault)
    outlet = Outlet()
    async with portal.http() as http, BitrixIM(who, http=http, **QUICK) as im:
        for make in (
            lambda: im.call("server.time"),
            lambda: im.batch({"a": Call("server.time"), "b": Call("im.nothing")}),
            lambda: im.messages.history("chat999").collect(),
        ):
            try:
                with anyio.fail_after(3):
                    await make()
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not show a secret
                outlet.error(error)
    assert outlet.errors
    assert outlet.holds(secrets_of(portal)) == []


@pytest.mark.parametrize("stage", ["load", "save", "lock"])
async def test_a_store_that_fails_shows_no_secret_in_our_frames(stage):
    portal = Portal(seed=1, limited=False)

    class Broken(MemoryTokenStore):
        async def load(self):
            if stage == "load":
                raise OSError(5, "Input/output error")
            return await super().load()

        async def save(self, tokens):
            raise OSError(28, "No space left on device")

        def lock(self):
            if stage == "lock":
                raise OSError(37, "No locks available")
            return anyio.Lock()

    outlet = Outlet()
    who = application(portal, Broken())
    portal.expire_tokens()
    async with portal.http() as http, BitrixIM(who, http=http, **QUICK) as im:
        with pytest.raises(OSError) as caught:
            await im.call("server.time")
        outlet.error(caught.value)
    assert any("keep" in scope.lower() for scope in outlet.scopes) or not hasattr(outlet.frames.__code__, "co_qualname")
    assert outlet.holds(secrets_of(portal)) == []


# Bad input: refused before a request, and nothing of it shown that could be a secret

BAD: dict[str, list[Any]] = {
    "dialog ids": [
        (lambda im, bad=bad: im.messages.history(bad))
        for bad in ("", "0", 0, -1, "chat", "chat0", "chatx", "sg", "12 ", "chat12\n", True, None, 1.5, "٣")
    ],
    "page sizes": [
        (lambda im, bad=bad: im.messages.history("chat1", page_size=bad)) for bad in (0, -1, 51, True, "50", None, 2.0)
    ]
    + [lambda im: im.recent.list(page_size=201), lambda im: im.search.chats("abc", page_size=51)],
    "marks": [
        lambda im: im.messages.history("chat1", before=5, after=3),
        lambda im: im.messages.history("chat1", before=0),
        lambda im: im.messages.history("chat1", after=-1),
        lambda im: im.messages.history("chat1", before="5"),
    ],
    "datetimes": [
        lambda im: im.recent.list(last_message_date=NAIVE),
        lambda im: im.recent.list(last_message_date="2026-01-01"),
    ],
    "searches": [
        lambda im: im.search.chats(),
        lambda im: im.search.chats("abc", find_lines="abc"),
    ],
    "limits": [lambda im: im.recent.list().limit(-1)],
}


@pytest.mark.parametrize("make", [make for group in BAD.values() for make in group])
async def test_bad_input_is_refused_before_a_request(make):
    portal = Portal(seed=1)
    async with connected(portal) as im:
        with pytest.raises(ValueError, match="expected "):
            make(im)
    assert portal.requests == 0


@pytest.mark.parametrize(
    "send",
    [
        lambda im: im.messages.send("", "x"),
        lambda im: im.messages.send("chat1", ""),
        lambda im: im.messages.send("chat1", 12345),
        lambda im: im.messages.send("chat1", True),
        lambda im: im.messages.send("chat1", float("nan")),
        lambda im: im.messages.send("chat1", ["a"]),
        lambda im: im.messages.send("chat1", None),
        lambda im: im.messages.send("chat1", "x", reply_to=0),
        lambda im: im.recent.get(last_sync_date=NAIVE),
        lambda im: im.call("im.user.get", {"DATE": NAIVE}),
        lambda im: im.call("im.user.get", {"A": [{"B": NAIVE}]}),
    ],
)
async def test_a_bad_call_costs_no_request(send):
    portal = Portal(seed=1)
    async with connected(portal) as im:
        with pytest.raises(ValueError, match="expected "):
            await send(im)
    assert portal.requests == 0


@pytest.mark.parametrize("who", [None, 5, b"https://acme.bitrix24.com/rest/1/hush/", ["hush"], {"webhook": "hush"}])
def test_what_is_no_authorization_is_refused_without_being_shown(who):
    with pytest.raises(TypeError, match="^expected ") as caught:
        BitrixIM(who)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.bitrix24.com/rest/1/hush/x/y",
        "http://acme.bitrix24.com/rest/1/hush/",
        "http://10.0.0.1/rest/1/hush/",
        "https://hush@acme.bitrix24.com/rest/1/hush/",
        "https://:hush@acme.bitrix24.com/rest/1/hush/",
        "https://acme.bitrix24.com/rest/1/hush/#hush",
        "https://acme.bitrix24.com/rest/1/hush/\n",
        "https://acme.bitrix24.com\x00/rest/1/hush/",
        "https://acme.bitrix24.com:hush/rest/1/hush/",
        "//acme.bitrix24.com/rest/1/hush/",
        "javascript:hush",
        "hush",
    ],
)
def test_a_webhook_that_cannot_be_is_refused_without_being_shown(url):
    if url.endswith("\n"):
        assert "hush" not in repr(Webhook(url))  # pasted with its line end: fine
        return
    with pytest.raises(ValueError, match="^expected a webhook URL") as caught:
        Webhook(url)
    outlet = Outlet()
    outlet.error(caught.value)
    said = json.dumps(outlet.texts[-6:])
    assert "hush" not in said
    assert "hush" not in str(caught.value)
