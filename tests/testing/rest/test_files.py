"""The portal's files: posted with a message, fetched once."""

import base64

import pytest

from .calling import World

pytestmark = pytest.mark.anyio


async def test_a_file_is_posted_and_fetched_once_by_a_link_with_the_secret():
    world = World()
    content = bytes(range(256)) * 10
    fields = {"name": "report.pdf", "content": base64.b64encode(content).decode(), "message": " see "}
    result = (await world.call("im.v2.File.upload", dialogId=world.chat, fields=fields))["result"]
    assert (result["dialogId"], result["file"]["size"], result["file"]["extension"]) == (world.chat, 2560, "pdf")
    page = (await world.call("im.dialog.messages.get", DIALOG_ID=world.chat, LAST_ID=0))["result"]
    assert [(one["id"], one["text"], one["params"]) for one in page["messages"]] == [
        (result["messageId"], "see", {"FILE_ID": [result["file"]["id"]]})
    ]
    again = (await world.call("im.v2.File.upload", dialogId=world.chat, fields=fields))["result"]
    assert again["file"]["name"] == "report (1).pdf"
    asked = {"dialogId": world.chat, "fileId": result["file"]["id"]}
    url = (await world.call("im.v2.File.download", **asked))["result"]["downloadUrl"]
    assert url.startswith(f"{world.portal.webhook}download/?token=")
    async with world.portal.http() as http:
        first, second = await http.get(url), await http.get(url)
    assert first.content == content
    assert (second.status_code, second.json()["error"]) == (403, "ERROR_OAUTH")


async def test_drafted_files_can_be_fetched_as_large_as_they_say():
    world = World()
    world.portal.add_history(world.chat, 200)
    files = (await world.call("im.dialog.messages.get", DIALOG_ID=world.chat, LAST_ID=0, LIMIT=0))["result"]["files"]
    url = (await world.call("im.v2.File.download", dialogId=world.chat, fileId=files[0]["id"]))["result"]["downloadUrl"]
    async with world.portal.http() as http:
        assert len((await http.get(url)).content) == files[0]["size"]


async def test_files_are_refused_for_their_reasons():
    world = World()
    fields = ({}, {"name": "a", "content": ""}, {"name": "a", "content": "no base64!"})
    uploads = [{"dialogId": world.chat, "fields": given} for given in fields]
    assert await world.errors("im.v2.File.upload", *uploads) == ["FILE_EMPTY", "FILE_EMPTY", "FILE_INVALID_CONTENT"]
    elsewhere = world.portal.world.drive.store(5, 1, 0, "x", b"x").id
    downloads = [{"dialogId": world.chat, "fileId": number} for number in (7, elsewhere)]
    assert await world.errors("im.v2.File.download", *downloads) == ["FILE_NOT_FOUND"] * 2
