"""Files up and down: whole, streamed, once; and no secret shown or sent elsewhere."""

import base64
import json
import logging
from datetime import UTC, datetime, timedelta

import anyio
import httpx
import pytest

from bitrix_im import (
    AccessError,
    ApiError,
    BitrixIM,
    MemoryTokenStore,
    OAuth,
    Retry,
    ServerError,
    Tokens,
    TransportError,
    UnexpectedResponse,
)
from bitrix_im.session.transfer import source, upload
from bitrix_im.testing import Portal

from ..helpers import connected
from .test_requests import example

HOST = "https://acme.bitrix24.com"
SECRET = "abcdefgh12345678"
WEBHOOK = f"{HOST}/rest/1/{SECRET}/"
CONTENT = bytes(range(256)) * 3000  # several chunks


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Files are read and written in threads, and no virtual clock waits for those."""
    return request.param


class Drive:
    """A portal that takes uploads, and gives addresses that are good once."""

    def __init__(self, content=CONTENT):
        self.content = content
        self.address = f"{WEBHOOK}download/?token=im%7CaW{{}}"
        self.uploads = []
        self.requests = []
        self.answers = []  # what comes before an upload's or a download's good answer
        self.given = 0

    def handle(self, request):
        self.requests.append(request)
        if request.method == "GET":
            return self.answers.pop(0) if self.answers else self.file()
        method = request.url.path.rsplit("/", 1)[-1]
        if method == "im.v2.File.download":
            self.given += 1
            return httpx.Response(200, json={"result": {"downloadUrl": self.address.format(self.given)}})
        self.uploads.append((request.headers, json.loads(request.content)))
        return self.answers.pop(0) if self.answers else httpx.Response(200, json=example("im.v2.File.upload"))

    def file(self, **headers):
        return httpx.Response(
            200, content=self.content, headers={"Content-Disposition": "attachment; filename=a.png", **headers}
        )

    def client(self, who=WEBHOOK, **options):
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.handle), **options)
        return BitrixIM(who, http=http, retry=Retry(attempts=3, max_delay=0.001, max_elapsed=5))

    @property
    def fetched(self):
        return [request for request in self.requests if request.method == "GET"]


async def in_chunks(content, size=1000):
    for start in range(0, len(content), size):
        yield content[start : start + size]


def sources(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(CONTENT)
    return {
        "path": (path, None),
        "text": (str(path), None),
        "bytes": (CONTENT, "report.pdf"),
        "memoryview": (memoryview(CONTENT), "report.pdf"),
        "iterator": (in_chunks(CONTENT), "report.pdf"),
    }


# Up


@pytest.mark.parametrize("kind", ["path", "text", "bytes", "memoryview", "iterator"])
async def test_a_file_is_uploaded_whole(kind, tmp_path, anyio_backend):
    drive, told = Drive(), []
    file, name = sources(tmp_path)[kind]
    async with drive.client() as im:
        uploaded = await im.files.upload(
            "chat5", file, name=name, message="Here", progress=lambda sent, size: told.append((sent, size))
        )
    ((headers, body),) = drive.uploads
    assert body["dialogId"] == "chat5"
    assert base64.b64decode(body["fields"].pop("content")) == CONTENT
    assert body["fields"] == {"name": "report.pdf", "message": "Here"}
    assert int(headers["Content-Length"]) == len(drive.requests[0].content)
    assert "Transfer-Encoding" not in headers
    assert uploaded.message_id == 38655
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert len(told) > 1


async def test_an_upload_keeps_a_chunk_in_memory_not_the_file(tmp_path, anyio_backend):
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(5 * 1024 * 1024)
    async with source.opened(path, upload.MOST_BYTES) as file, file.chunks() as chunks:
        sizes = [len(chunk) async for chunk in chunks]
    assert sum(sizes) == 5 * 1024 * 1024
    assert max(sizes) <= 200_000


async def test_an_upload_that_may_have_arrived_is_not_sent_again(anyio_backend):
    drive = Drive()
    drive.answers = [httpx.Response(502, text="<html>")]
    async with drive.client() as im:
        with pytest.raises(ServerError):
            await im.files.upload("chat5", b"x", name="x.txt")
    assert len(drive.uploads) == 1


@pytest.mark.parametrize("kind", ["path", "bytes", "iterator"])
async def test_an_upload_that_did_not_run_is_sent_again_from_its_beginning(kind, tmp_path, anyio_backend):
    drive = Drive()
    drive.answers = [httpx.Response(401, json={"error": "NO_AUTH_FOUND"})]  # so that the token goes in the body
    tokens = Tokens("access-1", "refresh-1", datetime.now(UTC) + timedelta(hours=1))
    auth = OAuth(
        f"{HOST}/rest/", tokens, client_id="app.1", client_secret="client-secret", store=MemoryTokenStore(tokens)
    )
    file, name = sources(tmp_path)[kind]
    async with drive.client(auth) as im:
        await im.files.upload("chat5", file, name=name)
    (first, _), (_, second) = drive.uploads
    assert first["Authorization"] == "Bearer access-1"
    assert second["auth"] == "access-1"
    assert [base64.b64decode(body["fields"]["content"]) for _, body in drive.uploads] == [CONTENT, CONTENT]


@pytest.mark.parametrize(
    ("file", "options", "expected"),
    [
        (b"", {"name": "a"}, "an empty one"),
        (b"abc", {}, "expected name"),
        (b"abc", {"name": " "}, "expected name"),
        (5, {"name": "a"}, "expected a path, bytes or an async iterator"),
        (None, {"name": "a"}, "expected a path, bytes or an async iterator"),
        ([b"abc"], {"name": "a"}, "expected a path, bytes or an async iterator"),
        (b"abc", {"name": "a", "message": "x" * 20_001}, "at most 20,000"),
        (b"x" * 101, {"name": "a"}, "at most 100 bytes"),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_before_a_request(file, options, expected, monkeypatch, anyio_backend):
    monkeypatch.setattr("bitrix_im.methods._transfer.MOST_BYTES", 100)
    drive = Drive()
    async with drive.client() as im:
        with pytest.raises(ValueError, match=expected):
            await im.files.upload("chat5", file, **options)
    assert drive.requests == []


async def test_an_iterator_is_stopped_where_it_becomes_too_much(monkeypatch, anyio_backend):
    monkeypatch.setattr("bitrix_im.methods._transfer.MOST_BYTES", 2500)
    asked = []

    async def endless():
        while True:
            asked.append(1)
            yield b"x" * 1000

    drive = Drive()
    async with drive.client() as im:
        with pytest.raises(ValueError, match="at most 2,500 bytes"):
            await im.files.upload("chat5", endless(), name="a")
    assert len(asked) == 3


async def test_a_file_that_is_not_there_is_an_os_error(tmp_path, anyio_backend):
    async with Drive().client() as im:
        with pytest.raises(FileNotFoundError):
            await im.files.upload("chat5", tmp_path / "missing")


async def test_a_file_that_grows_while_it_is_sent_is_not_sent_half(tmp_path, anyio_backend):
    path = tmp_path / "growing.log"
    path.write_bytes(b"x" * 400_000)

    def grow(sent, size):
        with path.open("ab") as file:
            file.write(b"more")

    drive = Drive()
    async with drive.client() as im:
        with pytest.raises(ValueError, match="it changed meanwhile"):
            await im.files.upload("chat5", path, progress=grow)
    assert drive.uploads == []


# Down


async def test_a_file_is_downloaded_as_bytes(anyio_backend):
    drive, told = Drive(), []
    async with drive.client() as im:
        assert await im.files.download("chat5", 7, progress=lambda *came: told.append(came)) == CONTENT
    assert json.loads(drive.requests[0].content) == {"dialogId": "chat5", "fileId": "7"}
    assert told[-1] == (len(CONTENT), len(CONTENT))


async def test_a_file_is_downloaded_to_a_path_and_is_there_whole_or_not_at_all(tmp_path, anyio_backend):
    target = tmp_path / "a.png"
    target.write_bytes(b"before")
    seen = []
    drive = Drive()
    async with drive.client() as im:
        path = await im.files.download(
            "chat5", 7, target, progress=lambda *_: seen.append((target.read_bytes(), sorted(tmp_path.iterdir())))
        )
    assert path == target
    assert target.read_bytes() == CONTENT
    assert set(map(str, seen[0][1])) == {str(target), f"{target}.part"}
    assert {content for content, _ in seen} == {b"before"}
    assert list(tmp_path.iterdir()) == [target]


async def test_a_link_to_a_file_stays_a_link(tmp_path, anyio_backend):
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    real.write_bytes(b"before")
    link.symlink_to(real)
    async with Drive().client() as im:
        await im.files.download("chat5", 7, link)
    assert link.is_symlink()
    assert real.read_bytes() == CONTENT


def broken_off(drive):
    return httpx.Response(
        200, stream=Short(drive.content[:1000]), headers={"Content-Length": str(len(drive.content)), "X": "y"}
    )


class Short(httpx.AsyncByteStream):
    """A body that ends before it should."""

    def __init__(self, content):
        self.content = content

    async def __aiter__(self):
        yield self.content


class Packed(httpx.AsyncByteStream):
    """A body that cannot be unpacked."""

    async def __aiter__(self):
        yield b"begin"
        raise httpx.DecodingError(f"no gzip at {SECRET}")


async def test_what_broke_off_is_asked_for_anew_by_a_fresh_address(tmp_path, anyio_backend):
    drive = Drive()
    drive.answers = [broken_off(drive), httpx.Response(502, text="<html>")]
    async with drive.client() as im:
        await im.files.download("chat5", 7, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == CONTENT
    assert [request.url.params["token"] for request in drive.fetched] == ["im|aW1", "im|aW2", "im|aW3"]


async def test_what_breaks_off_each_time_leaves_what_was_there(tmp_path, anyio_backend):
    target = tmp_path / "a.png"
    target.write_bytes(b"before")
    drive = Drive()
    drive.answers = [broken_off(drive) for _ in range(3)]
    async with drive.client() as im:
        with pytest.raises(TransportError, match=r"broke off after 1,000 of 768,000 bytes"):
            await im.files.download("chat5", 7, target)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


async def test_who_gives_up_leaves_nothing_behind(tmp_path, anyio_backend):
    drive = Drive()
    async with drive.client() as im:
        with anyio.CancelScope() as scope:
            await im.files.download("chat5", 7, tmp_path / "a.png", progress=lambda *_: scope.cancel())
    assert scope.cancelled_caught
    assert list(tmp_path.iterdir()) == []


async def test_neither_credentials_nor_cookies_go_along(anyio_backend):
    drive = Drive()
    options = {
        "headers": {"Authorization": "Basic secret"},
        "cookies": {"session": "secret"},
        "auth": ("user", "password"),
    }
    async with drive.client(**options) as im:
        await im.files.download("chat5", 7)
    (request,) = drive.fetched
    assert "Authorization" not in request.headers
    assert "Cookie" not in request.headers


async def test_a_redirect_to_another_host_is_followed_without_credentials(anyio_backend):
    drive = Drive()
    drive.answers = [httpx.Response(302, headers={"Location": "https://cdn.example/file?sign=1"})]
    async with drive.client() as im:
        assert await im.files.download("chat5", 7) == CONTENT
    assert [request.url.host for request in drive.fetched] == ["acme.bitrix24.com", "cdn.example"]


@pytest.mark.parametrize(
    "address",
    [
        f"https://evil.example/rest/1/{SECRET}/download/?token=x",
        f"https://evil.example/?next=/{SECRET}/",
        f"http://acme.bitrix24.com/rest/1/{SECRET}/download/?token=x",
        "ftp://acme.bitrix24.com/file",
        "https://[",
        "",
    ],
)
@pytest.mark.parametrize("is_redirect", [False, True])
async def test_credentials_go_to_no_other_host_and_no_file_comes_in_the_clear(address, is_redirect, anyio_backend):
    drive = Drive()
    if is_redirect:
        drive.answers = [httpx.Response(302, headers={"Location": address})] * 5
    else:
        drive.address = address
    async with drive.client() as im:
        with pytest.raises((UnexpectedResponse, TransportError)) as caught:
            await im.files.download("chat5", 7)
    assert all(request.url.host == "acme.bitrix24.com" for request in drive.requests)
    assert_hidden(caught.value)


def assert_hidden(error):
    """Neither the error, nor those behind it, nor a local of a frame that they passed shows the address."""
    while error is not None:
        frame = error.__traceback__
        assert SECRET not in str(error)
        assert "im%7CaW" not in str(error)
        while frame is not None:
            if "/bitrix_im/" in frame.tb_frame.f_code.co_filename:
                for name, value in frame.tb_frame.f_locals.items():
                    assert SECRET not in repr(value), (frame.tb_frame, name)
                    assert "im%7CaW" not in repr(value), (frame.tb_frame, name)
            frame = frame.tb_next
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(403, json={"error": "ACCESS_DENIED", "error_description": "no"}), AccessError),
        (httpx.Response(401, json={"error": "expired_token"}), ApiError),
        (httpx.Response(404, text="<html>"), ApiError),
        (httpx.Response(200, json={"error": "FILE_NOT_FOUND"}), ApiError),
        (httpx.Response(200, json={"result": True}), UnexpectedResponse),
    ],
)
async def test_an_error_in_place_of_a_file_is_an_error(answer, kind, tmp_path, anyio_backend, caplog):
    caplog.set_level(logging.DEBUG)
    drive = Drive()
    drive.answers = [answer]
    async with drive.client() as im:
        with pytest.raises(kind) as caught:
            await im.files.download("chat5", 7, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
    assert_hidden(caught.value)
    assert len(drive.fetched) == 1
    assert "HTTP Request: GET" in caplog.text
    assert SECRET not in caplog.text
    assert "im%7CaW" not in caplog.text


async def test_bytes_that_cannot_be_unpacked_are_no_file(tmp_path, anyio_backend):
    drive = Drive()
    drive.answers = [httpx.Response(200, stream=Packed())]
    async with drive.client() as im:
        with pytest.raises(UnexpectedResponse, match="expected an answer that can be unpacked") as caught:
            await im.files.download("chat5", 7, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
    assert_hidden(caught.value)


async def test_a_json_file_is_a_file(anyio_backend):
    drive = Drive(b'{"error": "of a program"}')
    drive.answers = [drive.file(**{"Content-Type": "application/json"})]
    async with drive.client() as im:
        assert await im.files.download("chat5", 7) == drive.content


async def test_a_folder_is_no_place_for_a_file(tmp_path, anyio_backend):
    drive = Drive()
    async with drive.client() as im:
        with pytest.raises(IsADirectoryError, match="expected the path of a file"):
            await im.files.download("chat5", 7, tmp_path)
    assert drive.requests == []


async def test_a_file_goes_up_and_comes_down_again_over_the_embedded_portal(tmp_path, anyio_backend):
    portal = Portal(seed=1)
    chat = portal.add_chat("Plans")
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    async with connected(portal) as im:
        uploaded = await im.files.upload(chat, path, message="see")
        assert (uploaded.file.name, uploaded.file.size) == ("a.bin", len(CONTENT))
        assert await im.files.download(chat, uploaded.file.id) == CONTENT
        assert await im.files.download(chat, uploaded.file.id, tmp_path / "b.bin") == tmp_path / "b.bin"
        message = await im.messages.history(chat).first()
    assert (tmp_path / "b.bin").read_bytes() == CONTENT
    assert (message.text, message.files[0].id) == ("see", uploaded.file.id)


async def test_files_go_over_a_real_socket(tmp_path, anyio_backend):
    portal = Portal(seed=1)
    chat = portal.add_chat("Plans")
    (tmp_path / "a.bin").write_bytes(CONTENT)
    with portal.serving() as url:
        async with BitrixIM(url) as im:
            uploaded = await im.files.upload(chat, tmp_path / "a.bin")
            streamed = await im.files.upload(chat, in_chunks(CONTENT), name="b.bin")
            assert await im.files.download(chat, uploaded.file.id) == CONTENT
            await im.files.download(chat, streamed.file.id, tmp_path / "c.bin")
    assert (tmp_path / "c.bin").read_bytes() == CONTENT
