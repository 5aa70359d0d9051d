import pytest

from bitrix_im.testing import Portal

from . import RICH, SECRET


@pytest.fixture(scope="module")
def portal():
    portal = Portal(seed=3, secret=SECRET, limited=False).populate(dialogs=48, found=("Project", 55), messages=60)
    portal.add_chat("Locked out", joined=False)
    return portal


@pytest.fixture(scope="module")
def served(portal):
    with portal.serving() as webhook:
        yield webhook


@pytest.fixture
def webhook(served, monkeypatch):
    monkeypatch.setenv("BITRIX_IM_WEBHOOK", served)
    return served


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    for name in ("BITRIX_IM_PROFILE", "BITRIX_IM_WEBHOOK", *RICH):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
