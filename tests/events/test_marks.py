"""Marks: a number that is there after a restart, or an error that says what is wrong."""

import os

import pytest

from bitrix_im.events import FileMark, Mark, MemoryMark


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Files are written in a thread: in real time."""
    return request.param


async def test_a_mark_gives_what_was_saved_last(tmp_path):
    for mark in (FileMark(tmp_path / "me.mark"), MemoryMark()):
        assert isinstance(mark, Mark)
        assert await mark.load() is None
        await mark.save(5)
        await mark.save(7)
        assert await mark.load() == 7
    assert await FileMark(str(tmp_path / "me.mark")).load() == 7
    assert [path.name for path in tmp_path.iterdir()] == ["me.mark"]


@pytest.mark.parametrize("content", ["", "seven", "7 8", "-7", "9" * 20, "{}", "\0\0\0"])
async def test_a_damaged_file_is_an_error_that_names_it(tmp_path, content):
    path = tmp_path / "me.mark"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"expected a mark.*me\.mark"):
        await FileMark(path).load()


async def test_a_failed_save_leaves_the_mark_before_and_nothing_else(tmp_path, monkeypatch):
    mark = FileMark(tmp_path / "me.mark")
    await mark.save(5)

    def full(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        await mark.save(6)
    monkeypatch.undo()
    assert await mark.load() == 5
    assert [path.name for path in tmp_path.iterdir()] == ["me.mark"]
