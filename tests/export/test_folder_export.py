"""A whole export into folders."""

import json

import duckdb
import pytest
from pyarrow import parquet

from bitrix_im.export import export
from bitrix_im.export.targets import folder as folders

from ..helpers import connected
from .stage import portal_of, truth


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Targets are written in a thread, and no virtual clock waits for those."""
    return request.param


def lines(part):
    return list(map(json.loads, part.read_text("utf-8").split("\n")[:-1]))


def latest(path):
    """All messages of a folder: (dialog, id, text), of each row the latest version."""
    found = {}
    for part in (path / "messages").iterdir():
        for row in parquet.read_table(part).to_pylist() if part.suffix == ".parquet" else lines(part):
            key = row["dialog_id"], row["id"]
            if key not in found or str(found[key]["exported_at"]) < str(row["exported_at"]):
                found[key] = row
    return {(*key, row["text"]) for key, row in found.items()}


@pytest.mark.parametrize(
    ("name", "folder"), [("parquet:acme", "acme"), ("there/", "there"), ("acme.jsonl", "acme.jsonl")]
)
async def test_a_folder_holds_all_and_gains_what_is_new(tmp_path, monkeypatch, name, folder):
    monkeypatch.chdir(tmp_path)
    portal = portal_of()
    async with connected(portal) as im:
        first = await export(im, name)
        assert latest(tmp_path / folder) == truth(portal)
        portal.post(portal.showcase, "news")
        second = await export(im, name)
        third = await export(im, name)
    assert first.messages == len(truth(portal)) - 1
    assert (second.messages, third.messages) == (1, 0)
    assert third.requests == 1
    assert latest(tmp_path / folder) == truth(portal)


class Stopped(Exception):
    pass


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
async def test_a_run_that_was_stopped_is_finished_by_the_next(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(folders.Folder, "rows_a_batch", 100)
    path = tmp_path / "acme"
    portal = portal_of()

    def tell(progress):
        if progress.dialogs >= 12:
            raise Stopped

    async with connected(portal) as im:
        with pytest.raises(Stopped):
            await export(im, f"{kind}:{path}", progress=tell)
        await export(im, f"{kind}:{path}")
    assert latest(path) == truth(portal)


async def test_json_lines_are_read_by_duckdb_as_they_are(tmp_path):
    portal = portal_of()
    async with connected(portal) as im:
        await export(im, f"jsonl:{tmp_path / 'acme'}")
    found = duckdb.sql(f"SELECT count(*), min(date), count(params_keyboard) FROM '{tmp_path}/acme/messages/*.jsonl'")
    count, date, keyboards = found.fetchall()[0]
    assert (count, keyboards > 0) == (len(truth(portal)), True)
    assert date.year > 2000
