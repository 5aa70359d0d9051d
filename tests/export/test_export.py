"""An export is complete, goes on where it stopped, and reads no more than it must."""

import pytest

from bitrix_im.export import export

from ..helpers import connected
from .stage import KINDS, messages, portal_of, rows, truth


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Targets are written in a thread, and no virtual clock waits for those."""
    return request.param


SLOW = [pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS if kind != "sqlite"]


@pytest.fixture(params=["sqlite", *SLOW])
def target(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return KINDS[request.param]


async def test_a_first_run_holds_all_that_the_user_sees(target):
    portal = portal_of()
    async with connected(portal) as im:
        report = await export(im, target)
    assert messages(target) == truth(portal)
    assert {name for (name,) in rows(target, "dialogs", ["dialog_id"])} == set(portal.visible_dialogs())
    assert report.dialogs == len(portal.visible_dialogs())
    assert report.messages == len(truth(portal))
    assert report.failed == {}


async def test_a_second_run_reads_what_is_new_and_a_third_nothing(target):
    portal = portal_of()
    async with connected(portal) as im:
        await export(im, target)
        portal.post("chat1001" if "chat1001" in portal.visible_dialogs() else portal.showcase, "news")
        new = portal.add_chat("New")
        portal.post(new, "first")
        second = await export(im, target)
        third = await export(im, target)
    assert (second.messages, third.messages) == (2, 0)
    assert third.requests == 1
    assert messages(target) == truth(portal)


class Stopped(Exception):
    """Somebody has had enough."""


async def test_a_run_that_was_stopped_anywhere_is_finished_by_the_next(target, tmp_path, monkeypatch):
    portal = portal_of()
    async with connected(portal) as im:
        for stop in (1, 20, 31):
            (tmp_path / str(stop)).mkdir()
            monkeypatch.chdir(tmp_path / str(stop))

            def tell(progress, stop=stop):
                if progress.dialogs >= stop:
                    raise Stopped

            with pytest.raises(Stopped):
                await export(im, target, progress=tell)
            portal.post(portal.showcase, f"written after stop {stop}")
            await export(im, target)
            assert messages(target) == truth(portal)
